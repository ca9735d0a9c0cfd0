// The built filesystem store in a scratch folder, called through its C table alone.

#pragma once

#include <fstream>
#include <string>

#include "kit/storage/storage_kit.h"

namespace berth::filesystem_test {

using namespace storage_kit;  // NOLINT: the same words, one store

class FolderPlace final : public Place {
 public:
  std::string plugin() const override { return FILESYSTEM_SO; }
  std::string config() const override { return R"({"folder":")" + folder() + R"("})"; }
  std::string folder() const { return scratch_ / "store"; }

 private:
  ScratchFolder scratch_;
};

class FolderStore : public storage_kit::Store {
 public:
  explicit FolderStore(const FolderPlace& place)
      : storage_kit::Store(place), folder_(place.folder()) {}

  std::string file(std::string_view name) const {
    return folder_ + "/objects/" + std::string(name) + "@";
  }
  std::string folder() const { return folder_; }
  std::size_t temporaries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(folder_ + "/tmp")) {
      ++count;
    }
    return count;
  }

 private:
  std::string folder_;
};

}  // namespace berth::filesystem_test
