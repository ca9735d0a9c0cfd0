#!/usr/bin/env bash
# The released ABI is as recorded; and scripts/check-abi sees every kind of change, on a copy.
set -euo pipefail
cd "$(dirname "$0")/../.."
run=$(mktemp -d "${TMPDIR:-/tmp}/berth-abi.XXXXXX")
trap 'rm -rf "$run"' EXIT
fail() {
  echo "check_abi: FAILED: $*"
  exit 1
}

scripts/check-abi

# told STATUS EXPECTED FILE EXPRESSION [OPTION]: after sed EXPRESSION on a copy of FILE.
told() {
  local status=0
  rm -rf "$run/include" && cp -r sdk/include "$run/include" && cp sdk/abi/v1.json "$run/v1.json"
  sed -i "$4" "$run/include/berth/abi/$3"
  cmp -s "sdk/include/berth/abi/$3" "$run/include/berth/abi/$3" && fail "no change by $4"
  scripts/check-abi --include "$run/include" --recorded "$run/v1.json" ${5:-} >"$run/out.txt" 2>&1 ||
    status=$?
  [ $status -eq "$1" ] && grep -qF "$2" "$run/out.txt" || { cat "$run/out.txt" && fail "$4"; }
}
end='s/^} berth_storage;/  void (*later)(berth_instance*);\n&/'
told 1 'record it: berth_storage.later is appended' storage.h "$end"
told 0 'recorded: berth_storage.later is appended' storage.h "$end" --record
scripts/check-abi --include "$run/include" --recorded "$run/v1.json" >"$run/out.txt" || fail "recorded"
told 1 'record it: BERTH_STORAGE_MORE is new' storage.h 's/^#define BERTH_STORAGE_V1.*/&\n#define BERTH_STORAGE_MORE 1/'
told 1 'record it: BERTH_LOG_FATAL is new' host.h 's/BERTH_LOG_ERROR = 4/&, BERTH_LOG_FATAL = 5/'
told 1 'CHANGED: berth_hsm_limits: member 3 is `uint32_t first` at 8 (4 octets); it was `uint32_t max_open_keys`' \
  hsm.h 's/^  uint32_t max_open_keys;/  uint32_t first;\n&/'
told 1 'CHANGED: berth_object_info: member 3 is `uint32_t size` at 8 (4 octets); it was `uint64_t size`' \
  storage.h 's/^  uint64_t size;/  uint32_t size;/'
told 1 'CHANGED: berth_health.check is gone' base.h '/\*check)(berth_instance/,/NOEXCEPT;/d'
told 1 'CHANGED: berth_str has no struct_size, so nothing can be added to it; more was' base.h \
  's/^} berth_str;/  int more;\n&/'
told 1 'CHANGED: BERTH_NOT_FOUND is 44; it was 4' base.h 's/BERTH_NOT_FOUND = 4/BERTH_NOT_FOUND = 44/'
told 1 'CHANGED: BERTH_HSM_V1 is "berth.hsm/2"; it was "berth.hsm/1"' hsm.h 's#berth.hsm/1"#berth.hsm/2"#'
told 1 'CHANGED: BERTH_NOT_FOUND is 44; it was 4' base.h 's/BERTH_NOT_FOUND = 4/BERTH_NOT_FOUND = 44/' --record
cmp sdk/abi/v1.json "$run/v1.json" || fail "a change that breaks was recorded"
echo "check_abi: every change was told"
