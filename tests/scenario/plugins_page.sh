#!/usr/bin/env bash
# Runs every shell block of docs/operating/plugins.md as its reader would, on a copy of the built
# plugins, then looks at what came of it. Usage: plugins_page.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-plugins.XXXXXX")
trap 'rm -rf "$run"' EXIT
cp "$build"/plugins/hsm/softkeys.* "$run/"
rm -f "$run"/*.sig
{
  echo 'set -euo pipefail'
  awk '
    /^```sh$/ { inside = 1; next }
    /^```$/ { inside = 0 }
    inside { print }
  ' docs/operating/plugins.md
  echo 'rm -rf "$keys"'
} >"$run/commands.sh"

export TMPDIR=$run BERTH_PLUGIN_FOLDER=$run PATH=$build/bin:$PATH
if ! bash "$run/commands.sh" >"$run/out.txt" 2>&1; then
  cat "$run/out.txt"
  echo "plugins page: FAILED"
  exit 1
fi
grep -q '^berth.hsm.softkeys .* (hsm) signed by [0-9a-f]\{64\}$' "$run/out.txt"
grep -q '^Signature Verified Successfully$' "$run/out.txt"
grep -qx '[0-9a-f]\{64\}' "$run/out.txt"
# What a host would not take is not signed.
echo >>"$run/softkeys.so"
"$build/bin/berthctl" plugin key new "$run/other.pem" >"$run/key.txt"
if "$build/bin/berthctl" plugin sign "$run/softkeys.manifest.json" --key "$run/other.pem" \
  2>"$run/err.txt"; then
  echo "plugins page: an altered library was signed"
  exit 1
fi
grep -q '\[plugin.altered\]' "$run/err.txt"
echo "plugins page: every command ran"
