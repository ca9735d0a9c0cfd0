#!/bin/sh
# A few of everything: each suite runs to its end on a real berthd, and its last line is the object
# that scripts read. The figures mean nothing here.
#
#   smoke.sh BERTH-BENCH SUITE
set -eu
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
TMPDIR=$out "$1" "$2" --smoke --json >"$out/text"
tail -n 1 "$out/text" | python3 -c '
import json, sys
report = json.loads(sys.stdin.read())
assert report["suite"] == sys.argv[1], report
assert report["bars"] and report["measured_on"]["cores"], report
for bar in report["bars"]:
    assert set(bar) == {"name", "value", "bound", "unit", "ok"}, bar
    assert isinstance(bar["value"], (int, float)), bar
' "$2"
if ls "$out" | grep -q berth-bench; then
  echo "left behind: $(ls "$out")" >&2
  exit 1
fi
