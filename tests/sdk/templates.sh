#!/usr/bin/env bash
# Every template makes a project outside the tree that builds against an installed SDK, loads and
# passes its kit; and berth-plugin-new refuses what it should, changing nothing.
# Usage: templates.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
run=$(mktemp -d "${TMPDIR:-/tmp}/berth-templates.XXXXXX")
trap 'rm -rf "$run"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
fail() {
  echo "templates: FAILED: $*"
  exit 1
}

cmake --install "$build" --component sdk --prefix "$run/sdk" >"$run/install.txt"
new=$run/sdk/bin/berth-plugin-new
cd "$run"

# refused EXPECTED ARGUMENT…: with exit code 2, these words, and nothing made.
refused() {
  local expected=$1 status=0
  shift
  "$new" "$@" >"$run/out.txt" 2>"$run/err.txt" || status=$?
  [ $status -eq 2 ] || fail "berth-plugin-new $* ended with $status"
  grep -qF "$expected" "$run/err.txt" || { cat "$run/err.txt" && fail "berth-plugin-new $*"; }
}
before=$(find . -not -name '*.txt' | sort)
refused 'usage: berth-plugin-new KIND ID [FOLDER]' storage
refused "there is no kind 'tape'; kinds: " tape com.example.x
refused "there is no kind '../template'" ../template com.example.x
refused "the id 'com.Example.x' is not 1 to 128 of a-z 0-9 . - _" storage com.Example.x
refused "the id 'x' names nobody: begin it with a domain of yours, com.example.x" storage x
refused "'test' is a name of the build's own" storage com.example.test
refused "the id's last part names the library and begins with a letter; '9x' does not" storage a.9x
refused 'there is no folder nowhere' storage com.example.x nowhere/x
refused 'sdk is there already, and nothing is overwritten' storage com.example.x sdk
refused "'-x' is no folder" storage com.example.x -x
[ "$before" = "$(find . -not -name '*.txt' | sort)" ] || fail "a refusal left something behind"

for template in sdk/share/berth-sdk/template/*/; do
  kind=$(basename "$template")
  "$new" "$kind" "com.example.my-$kind" "$kind" >new.txt
  if ! { cmake -B "$kind/build" -DCMAKE_PREFIX_PATH="$run/sdk" "$kind" &&
    cmake --build "$kind/build" && ctest --test-dir "$kind/build" -V; } >"$kind.txt" 2>&1; then
    cat "$kind.txt"
    fail "the template of kind $kind"
  fi
  if grep -rn 'example\.[a-z]*-' "$kind" --include='*' --exclude-dir=build | grep -v com.example; then
    fail "the template of kind $kind keeps a name of its own"
  fi
  echo "templates: $kind builds, loads and passes$(sed -n 's/^[0-9]*: ok *kit */ /p' "$kind.txt")"
done
