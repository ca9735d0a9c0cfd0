// The conformance kit of object stores: what every plugin that provides berth.storage/1 must do,
// called through its C tables alone. A store's test program links berth_storage_kit and defines
// make_place().

#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "berth/abi/storage.h"
#include "kit/plugin_under_test.h"

namespace berth::storage_kit {

using kit::CollectingSink;
using kit::FakeOp;
using kit::Instance;
using kit::Outcome;
using kit::run;
using kit::ScratchFolder;
using kit::str;
using kit::TextSource;

// Where instances of one store come and go; objects stay with it.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::string plugin() const = 0;  // the built library
  virtual std::string config() const = 0;
};
// Fresh, without objects. Defined by each program that runs the kit.
std::unique_ptr<Place> make_place();

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

// Octets that differ with their number.
inline std::string noise(std::size_t size) {
  std::mt19937 generator(static_cast<unsigned>(size));
  std::string out(size, '\0');
  std::generate(out.begin(), out.end(), [&] { return static_cast<char>(generator()); });
  return out;
}

// A started instance. Every call checks the contract: a story exactly when not OK.
class Store {
 public:
  explicit Store(const Place& place) : Store(place.plugin(), place.config()) {}
  Store(const std::string& plugin, const std::string& config)
      : instance_(kit::load_plugin(plugin.c_str()), config) {
    REQUIRE(instance_.created().ok());
    // Stores sign and compare times.
    instance_.host().set_time(0, std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count());
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

 private:
  Instance instance_;
  const berth_storage* table_ = nullptr;
};

}  // namespace berth::storage_kit
