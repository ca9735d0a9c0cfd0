#include <filesystem>
#include <fstream>
#include <iostream>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"

namespace berth::berthctl {

void Context::fail(const Error& error) {
  // On standard error with --json as well: standard output holds results alone.
  std::cerr << (json ? error_json(error) : error_line(error)) << '\n';
  exit_code = error.reason() == "berthctl.no_connection" ? kExitNoConnection
              : error.reason() == "berthctl.usage"       ? kExitUsage
                                                         : kExitRefused;
}

Result<Bytes> read_file(const std::string& path, std::size_t max_bytes) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return Error(ErrorCode::kInvalidArgument, "berthctl.file", path + " is a folder; name a file");
  }
  std::ifstream file(path, std::ios::binary);
  Bytes octets;
  if (file) octets.assign(std::istreambuf_iterator<char>(file), {});
  if (!file || octets.empty() || octets.size() > max_bytes) {
    return Error(ErrorCode::kInvalidArgument, "berthctl.file",
                 path + " cannot be read, is empty or is larger than " + std::to_string(max_bytes) +
                     " octets; check the path");
  }
  return octets;
}

}  // namespace berth::berthctl
