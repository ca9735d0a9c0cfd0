#!/usr/bin/env bash
# Does what docs/operating/plugins.md says about trying a tenant's plugins: a host with the bindings
# of the page, its commands as they stand, and the output it prints. Usage: plugin_try_page.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."
page=docs/operating/plugins.md

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-try.XXXXXX")
berthd=
finish() {
  [ -z "$berthd" ] || { kill "$berthd" 2>/dev/null || true; wait "$berthd" 2>/dev/null || true; }
  rm -rf "$run"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
fail() {
  echo "plugin try page: FAILED: $*"
  cat "$run"/*.log 2>/dev/null || true
  exit 1
}
# The page's blocks that open with ```KIND try, one after another.
blocks() {
  awk -v open="^\`\`\`$1 try\$" '$0 ~ open { inside = 1; next } /^```$/ { inside = 0 } inside { print }' $page
}

export PATH="$build/bin:$PATH"
berthctl pki create-test "$run/pki" --realm rsp.acme.example \
  --eid 89049032001000000000000000000112 >"$run/pki.txt"
mkdir -p "$run/etc/tenants" "$run/data" "$run/keys" "$run/objects"
(umask 077 && openssl rand -hex 32 >"$run/etc/keys.hex")
cat >"$run/etc/host.json" <<JSON
{
  "profile": "development",
  "plugins": { "allowUnsigned": true },
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
    "config": { "folder": "../keys", "masterKeyFile": "./keys.hex" }
  },
  "storage": {
    "library": "$build/plugins/storage/filesystem.so",
    "config": { "folder": "../objects" }
  }
}
JSON
cat >"$run/etc/routes.json" <<'JSON'
{
  "tenantRoutes": [
    {
      "tenantId": "acme",
      "eidPrefix": "89049032",
      "mccMnc": ["00101"],
      "activationRealm": "rsp.acme.example",
      "smdpEndpoint": "https://rsp.acme.example/gsma/rsp2"
    }
  ],
  "defaultAction": "reject"
}
JSON
{
  cat <<'JSON'
{
  "tenantId": "acme",
  "displayName": "Acme Mobile",
  "tls": {
    "certificateChain": "../../pki/tls/rsp.acme.example.pem",
    "privateKey": "../../pki/tls/rsp.acme.example.key.pem"
  },
JSON
  blocks json | sed "s#/usr/lib/berth#$build/plugins#"
  echo '}'
} >"$run/etc/tenants/acme.json"

berthd --config "$run/etc/host.json" >"$run/berthd.out" 2>"$run/berthd.log" &
berthd=$!
for _ in $(seq 600); do
  grep -q '^berthd ready' "$run/berthd.out" && break
  kill -0 $berthd 2>/dev/null || fail "berthd did not start"
  sleep 0.1
done
grep -q '^berthd ready' "$run/berthd.out" || fail "berthd is not ready"

export BERTH_SOCKET=$run/operator.sock
{
  echo 'set -euo pipefail'
  blocks sh
} >"$run/commands.sh"
(cd "$run" && bash commands.sh) >"$run/said.txt" 2>"$run/said.log" || fail "a command of the page"
# What the page prints comes first; the registrar's answer has a name of its own each time.
blocks text >"$run/expected.txt"
head -n "$(wc -l <"$run/expected.txt")" "$run/said.txt" | diff "$run/expected.txt" - ||
  fail "the page prints something else"
grep -qx 'registered  *new' "$run/said.txt" || fail "the registration was not new"
grep -qx 'registeredAgain  *same' "$run/said.txt" || fail "the second registration was not the same"
[ -z "$(ls "$run/etc/events")" ] || fail "the trial left a registration"
[ "$(wc -l <"$run/etc/feed/trial_trial.jsonl")" = 1 ] || fail "the trial doubled an event"
[ "$(ls "$run/etc/feed")" = trial_trial.jsonl ] || fail "asking about an order left a trace"

# The swap at the page's end: the old price is in what is compared, the new one in the last line.
grep -q '^acme/rating: berth.rating.flat-rate .* made way' "$run/said.txt" || fail "not swapped"
tail -n 1 "$run/said.txt" | grep -qx 'total 0.25 EUR' || fail "the new prices do not serve"

# The doctor has red lines: this host has no keys. What it says of the plugins counts.
berthctl doctor >"$run/doctor.txt" || true
for line in 'bss acme' 'rating acme' 'registrar acme'; do
  grep -q "$line.* serves; its interface is a draft" "$run/doctor.txt" || fail "the doctor: $line"
done
for slot in registrar rating bss; do
  berthctl plugin list | grep -q "^acme  *$slot .* serving " || fail "plugin list: $slot"
done
# What cannot start leaves the one before.
echo '{"currency": "EUR"}' >"$run/bad.json"
berthctl plugin swap --tenant acme --slot rating --config "$run/bad.json" 2>"$run/refused.txt" &&
  fail "prices without a price were taken"
grep -q '\[plugin.config\]' "$run/refused.txt" || fail "bad prices were refused for another reason"
(cd "$run" && berthctl plugin try rating --tenant acme --usage one.jsonl) | grep -q '0.25' ||
  fail "a refused swap changed what serves"
berthctl tenant show acme >"$run/tenant.txt"
grep -q 'flat-rate.so' "$run/tenant.txt" || fail "the tenant does not show its model"
berthctl plugin try rating --tenant acme --usage "$run/order.json" 2>"$run/refused.txt" &&
  fail "an order was rated"
grep -q "\[api.request\]" "$run/refused.txt" || fail "an order was refused for another reason"
echo "plugin try page: every command ran and said what the page prints"
