#include "kernel/api/system_facts.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>

namespace berth::api {
namespace {

std::uint64_t soft_limit(decltype(RLIMIT_NOFILE) resource) {
  rlimit limit{};
  return ::getrlimit(resource, &limit) == 0 ? limit.rlim_cur : 0;
}

}  // namespace

ProcessLimits read_process_limits() {
  return {soft_limit(RLIMIT_NOFILE), soft_limit(RLIMIT_MEMLOCK), soft_limit(RLIMIT_CORE),
          ::prctl(PR_GET_DUMPABLE) != 0};
}

Result<DiskSpace> read_disk_space(const std::filesystem::path& folder) {
  std::error_code failed;
  const std::filesystem::space_info space = std::filesystem::space(folder, failed);
  if (failed) {
    return Error(ErrorCode::kUnavailable, "api.disk",
                 folder.string() + " cannot be looked at: " + failed.message());
  }
  return DiskSpace{space.available, space.capacity};
}

std::optional<std::uint32_t> read_file_mode(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return info.st_mode & 07777U;
}

std::optional<bool> clock_synchronised() {
  timex state{};
  const int answer = ::adjtimex(&state);
  if (answer < 0) return std::nullopt;
  return answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

}  // namespace berth::api
