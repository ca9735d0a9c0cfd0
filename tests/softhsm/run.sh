#!/usr/bin/env bash
# Runs a test program beside SoftHSM2 tokens of its own:
#
#   run.sh -- PROGRAM [ARGUMENT...]
#
# The program finds the module's path in BERTH_TEST_SOFTHSM and makes tokens in the folder "tokens"
# beside SOFTHSM2_CONF, which the module reads.
set -euo pipefail
[ "${1:-}" = -- ] && shift
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v softhsm2-util >/dev/null || ! ls /usr/lib/softhsm/libsofthsm2.so >/dev/null 2>&1; then
  echo "SKIPPED: $(basename "$1"): softhsm2 is not installed"
  exit 0
fi
coproc TOKENS { exec "$root/scripts/softhsm"; }
keeper=$TOKENS_PID
control=${TOKENS[1]}  # its end ends scripts/softhsm
answers=${TOKENS[0]}
trap 'exec {control}>&-; wait "$keeper" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
while read -r line <&"$answers"; do
  case "$line" in
    module=*) export BERTH_TEST_SOFTHSM=${line#module=} ;;
    conf=*) export SOFTHSM2_CONF=${line#conf=} ;;
    ready) break ;;
  esac
done
[ -n "${BERTH_TEST_SOFTHSM:-}" ] || { echo "scripts/softhsm did not start" >&2; exit 1; }
status=0
"$@" || status=$?
exit $status
