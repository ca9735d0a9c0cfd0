// The built filesystem store in a scratch folder, called through its C table alone.

#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "berth/abi/storage.h"
#include "kit/plugin_under_test.h"

namespace berth::filesystem_test {

using kit::CollectingSink;
using kit::Instance;
using kit::Outcome;
using kit::run;
using kit::ScratchFolder;
using kit::str;
using kit::TextSource;

inline berth_object_info new_info() {
  berth_object_info info{};
  info.struct_size = sizeof info;
  return info;
}
inline std::string etag_of(const berth_object_info& info) { return {info.etag, info.etag_len}; }

inline berth_object_put options_for(std::string_view body) {
  berth_object_put options{};
  options.struct_size = sizeof options;
  options.content_len = body.size();
  return options;
}

class Store {
 public:
  explicit Store(const ScratchFolder& scratch)
      : folder_(scratch / "store"),
        instance_(kit::load_plugin(FILESYSTEM_SO), R"({"folder":")" + folder_ + R"("})") {
    REQUIRE(instance_.created().ok());
    REQUIRE(instance_.start().ok());
    table_ = instance_.table<berth_storage>(BERTH_STORAGE_V1);
    REQUIRE(table_ != nullptr);
  }

  Outcome put(std::string_view name, const std::string& body) {
    return put(name, body, options_for(body));
  }
  Outcome put(std::string_view name, const std::string& body, const berth_object_put& options,
              berth_object_info* info = nullptr) {
    TextSource source(body, 1000);
    return put_from(name, source, options, info);
  }
  Outcome put_from(std::string_view name, TextSource& source, const berth_object_put& options,
                   berth_object_info* info = nullptr) {
    return run([&](const berth_op* op) {
      return table_->put(instance_.handle(), op, str(name), &options, source.raw(), info);
    });
  }
  Outcome get(std::string_view name, std::string& body, std::uint64_t offset = 0,
              std::uint64_t length = 0) {
    CollectingSink sink;
    Outcome outcome = run([&](const berth_op* op) {
      return table_->get(instance_.handle(), op, str(name), offset, length, sink.raw(), nullptr);
    });
    body = sink.content();
    return outcome;
  }
  Outcome stat(std::string_view name, berth_object_info& info) {
    return run(
        [&](const berth_op* op) { return table_->stat(instance_.handle(), op, str(name), &info); });
  }
  Outcome remove(std::string_view name) {
    return run(
        [&](const berth_op* op) { return table_->remove(instance_.handle(), op, str(name)); });
  }
  std::vector<std::string> list(std::string_view prefix, std::string_view after, std::size_t max) {
    std::vector<std::string> names;
    CHECK(run([&](const berth_op* op) {
            return table_->list(
                instance_.handle(), op, str(prefix), str(after), max, &names,
                [](void* ctx, berth_str name, const berth_object_info*) noexcept -> berth_status {
                  static_cast<std::vector<std::string>*>(ctx)->emplace_back(name.data, name.len);
                  return BERTH_OK;
                });
          }).ok());
    return names;
  }

  const berth_storage* table() const { return table_; }
  Instance& instance() { return instance_; }
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
  Instance instance_;
  const berth_storage* table_ = nullptr;
};

}  // namespace berth::filesystem_test
