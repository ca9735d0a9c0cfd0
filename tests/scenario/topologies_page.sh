#!/usr/bin/env bash
# Runs every shell block of docs/operating/topologies.md as its reader would, then looks at what came
# of it. Usage: topologies_page.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-topo.XXXXXX")
base=$run/b
# The page's fixed port would meet another run's: the door takes a free one, and says which.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
{
  echo 'set -euo pipefail'
  echo 'end() { for pid in ${supervisor:-} ${door:-} ${common:-}; do kill $pid 2>/dev/null || true; done; wait || true; }'
  echo 'trap end EXIT'
  awk '
    /^```sh$/ { inside = 1; next }
    /^```$/ { inside = 0 }
    inside { print }
  ' docs/operating/topologies.md |
    sed -e "s#build/dev#$build#g; s#\$PWD/$build#$build#g; s#:8443#:$port#g" \
      -e 's#2>&1 | tee "$base/refused.txt"#>"$base/refused.txt" 2>\&1 \&\& exit 1 || true#'
} >"$run/commands.sh"

fail() {
  cat "$run/out.txt"
  tail -n 20 "$base"/*.log 2>/dev/null || true
  echo "topologies page: FAILED: $1"
  rm -rf "$run"
  exit 1
}
BERTH_HOST_FOLDER=$base timeout 170 bash "$run/commands.sh" >"$run/out.txt" 2>&1 || fail "exit $?"
grep -q 'nobody owns failedDownloadSettlement;.*configuration.contract_cell' "$base/refused.txt" ||
  fail "the empty cell was not refused"
grep -q 'red.*endpoint initech' "$base/doctor.txt" || fail "the doctor did not miss the endpoint"
[ "$(grep -c '^installed 89440000000000000' "$run/out.txt")" -eq 2 ] || fail "not both were installed"
grep -q Installed "$base/stock.txt" || fail "the tenant's own host did not come back"
python3 - "$base/status.json" <<'PY' || fail "the door did not count"
import json, sys
counts = {t["tenant"]: t for t in json.load(open(sys.argv[1]))["tenants"]}
assert counts["acme"]["handedOn"] >= 1 and counts["globex"]["handedOn"] >= 1, counts
assert counts["acme"]["unreachable"] == 0, counts
PY
# What was changed after it was signed does not start.
echo '{}' >"$base/globex/etc/tenants/intruder.json"
! deploy/check-configuration "$base/operator.pub.pem" "$base/globex/etc" 2>"$run/out.txt" ||
  fail "an added file passed"
grep -q 'a file was added' "$run/out.txt" || fail "another reason"
rm "$base/globex/etc/tenants/intruder.json"
deploy/check-configuration "$base/operator.pub.pem" "$base/globex/etc" 2>"$run/out.txt" ||
  fail "what was signed did not pass"
echo >>"$base/globex/etc/host.json"
! deploy/check-configuration "$base/operator.pub.pem" "$base/globex/etc" 2>"$run/out.txt" ||
  fail "an altered file passed"
echo "topologies page: every command ran"
rm -rf "$run"
