#!/usr/bin/env bash
# Runs every shell block of docs/operating/plugin-swap.md on the host that the quick start makes, then
# has a plugin swapped in as it is built. Usage: plugin_swap_page.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-swap.XXXXXX")
trap 'rm -rf "$run"' EXIT
# What is watched is built into a folder of its own.
mkdir "$run/built"
cp "$build"/plugins/storage/filesystem.* "$run/built/"
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
  blocks plugin-swap.md ''
  cat <<'WATCH'
berthctl plugin watch "$BUILT" >"$host/watch.out" 2>&1 &
watch=$!
await() {
  until grep -qs "$1" "$host/watch.out"; do
    kill -0 $watch || { cat "$host/watch.out"; exit 1; }
    sleep 0.2
  done
}
await '^watching '
# A build that is another one by a section nobody reads; library and manifest are replaced as a
# build does it.
cp "$BUILT/filesystem.so" "$BUILT/new.so"
objcopy --add-section .berth.build="$host/etc/keys.hex" "$BUILT/new.so"
old=$(sha256sum "$BUILT/filesystem.so" | cut -c1-64)
new=$(sha256sum "$BUILT/new.so" | cut -c1-64)
mv "$BUILT/new.so" "$BUILT/filesystem.so"
sed -i "s/$old/$new/" "$BUILT/filesystem.manifest.json"
await '^acme/storage: berth.storage.filesystem .* made way for berth.storage.filesystem '
berthctl plugin list --json | grep -q "$new"
kill $watch
berthctl audit verify
kill $berthd && wait $berthd
WATCH
} | sed -e "s#\$PWD/build/dev#$build#g; s#build/dev#$build#g; s#:8443#:0#g" >"$run/commands.sh"

status=0
BUILT=$run/built BERTH_HOST_FOLDER=$run/host bash "$run/commands.sh" >"$run/out.txt" 2>&1 || status=$?
check() {
  if [ "$status" -eq 0 ] && ! grep -q "$1" "$run/out.txt"; then
    echo "plugin swap page: nothing said '$1'"
    status=1
  fi
}
check '^acme/storage: berth.storage.filesystem .* made way for berth.storage.filesystem .* calls end'
check "put this into $run/host/etc/tenants/acme.json:"
check "\"library\": \"$run/host/filesystem-next/filesystem.so\""
check '^host/hsm: berth.hsm.softkeys .* made way'
check '^acme *storage *berth.storage.filesystem .*serving'
if [ "$status" -ne 0 ]; then
  cat "$run/out.txt"
  echo "plugin swap page: FAILED with exit $status"
  exit 1
fi
echo "plugin swap page: every command ran"
