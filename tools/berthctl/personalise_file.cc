#include "tools/berthctl/personalise_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel/base/secret_bytes.h"
#include "tools/berthctl/commands.h"

namespace berth::berthctl {
namespace {

using nlohmann::json;

Error problem(const std::string& path, const std::string& what) {
  return {ErrorCode::kInvalidArgument, "berthctl.file", path + " " + what};
}

}  // namespace

Result<json> read_personalise_file(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0 &&
      !S_ISDIR(info.st_mode)) {
    return problem(path,
                   "holds keys and is open to group or others; make it mode 0600 (chmod 600)");
  }
  BERTH_TRY(octets, read_file(path, kMaxPersonaliseFile));
  // Without the parser's message, which quotes the input.
  json content = json::parse(as_text(octets), nullptr, false);
  wipe(octets);
  if (content.is_object()) return json::array({std::move(content)});
  if (!content.is_array() || content.empty() || content.size() > kMaxSubscribers) {
    return problem(path, "is no JSON object of a subscriber's values, nor a list of 1 to " +
                             std::to_string(kMaxSubscribers) + " of them");
  }
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (!content[i].is_object()) {
      return problem(path,
                     "has something else than an object as subscriber " + std::to_string(i + 1));
    }
  }
  return content;
}

}  // namespace berth::berthctl
