#!/usr/bin/env bash
# Runs every shell block of docs/operating/routes.md on the host that the quick start makes.
# Usage: routes_page.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-routes.XXXXXX")
trap 'rm -rf "$run"' EXIT
# The shell blocks of a page, up to a heading.
blocks() {
  awk -v end="$2" '
    end != "" && index($0, end) == 1 { exit }
    /^```sh$/ { inside = 1; block = ""; next }
    /^```$/ && inside { inside = 0; if (block !~ /scripts\/demo/) printf "%s", block; next }
    inside { block = block $0 "\n" }
  ' "docs/operating/$1"
}
{
  echo 'set -euo pipefail'
  echo 'trap "kill \$(jobs -p) 2>/dev/null || true" EXIT'
  blocks quick-start.md '## 4.'
  blocks routes.md ''
  cat <<'FORGED'
# One octet changed in the proof, and another document, prove nothing.
sed '2s/acme/acne/' "$host/route-proof.jsonl" >"$host/forged.jsonl"
for change in "$host/routes-in-force.json $host/forged.jsonl" "$host/etc/routes.json $host/route-proof.jsonl"; do
  set -- $change
  if berth-verify routes --routes "$1" --key "$host/route-key.pem" "$2"; then exit 1; fi
done
kill $berthd && wait $berthd
FORGED
} | sed -e "s#\$PWD/build/dev#$build#g; s#build/dev#$build#g; s#:8443#:0#g" >"$run/commands.sh"

status=0
BERTH_HOST_FOLDER=$run/host bash "$run/commands.sh" >"$run/out.txt" 2>&1 || status=$?
# What the page shows must be what the commands say.
awk '/^```text$/ { inside = 1; next } /^```$/ { inside = 0 } inside' docs/operating/routes.md >"$run/told.txt"
while IFS= read -r line; do
  if [ "$status" -eq 0 ] && ! grep -qFx -- "$line" "$run/out.txt"; then
    echo "routes page: nothing said '$line'"
    status=1
  fi
done <"$run/told.txt"
for reason in verify.signature verify.routes_differ; do
  grep -q "\[$reason\]" "$run/out.txt" || { echo "routes page: no $reason"; status=1; }
done
if [ "$status" -ne 0 ]; then
  cat "$run/out.txt"
  echo "routes page: FAILED with exit $status"
  exit 1
fi
echo "routes page: every command ran"
