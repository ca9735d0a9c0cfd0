#!/usr/bin/env bash
# Runs every shell block of docs/operating/limits.md on the host that the quick start makes, then
# blocks its tenant and looks for the alarm. Usage: limits_page.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-limits.XXXXXX")
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
  blocks limits.md ''
  cat <<'BLOCKED'
berthctl tenant limits set --tenant acme objects=0
berth-sample-profile --iccid 8944000000000000019 --imsi 001010000000001 --name Acme --out "$host/acme.der"
if berthctl profile import --tenant acme --type starter --provider Acme --name Starter "$host/acme.der" 2>"$host/err.txt"; then
  exit 1
fi
cat "$host/err.txt"
until berthctl audit verify >"$host/audit.txt" && grep -q 'ALARM limits acme' "$host/berthd.log"; do
  sleep 0.2
done
berthctl doctor >"$host/doctor.txt" || true
grep 'blocked by objects 0' "$host/doctor.txt"
grep 'tenants with an alarm of their own: acme' "$host/doctor.txt"
if berthctl tenant limits set --tenant acme workers=0 2>"$host/err.txt"; then exit 1; fi
grep 'limits.out_of_range' "$host/err.txt"
if berthctl tenant limits set --tenant acme workers 2>"$host/err.txt"; then exit 1; fi
grep 'NAME=NUMBER' "$host/err.txt"
kill $berthd && wait $berthd
BLOCKED
} | sed -e "s#\$PWD/build/dev#$build#g; s#build/dev#$build#g; s#:8443#:0#g" >"$run/commands.sh"

status=0
BERTH_HOST_FOLDER=$run/host bash "$run/commands.sh" >"$run/out.txt" 2>&1 || status=$?
check() {
  if [ "$status" -eq 0 ] && ! grep -q "$1" "$run/out.txt"; then
    echo "limits page: nothing said '$1'"
    status=1
  fi
}
check '^downloadsPerSecond  *50 .*file: 200'
check '"limits":{"downloadsPerSecond":50,"hsmInFlight":4}'
check "$run/host/etc/tenants/acme.json: {\"limits\":{\"downloadsPerSecond\":50}}"
check '^rsp.acme.example '
check '\[limits.storage\]'
if [ "$status" -ne 0 ]; then
  cat "$run/out.txt"
  echo "limits page: FAILED with exit $status"
  exit 1
fi
echo "limits page: every command ran"
