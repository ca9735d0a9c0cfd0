// A built plugin, loaded as a host would, and its instances; and a folder that cleans up.

#pragma once

#include <dlfcn.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "berth/abi/base.h"
#include "kit/outcome.h"

namespace berth::kit {

// Initialised at the first call, and mapped until the test program ends, as in a host.
inline const berth_plugin_entry& load_plugin(const char* path) {
  static std::mutex mutex;
  static FakeHost host;  // the module's
  static std::set<const void*> initialised;
  const std::lock_guard lock(mutex);
  void* library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const void* entry = ::dlsym(library, BERTH_PLUGIN_ENTRY_SYMBOL);
  if (entry == nullptr) throw std::runtime_error("no entry symbol");
  const auto& plugin = *static_cast<const berth_plugin_entry*>(entry);
  FakeOp op;
  if (initialised.insert(entry).second && plugin.init(host.raw(), op.raw()) != BERTH_OK) {
    throw std::runtime_error("init failed: " + op.reason() + ": " + op.message());
  }
  return plugin;
}

// Created with `config`; started by start(); destroyed with this object.
class Instance {
 public:
  Instance(const berth_plugin_entry& entry, const std::string& config) : entry_(entry) {
    created_ = run(
        [&](const berth_op* op) { return entry_.create(host_.raw(), op, str(config), &handle_); });
  }
  ~Instance() {
    if (handle_ != nullptr) entry_.destroy(handle_);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const Outcome& created() const { return created_; }
  Outcome start() {
    return run([&](const berth_op* op) { return entry_.start(handle_, op); });
  }
  berth_instance* handle() const { return handle_; }
  FakeHost& host() { return host_; }
  template <class Table>
  const Table* table(const char* id) const {
    return static_cast<const Table*>(entry_.get_interface(handle_, id));
  }

 private:
  const berth_plugin_entry& entry_;
  FakeHost host_;
  berth_instance* handle_ = nullptr;
  Outcome created_;
};

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "berth-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace berth::kit
