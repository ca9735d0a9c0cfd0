#!/usr/bin/env bash
# Runs every shell block of docs/operating/change-hsm.md on the host of the quick start's page, with
# a download before and after, and looks at what came of it. Usage: change_hsm.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."
if ! command -v softhsm2-util >/dev/null || ! [ -r /usr/lib/softhsm/libsofthsm2.so ] ||
  ! command -v jq >/dev/null; then
  echo "SKIPPED: change of HSM: softhsm2 or jq is not installed"
  exit 0
fi

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-change.XXXXXX")
trap 'rm -rf "$run"' EXIT
# The page's fixed port would meet another run's: take a free one in every place.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
blocks() { # PAGE LAST-SECTION: its shell blocks up to that heading, but those that install
  awk -v last="$2" '
    last != "" && index($0, last) == 1 { exit }
    /^```sh$/ { inside = 1; block = ""; next }
    /^```$/ && inside { inside = 0; if (block !~ /scripts\/demo|cmake/) printf "%s", block; next }
    inside { block = block $0 "\n" }
  ' "$1" | sed -e "s#build/dev#$build#g; s#\$PWD/$build#$build#g; s#:8443#:$port#g"
}
{
  echo 'set -euo pipefail'
  echo 'trap "kill \$(jobs -p) 2>/dev/null || true" EXIT'
  blocks docs/operating/quick-start.md '## 5'
  echo 'echo "== before"'
  blocks docs/operating/change-hsm.md ''
  echo 'echo "== after"'
  cat <<'AFTER'
berthctl tenant data-keys --tenant acme
berth-sample-profile --iccid 8944000000000000027 --imsi 001010000000002 --name Acme --out "$host/second.der"
berthctl profile import --tenant acme --type starter --provider "Acme Mobile" --name Starter --owner 00101 "$host/second.der"
code=$(berthctl order --tenant acme --type starter --id second-order)
berth-lpa --card "$host/phone.card" download "$code" --connect 127.0.0.1:8443
berthctl audit verify
openssl x509 -in "$host/pki/dpauth-2027.pem" -noout -ext subjectAltName,keyUsage,certificatePolicies
AFTER
  echo 'kill $berthd && wait $berthd'
} | sed -e "s#:8443#:$port#g" >"$run/commands.sh"

fail() {
  cat "$run/out.txt"
  tail -20 "$run/host/berthd.log" || true
  echo "change of HSM: FAILED: $1"
  exit 1
}
BERTH_HOST_FOLDER=$run/host bash "$run/commands.sh" >"$run/out.txt" 2>&1 || fail "a command"
sed -n '/^== before/,$p' "$run/out.txt" >"$run/page.txt"
grep -q '^installed 8944000000000000019' "$run/out.txt" || fail "no download before the change"
[ "$(grep -c '^Certificate request self-signature verify OK' "$run/page.txt")" = 2 ] ||
  fail "a request is not signed by its key"
grep -q '^1 .* yes  *yes  *no' "$run/page.txt" || fail "the data key was not ready for both"
grep -q '^1 .* yes  *no  *yes' "$run/page.txt" || fail "the switch left no trace"
sed -n '/^== after/,$p' "$run/page.txt" >"$run/after.txt"
grep -q '^1 .* yes  *no  *no' "$run/after.txt" || fail "the wrapping from before is still there"
grep -q '^installed 8944000000000000027' "$run/after.txt" || fail "no download after the change"
grep -q 'Registered ID:2.999.10' "$run/after.txt" || fail "the certificate lacks the OID"
grep -q '"library": ".*pkcs11.so"' "$run/host/etc/host.json" || fail "still on softkeys"
[ "$(SOFTHSM2_CONF=$run/host/softhsm2.conf softhsm2-util --show-slots | grep -c acme)" = 1 ]
echo "change of HSM: every command ran"
