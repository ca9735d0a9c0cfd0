// The built file-registrar in a scratch folder, called through its C tables alone.

#pragma once

#include <string>

#include "kit/discovery/discovery_kit.h"

namespace berth::file_registrar_test {

struct FolderPlace final : discovery_kit::Place {
  explicit FolderPlace(std::string told = "content") : answers(std::move(told)) {}
  std::string plugin() const override { return FILE_REGISTRAR_SO; }
  std::string events() const { return folder / "events"; }
  std::string config() const override {
    return R"({"folder":")" + events() + R"(","answers":")" + answers + R"("})";
  }
  kit::ScratchFolder folder;
  std::string answers;
};

}  // namespace berth::file_registrar_test
