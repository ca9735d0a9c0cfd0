// The life of instances: its orders, its end, and one beside another.

#include <cstring>
#include <fstream>

#include "kit/runner/checks.h"

namespace berth::kit::runner {
namespace {

// Empty: refused with a story and without an instance.
std::string refuses(const berth_plugin_entry& entry, const char* config) {
  FakeHost host;
  berth_instance* handle = nullptr;
  Caller caller;
  const berth_status status = caller("create", [&](const berth_op* op) {
    return entry.create(host.raw(), op, str(config), &handle);
  });
  if (status == BERTH_OK) {
    if (handle != nullptr) entry.destroy(handle);
    return std::string("create took the configuration ") + config +
           ": check it there, before anything is opened";
  }
  if (handle != nullptr) return "create failed and set *out: set it on BERTH_OK only";
  return caller.violation();
}

// Destroyed without start, and without a service that is not granted.
std::string never_started(const Subject& subject, const berth_plugin_entry& entry) {
  const Ground ground(subject);
  FakeHost host;
  host.withdraw_log();
  berth_instance* handle = nullptr;
  Caller caller;
  const berth_status status = caller("create", [&](const berth_op* op) {
    return entry.create(host.raw(), op, str(ground.config()), &handle);
  });
  if (status != BERTH_OK) return "without berth.host.log/1: " + caller.failure();
  entry.destroy(handle);
  return caller.violation();
}

// Every table: uint32_t struct_size, uint32_t reserved, then functions.
std::string slots_of(const char* id, const void* table) {
  constexpr std::uint32_t kFirst = 2 * sizeof(std::uint32_t);
  std::uint32_t size = 0;
  std::memcpy(&size, table, sizeof size);
  if (size < kFirst + sizeof(void*) || size > 4096) {
    return std::string("the table of ") + id + " says it has " + std::to_string(size) +
           " octets: struct_size is sizeof the table";
  }
  for (std::uint32_t at = kFirst; at + sizeof(void*) <= size; at += sizeof(void*)) {
    void* slot = nullptr;
    std::memcpy(&slot, static_cast<const char*>(table) + at, sizeof slot);
    if (slot == nullptr) {
      return std::string("the table of ") + id + " leaves out function " +
             std::to_string((at - kFirst) / sizeof(void*) + 1) +
             ": what you do not offer answers UNSUPPORTED";
    }
  }
  return {};
}

std::string health_of(Worker& worker) {
  const auto* table = static_cast<const berth_health*>(
      worker.entry().get_interface(worker.handle(), BERTH_HEALTH_V1));
  if (table == nullptr) return {};  // optional
  std::uint32_t state = 0;
  CollectingSink detail;
  const berth_status status = worker.caller()("health", [&](const berth_op* op) {
    return table->check(worker.handle(), op, &state, detail.raw());
  });
  if (status != BERTH_OK) return {};  // allowed to fail, with a story
  if (state < BERTH_HEALTH_SERVING || state > BERTH_HEALTH_NOT_SERVING) {
    return "health gave the state " + std::to_string(state) + ": it is 1, 2 or 3";
  }
  return {};
}

}  // namespace

Verdict check_life(const Subject& subject) {
  const berth_plugin_entry& entry = load_plugin(subject.library.c_str());
  std::string wrong;
  for (const char* config : {"", "]", "{\"berth-plugin-check\": [1]}"}) {
    wrong = refuses(entry, config);
    if (!wrong.empty()) return {false, wrong};
  }
  wrong = never_started(subject, entry);
  if (!wrong.empty()) return {false, wrong};
  Worker worker(subject);
  for (const char* const* id = entry.provides; *id != nullptr; ++id) {
    const void* table = entry.get_interface(worker.handle(), *id);
    if (table == nullptr) {
      return {false, std::string("get_interface has no ") + *id + ", which `provides` names"};
    }
    wrong = slots_of(*id, table);
    if (!wrong.empty()) return {false, wrong};
  }
  if (entry.get_interface(worker.handle(), "berth.no-such-interface/1") != nullptr) {
    return {false, "get_interface answered for an id it does not know: give NULL"};
  }
  wrong = health_of(worker);
  if (!wrong.empty()) return {false, wrong};
  if (worker.exercise().round(worker.caller(), 1) != BERTH_OK) {
    return {false, worker.caller().failure() + worker.caller().violation()};
  }
  worker.end();
  if (!worker.caller().violation().empty()) return {false, worker.caller().violation()};
  return {true, "created, started, drained, destroyed; refuses configurations that are none"};
}

Verdict check_instances(const Subject& subject) {
  auto first = std::make_unique<Worker>(subject, 0);
  Worker second(subject, 1);
  const auto works = [](Worker& worker, std::uint64_t number) -> std::string {
    if (worker.exercise().round(worker.caller(), number) == BERTH_OK) {
      return worker.caller().violation();
    }
    return worker.caller().failure() + worker.caller().violation();
  };
  for (std::uint64_t number = 1; number <= 10; ++number) {
    for (Worker* worker : {first.get(), &second}) {
      const std::string wrong = works(*worker, number);
      if (!wrong.empty()) {
        return {false, "with another instance beside it: " + wrong + "; no mutable globals"};
      }
    }
  }
  const bool apart =
      subject.configs.size() > 1 || subject.configs.front().find(kPlaceWord) != std::string::npos;
  if (apart) {
    const std::string seen = first->exercise().seen_by(second.exercise(), first->caller());
    if (!seen.empty()) return {false, seen + ": instances share no state; no mutable globals"};
  }
  first.reset();
  const std::string wrong = works(second, 11);
  if (!wrong.empty()) {
    return {false, "after another instance was destroyed: " + wrong + "; destroy only your own"};
  }
  return {true, apart ? "two instances, interleaved, see nothing of each other"
                      : "two instances, interleaved (one configuration, so they may share data)"};
}

Verdict check_replay(const Subject& subject) {
  std::ifstream recorded(subject.recorded, std::ios::binary);
  if (!recorded) return {false, subject.recorded + " cannot be read"};
  Worker worker(subject);
  std::string story = worker.exercise().replay(worker.caller(), recorded);
  worker.end();
  return {true, std::move(story)};
}

}  // namespace berth::kit::runner
