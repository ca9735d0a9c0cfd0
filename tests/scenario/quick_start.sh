#!/usr/bin/env bash
# Runs every shell block of docs/operating/quick-start.md as a newcomer would, except the ones that
# install and build. Usage: quick_start.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-quick.XXXXXX")
script=$run/commands.sh
# The page's fixed port would meet another run's: take a free one in every place.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
{
  echo 'set -euo pipefail'
  echo 'trap "kill \$(jobs -p) 2>/dev/null || true" EXIT'
  awk '
    /^```sh$/ { inside = 1; block = ""; next }
    /^```$/ && inside { inside = 0; if (block !~ /scripts\/demo|cmake/) printf "%s", block; next }
    inside { block = block $0 "\n" }
  ' docs/operating/quick-start.md | sed -e "s#build/dev#$build#g; s#\$PWD/$build#$build#g; s#:8443#:$port#g"
  echo 'kill $berthd && wait $berthd'
} >"$script"

status=0
BERTH_HOST_FOLDER=$run/host bash "$script" >"$run/out.txt" 2>&1 || status=$?
if [ $status -ne 0 ]; then
  cat "$run/out.txt"
  echo "quick start: FAILED with exit $status"
elif ! grep -q '^installed 8944000000000000019' "$run/out.txt"; then
  cat "$run/out.txt"
  echo "quick start: nothing was installed"
  status=1
elif [ "$(grep -c 'Installed' "$run/out.txt")" -lt 2 ]; then
  cat "$run/out.txt"
  echo "quick start: the restored host does not know the installed profile"
  status=1
else
  echo "quick start: every command ran"
fi
rm -rf "$run"
exit $status
