#!/usr/bin/env bash
# Runs every shell block of the three pages of docs/operating/topologies.md (shared, partner,
# dedicated) as their reader would, one after the other, then looks at what came of it. Usage: topologies_page.sh BUILD_DIR
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "$(dirname "$0")/../.."

run=$(mktemp -d "${TMPDIR:-/tmp}/berth-topo.XXXXXX")
base=$run/b
# The pages' fixed ports would meet another run's: free ones take their place.
read -r port es2_port < <(python3 -c '
import socket
all = [socket.socket(), socket.socket()]
for s in all: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in all])')
# The next version is this one under another number of the same length.
version=$("$build/bin/berthd" --version | sed 's/.* //')
other=$(echo "$version" | tr 0-9 1-90)
{
  echo 'set -euo pipefail'
  # As a text of its own, not as part of an object identifier.
  printf 'renumber() { LC_ALL=C sed -i "s/\\([^0-9.]\\)%s\\([^0-9.]\\)/\\1%s\\2/g" "$1"; }\n' "${version//./\\.}" "$other"
  echo 'end() { for pid in ${supervisor:-} ${door:-} ${common:-}; do kill $pid 2>/dev/null || true; done; wait || true; }'
  echo 'trap end EXIT'
  awk '
    /^```sh$/ { inside = 1; next }
    /^```$/ { inside = 0 }
    inside { print }
  ' docs/operating/shared.md docs/operating/partner.md docs/operating/dedicated.md |
    sed -e "s#build/dev#$build#g; s#\$PWD/$build#$build#g; s#:8443#:$port#g; s#:8444#:$es2_port#g" \
      -e '/^cp .*berthd/a renumber "$base/next/berthd"' \
      -e 's#2>&1 | tee "$base/refused.txt"#>"$base/refused.txt" 2>\&1 \&\& exit 1 || true#'
} >"$run/commands.sh"

fail() {
  cat "$run/out.txt"
  tail -n 20 "$base"/*.log "$base"/*/*.log 2>/dev/null || true
  echo "topologies page: FAILED: $1"
  rm -rf "$run"
  exit 1
}
BERTH_HOST_FOLDER=$base timeout ${BERTH_PAGE_TIMEOUT:-170} bash "$run/commands.sh" >"$run/out.txt" 2>&1 || fail "exit $?"
grep -q 'nobody owns failedDownloadSettlement;.*configuration.contract_cell' "$base/refused.txt" ||
  fail "the empty cell was not refused"
grep -q 'red.*endpoint initech' "$base/doctor.txt" || fail "the doctor did not miss the endpoint"
grep -q '^standing *active$' "$base/activated.txt" || fail "the partner's tenant was not activated"
[ "$(grep -c '^installed 89440000000000000' "$run/out.txt")" -eq 2 ] || fail "not both were installed"
# One version was the tenant's own for a while, beside the other.
[ "$(grep -c "^berthd $other" "$run/out.txt")" -eq 1 ] || fail "no version of the tenant's own"
[ "$(grep -c "^berthd $version" "$run/out.txt")" -eq 2 ] || fail "the others' version, and the way back"
# The partner's word was taken once, a foreign card's not at all, and there are no orders here.
[ "$(grep -c '^204$' "$run/out.txt")" -eq 2 ] || fail "progress was not taken twice"
grep -q '"subjectCode":"8.1.1","reasonCode":"3.8"' "$base/told.json" || fail "a foreign card was taken"
[ "$(grep -c 'profileDownloadResult.*RSP-2000' "$run/out.txt")" -eq 1 ] || fail "not one event of the partner"
grep -q "the partner's word (INITECH-DP" "$run/out.txt" || fail "the story does not say whose word it is"
grep -q '^its orders are placed at the partner$' "$run/out.txt" || fail "an order was placed here"
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
