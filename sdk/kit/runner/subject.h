// The plugin under proof: its library, the configurations it is given, where it may put things.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kit/exercise.h"
#include "kit/plugin_under_test.h"

namespace berth::kit::runner {

// What stands for a new folder in a configuration.
inline constexpr const char* kPlaceWord = "@PLACE@";

struct Subject {
  std::string library;
  std::vector<std::string> configs;  // JSON text, at least one
  std::string prepare;               // a shell command run in each new folder; empty: none
  std::string recorded;              // a file of events to replay; empty: none
  std::uint32_t concurrency = 1;     // calls in flight at most, as the manifest declares
};

// A configuration with a new folder in place of kPlaceWord; the folder goes with this object.
class Ground {
 public:
  // which: of subject.configs, beginning anew after the last. Throws std::runtime_error when the
  // prepare command fails.
  explicit Ground(const Subject& subject, std::size_t which = 0);
  const std::string& config() const { return config_; }

 private:
  ScratchFolder folder_;
  std::string config_;
};

// Given by the kind (exercise.cc of its kit).
std::unique_ptr<Exercise> make_exercise(const berth_plugin_entry& entry, berth_instance* instance);

// A started instance at work, on ground of its own.
class Worker {
 public:
  // Throws std::runtime_error, with the plugin's own words, when create or start fails.
  explicit Worker(const Subject& subject, std::size_t which = 0);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Exercise& exercise() { return *exercise_; }
  Caller& caller() { return caller_; }
  berth_instance* handle() const { return handle_; }
  const berth_plugin_entry& entry() const { return entry_; }
  // Drains and destroys, once; the destructor does it otherwise. Throws when drain fails.
  void end();

 private:
  Ground ground_;
  FakeHost host_;
  const berth_plugin_entry& entry_;
  berth_instance* handle_ = nullptr;
  Caller caller_;
  std::unique_ptr<Exercise> exercise_;
};

}  // namespace berth::kit::runner
