#!/usr/bin/env bash
# Runs every shell block of docs/test-certificates.md as a newcomer would, then holds what came of
# each order against the page's own table. With BERTH_TEST_DATA the certificates are the published
# ones of both curves; without, a set of our own under the same names.
# Usage: test_certificates.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."
page=docs/test-certificates.md
eid=89049032123451234512345678901235

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-certificates.XXXXXX")
trap 'rm -rf "$run"' EXIT

# A set of our own, laid out as the published one.
make_set() {
  local curve name made set=$run/set
  mkdir -p "$set"/{CertificateIssuer,DPauth,DPpb,DPtls,EUM,eUICC}
  for curve in nist brainpool; do
    made=$run/made-$curve
    "$build/bin/berthctl" pki create-test "$made" --realm testsmdpplus1.example.com --eid $eid \
      --curve $curve >/dev/null
    name=$([ $curve = nist ] && echo NIST || echo BRP)
    while read -r from folder kind; do
      openssl x509 -in "$made/$from.pem" -outform DER -out "$set/$folder/CERT_${kind}_$name.der"
      cp "$made/$from.key.pem" "$set/$folder/SK_${kind}_$name.pem"
    done <<LIST
ci CertificateIssuer CI_ECDSA
dpauth DPauth S_SM_DPauth_ECDSA
dppb DPpb S_SM_DPpb_ECDSA
tls/testsmdpplus1.example.com DPtls S_SM_DP_TLS
eum EUM EUM_ECDSA
euicc-$eid eUICC EUICC_ECDSA
LIST
  done
}

if [ -n "${BERTH_TEST_DATA:-}" ]; then
  export BERTH_CERTIFICATES=$BERTH_TEST_DATA/sgp26
  export BERTH_OPERATOR_CERTIFICATE=$BERTH_TEST_DATA/es2plus-client/CERT_MNO_ECDSA_NIST.pem
  export BERTH_OPERATOR_KEY=$BERTH_TEST_DATA/es2plus-client/SK_MNO_ECDSA_NIST.pem
  echo "test certificates: the published set, NIST and BRP"
else
  make_set
  export BERTH_CERTIFICATES=$run/set
  unset BERTH_OPERATOR_CERTIFICATE BERTH_OPERATOR_KEY
  echo "test certificates: a set of our own, both curves"
  echo "SKIPPED: BERTH_TEST_DATA is not set, the page did not run with the published certificates"
fi

# The page's fixed ports would meet another run's: take free ones in every place.
read -r es9 es2 bss < <(python3 -c '
import socket
ports = [socket.socket() for _ in range(3)]
for one in ports: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in ports))')
{
  echo 'set -euo pipefail'
  echo 'trap "kill \$(jobs -p) 2>/dev/null || true" EXIT'
  awk '
    /^```sh$/ { inside = 1; next }
    /^```$/ { inside = 0 }
    inside { print }
  ' $page | sed -e "s#\$PWD/build/dev#$build#g; s#\b8443\b#$es9#g; s#\b8444\b#$es2#g; s#\b8445\b#$bss#g"
} >"$run/commands.sh"

failed() {
  cat "$run/out.txt"
  tail -20 "$run/host/berthd.log" 2>/dev/null || true
  echo "test certificates: FAILED: $1"
  exit 1
}
BERTH_HOST_FOLDER=$run/host bash "$run/commands.sh" >"$run/out.txt" 2>&1 || failed "exit $?"

# What a line of the run must say: the code with its options, and what came of it.
expect() {
  grep -qE "^$1: .*$2" "$run/out.txt" || failed "no line '$1: …$2'"
}
# The answer that the page's table gives for a code.
said() {
  sed -n "s#^| \`$1\` | \([^|]*[^ |]\) *|.*#\1#p" $page | grep . || failed "the table has no $1"
}
[ "$(said RELEASED)" = installed ] || failed "the table was not read"
for code in RELEASED NOT-RELEASED EXPIRED ATTEMPTS-USED-UP MY-CARD ANOTHER-CARD; do
  expect "$code " "$(said $code)"
done
expect "CODE-USED-UP --confirmation-code 1234" "$(said CODE-USED-UP)"
expect "WITH-CODE " "lpa.confirmation_code_missing"
expect "WITH-CODE --confirmation-code 9999" "8.2.7/3.8"
expect "WITH-CODE --confirmation-code 1234" "installed"
expect " --binding asn1" "installed"
expect " --binding json" "8.1.1/3.8"
expect "MY-CARD --binding asn1" "8.2.6/3.8"
expect "RULED " "installed"
expect "NO-SUCH-CODE " "8.2.6/3.8"
expect "FROM-ES2 " "installed"
grep -q '^installed .*(Suite / Plain)' "$run/out.txt" || failed "the brainpool card installed nothing"
grep -q '(Other / Other)' "$run/out.txt" || failed "nothing was installed from the other host name"
grep -qE '"(subject|reason)Code":"1\.[12]".*"(subject|reason)Code":"1\.[12]"' "$run/out.txt" ||
  failed "a foreign requester was not refused with 1.1/1.2"
points=$(grep -o '"notificationPointId":[0-9]' "$run/out.txt" | grep -o '[0-9]$' | tr -d '\n')
[ "$points" = 134 ] || failed "progress points $points, not 134"
echo "test certificates: every command ran, every answer is the table's"
