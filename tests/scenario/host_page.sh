#!/usr/bin/env bash
# Runs every shell block of a page of docs/operating on the host that the quick start makes, and looks
# for what the page's text blocks say. A line of a text block that ends in "…" is looked for up to there.
# Usage: host_page.sh BUILD_DIR PAGE.md
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
page=${2:?the page}
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-page.XXXXXX")
trap 'rm -rf "$run"' EXIT
# The blocks of a kind (sh, text) of a page, up to a heading.
blocks() {
  awk -v kind="$3" -v end="$2" '
    end != "" && index($0, end) == 1 { exit }
    $0 == "```" kind { inside = 1; block = ""; next }
    /^```$/ && inside { inside = 0; if (block !~ /scripts\/demo/) printf "%s", block; next }
    inside { block = block $0 "\n" }
  ' "docs/operating/$1"
}
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
{
  echo 'set -euo pipefail'
  echo 'trap "kill \$(jobs -p) 2>/dev/null || true" EXIT'
  blocks quick-start.md '## 4.' sh
  blocks "$page" '' sh
  echo 'kill $berthd && wait $berthd'
} | sed -e "s#\$PWD/build/dev#$build#g; s#build/dev#$build#g; s#:8443#:$(free_port)#g; s#:9443#:$(free_port)#g" \
  >"$run/commands.sh"

status=0
BERTH_HOST_FOLDER=$run/host bash "$run/commands.sh" >"$run/out.txt" 2>&1 || status=$?
if [ "$status" -eq 0 ]; then
  while IFS= read -r line; do
    if [ -n "$line" ] && ! grep -qF -- "${line%%…*}" "$run/out.txt"; then
      echo "$page: nothing said '${line%%…*}'"
      status=1
    fi
  done < <(blocks "$page" '' text)
fi
if [ "$status" -ne 0 ]; then
  cat "$run/out.txt"
  echo "$page: FAILED with exit $status"
else
  echo "$page: every command ran"
fi
exit "$status"
