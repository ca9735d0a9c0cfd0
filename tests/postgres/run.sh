#!/usr/bin/env bash
# Runs a test program against a PostgreSQL server of its own:
#
#   run.sh [--standby] [--set name=value]... -- PROGRAM [ARGUMENT...]
#
# The program finds the server's socket in BERTH_TEST_POSTGRES and may write the commands of
# scripts/postgres to the file BERTH_TEST_POSTGRES_CONTROL.
set -euo pipefail
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! ls /usr/lib/postgresql/15/bin/initdb >/dev/null 2>&1; then
  echo "SKIPPED: $(basename "$1") on PostgreSQL: PostgreSQL 15 is not installed"
  exit 0
fi
coproc SERVER { exec "$root/scripts/postgres" "${options[@]}"; }
server=$SERVER_PID
control=${SERVER[1]}
answers=${SERVER[0]}
trap 'exec {control}>&-; wait "$server" 2>/dev/null || true' EXIT
while read -r line <&"$answers"; do
  case "$line" in
    host=*) export BERTH_TEST_POSTGRES=${line#host=} ;;
    ready) break ;;
  esac
done
[ -n "${BERTH_TEST_POSTGRES:-}" ] || { echo "the PostgreSQL server did not start" >&2; exit 1; }
export BERTH_TEST_POSTGRES_CONTROL=/proc/$$/fd/$control
status=0
"$@" || status=$?
exit $status
