// A folder of one run below the system's temporary folder; it goes when the object does.

#pragma once

#include <filesystem>
#include <string_view>

namespace berth::bench {

class TempFolder {
 public:
  TempFolder();  // throws when none can be made
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Mode 0600, folders made on the way.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace berth::bench
