#!/usr/bin/env bash
# Runs a test program beside an S3 server of its own:
#
#   run.sh -- PROGRAM [ARGUMENT...]
#
# The program finds in BERTH_TEST_S3 the server's address, in BERTH_TEST_S3_TLS the one with TLS, in
# BERTH_TEST_S3_CA that one's authority, in BERTH_TEST_S3_REGION and BERTH_TEST_S3_CREDENTIALS what
# a client needs, and may write the commands of scripts/radosgw to the file BERTH_TEST_S3_CONTROL.
# There is a bucket "berth-test".
set -euo pipefail
[ "${1:-}" = -- ] && shift
root=$(cd "$(dirname "$0")/../.." && pwd)
for program in ceph-mon ceph-osd radosgw; do
  if [ ! -x "${BERTH_CEPH_ROOT:-}/usr/bin/$program" ]; then
    echo "SKIPPED: $(basename "$1"): $program is not installed"
    exit 0
  fi
done
coproc SERVER { exec "$root/scripts/radosgw" berth-test; }
server=$SERVER_PID
control=${SERVER[1]}  # its end ends scripts/radosgw
answers=${SERVER[0]}
trap 'exec {control}>&-; wait "$server" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
ready=no
while read -r line <&"$answers"; do
  case "$line" in
    endpoint=*) export BERTH_TEST_S3=${line#endpoint=} ;;
    tlsEndpoint=*) export BERTH_TEST_S3_TLS=${line#tlsEndpoint=} ;;
    caFile=*) export BERTH_TEST_S3_CA=${line#caFile=} ;;
    region=*) export BERTH_TEST_S3_REGION=${line#region=} ;;
    credentialsFile=*) export BERTH_TEST_S3_CREDENTIALS=${line#credentialsFile=} ;;
    ready) ready=yes; break ;;
  esac
done
[ "$ready" = yes ] || { echo "scripts/radosgw did not start" >&2; exit 1; }
export BERTH_TEST_S3_CONTROL=/proc/$$/fd/$control
status=0
"$@" || status=$?
exit $status
