#!/usr/bin/env bash
# Does what the integrator's page says, in a clean folder outside the tree: installs the SDK, makes a
# plugin, builds, checks and signs it; then a host loads it and says so. Prints how long it took; the
# page promises ten minutes. Usage: guide.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

# A short path: the operator's Unix socket lives here.
run=$(mktemp -d "${TMPDIR:-/tmp}/berth-guide.XXXXXX")
berthd_pid=
finish() {
  if [ -n "$berthd_pid" ]; then
    kill "$berthd_pid" 2>/dev/null || true
    wait "$berthd_pid" 2>/dev/null || true
  fi
  rm -rf "$run"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
fail() {
  echo "guide: FAILED: $*"
  exit 1
}

mkdir "$run/desk"
{
  echo 'set -euo pipefail'
  awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside { print }' sdk/README.md
} >"$run/commands.sh"
began=$SECONDS
if ! (cd "$run/desk" && HOME=$run berth_build=$build bash "$run/commands.sh") >"$run/out.txt" 2>&1; then
  cat "$run/out.txt"
  fail "a command of the page"
fi
took=$((SECONDS - began))
grep -q '^com.example.blob-store 0.1.0 (storage) signed by ' "$run/out.txt" || fail "nothing signed"
[ "$(grep -c '^1: ok ' "$run/out.txt")" -eq 9 ] || fail "not every question was asked"
[ $took -lt 600 ] || fail "the page took $took s; it promises ten minutes"

# A host of the profile development, with this object store, signed by its author.
bin=$build/bin
realm=rsp.guide.example
"$bin/berthctl" pki create-test "$run/pki" --realm $realm --eid 89049032001000000000000000000112 \
  >"$run/pki.txt"
mkdir -p "$run/etc/tenants"
(umask 077 && head -c 24 /dev/urandom | base64 >"$run/etc/passphrase")
cat >"$run/etc/host.json" <<JSON
{
  "profile": "development",
  "plugins": { "allowUnsigned": true, "trustedKeys": ["$run/desk/signer.pem.pub"] },
  "dataFolder": "../data",
  "es9Listen": "127.0.0.1:0",
  "operatorSocket": "../operator.sock",
  "routes": "routes.json",
  "tenants": "tenants",
  "certificateIssuers": ["../pki/ci.pem"],
  "smdp": [
    {
      "dpAuth": { "certificate": "../pki/dpauth.pem", "key": "dpauth" },
      "dpPb": { "certificate": "../pki/dppb.pem", "key": "dppb" }
    }
  ],
  "hsm": {
    "library": "$build/plugins/hsm/softkeys.so",
    "config": { "folder": "../keys", "passphraseFile": "./passphrase" }
  },
  "storage": {
    "library": "$run/desk/blob-store/build/plugins/storage/blob-store.so",
    "config": { "folder": "$run/objects" }
  }
}
JSON
cat >"$run/etc/routes.json" <<JSON
{
  "tenantRoutes": [
    {
      "tenantId": "guide",
      "eidPrefix": "89049032",
      "mccMnc": ["00101"],
      "activationRealm": "$realm",
      "smdpEndpoint": "https://$realm/gsma/rsp2"
    }
  ],
  "defaultAction": "reject"
}
JSON
cat >"$run/etc/tenants/guide.json" <<JSON
{
  "tenantId": "guide",
  "displayName": "Guide",
  "eidPolicy": "managed",
  "tls": {
    "certificateChain": "../../pki/tls/$realm.pem",
    "privateKey": "../../pki/tls/$realm.key.pem"
  }
}
JSON
"$bin/berthd" --config "$run/etc/host.json" >"$run/berthd.out" 2>"$run/berthd.log" &
berthd_pid=$!
for _ in $(seq 600); do
  grep -q '^berthd ready' "$run/berthd.out" && break
  kill -0 $berthd_pid 2>/dev/null || { cat "$run/berthd.log" && fail "berthd did not start"; }
  sleep 0.1
done
"$bin/berthctl" --socket "$run/operator.sock" status >"$run/status.txt"
grep -q 'com.example.blob-store' "$run/status.txt" || { cat "$run/status.txt" && fail "not loaded"; }
"$bin/berthctl" --socket "$run/operator.sock" pki import --reference dpauth "$run/pki/dpauth.key.pem" \
  >"$run/import.txt"
echo "guide: from a clean folder to a checked, signed plugin in $took s; berthd runs it"
