// Which plugins of a folder were built anew. Files only; no host is asked.

#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kernel/base/result.h"

namespace berth::berthctl {

struct BuiltPlugin {
  std::string id;
  std::string version;
  std::filesystem::path library;  // absolute
  std::string sha256;             // of the library, hexadecimal
};

class PluginWatch {
 public:
  // What lies there now counts as seen. "berthctl.file" when it is no folder that can be read.
  static Result<PluginWatch> begin(const std::filesystem::path& folder);

  // Those that are others than at the last look. One whose library and manifest do not fit each
  // other (yet: a build writes one after the other) is looked at again the next time.
  std::vector<BuiltPlugin> changed();

 private:
  explicit PluginWatch(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::vector<BuiltPlugin> look() const;

  std::filesystem::path folder_;
  std::map<std::filesystem::path, std::string> seen_;  // library → SHA-256
};

}  // namespace berth::berthctl
