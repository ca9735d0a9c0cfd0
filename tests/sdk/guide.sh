#!/usr/bin/env bash
# Does what the integrator's guide says, outside the tree: copies the example, builds it, builds it
# signed, and asks whether a host that trusts the key would load it. Usage: guide.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-guide.XXXXXX")
trap 'rm -rf "$run"' EXIT
cp -r sdk "$run/sdk"
{
  echo 'set -euo pipefail'
  awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside { print }' sdk/README.md
} >"$run/commands.sh"
if ! (cd "$run/sdk" && HOME=$run bash "$run/commands.sh") >"$run/out.txt" 2>&1; then
  cat "$run/out.txt"
  echo "guide: FAILED"
  exit 1
fi
"$build/bin/berthctl" plugin verify "$run/memory-store/build/plugins/storage/memory-store.so" \
  --trusted "$run/sdk/signer.pub" | grep -q '^example.memory-store 0.1.0 (storage) signed by '
echo "guide: the example builds, signed by its author"
