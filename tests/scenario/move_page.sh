#!/usr/bin/env bash
# Runs every shell block of docs/operating/shared.md and move.md as their reader would, one after the
# other, and looks for what the text blocks say. Usage: move_page.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-move.XXXXXX")
trap 'rm -rf "$run"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
blocks() { # KIND PAGE…
  kind=$1
  shift
  awk -v kind="$kind" '
    $0 == "```" kind { inside = 1; next }
    /^```$/ { inside = 0 }
    inside { print }
  ' "$@"
}
{
  echo 'set -euo pipefail'
  echo 'trap "kill \$(jobs -p) 2>/dev/null || true" EXIT'
  blocks sh docs/operating/shared.md docs/operating/move.md
} | sed -e "s#\$PWD/build/dev#$build#g; s#build/dev#$build#g; s#:8443#:$port#g" >"$run/commands.sh"

status=0
BERTH_HOST_FOLDER=$run/b timeout 100 bash "$run/commands.sh" >"$run/out.txt" 2>&1 || status=$?
if [ "$status" -eq 0 ]; then
  while IFS= read -r line; do
    if [ -n "$line" ] && ! grep -qF -- "$line" "$run/out.txt"; then
      echo "move.md: nothing said '$line'"
      status=1
    fi
  done < <(blocks text docs/operating/move.md)
  [ "$(grep -c '^installed 89440000000000000' "$run/out.txt")" -eq 2 ] || status=1
fi
if [ "$status" -ne 0 ]; then
  cat "$run/out.txt"
  tail -n 20 "$run"/b/*.log "$run"/b/acme/log 2>/dev/null || true
  echo "move page: FAILED ($status)"
fi
exit "$status"
