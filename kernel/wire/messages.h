// What host and plugin process say to each other around every call, whatever table it goes to.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/wire/frame.h"

namespace berth::wire {

// What a call goes to. The numbers are private to one release: host and process are built together.
enum class Slot : std::uint32_t {
  kHello = 1,
  kInit,
  kCreate,
  kStart,
  kDrain,
  kDestroy,
  kDeinit,
  kHealthCheck = 32,
  kHsmLimits = 64,
  kHsmMechanisms,
  kHsmOpenKey,
  kHsmGenerateKey,
  kHsmDestroyKey,
  kHsmDescribeKey,
  kHsmPublicPoint,
  kHsmSign,
  kHsmAgree,
  kHsmWrap,
  kHsmUnwrap,
  kHsmRandom,
  kHsmImportKey,
  kStoragePut = 96,
  kStorageGet,
  kStorageStat,
  kStorageRemove,
  kStorageList,
  kRegisterEvent = 128,
  kDeleteEvent,
  kRate = 160,
  kBssCheckOrder = 192,
  kBssDeliverBatch,
  kBssReconcile,
};

// The berth_op as it crosses.
struct CallHead {
  std::uint32_t slot = 0;
  std::uint32_t instance = 0;  // 0: the module itself
  std::string request_id = {};
  std::string idempotency_key = {};
  std::int64_t deadline_ns = 0;   // as the plugin shall see it
  std::int64_t remaining_ns = 0;  // until then, by the host's clock
  bool cancelled = false;         // before it began; later cancellations come by themselves
  template <class A>
  void fields(A& a) {
    a(slot, instance, request_id, idempotency_key, deadline_ns, remaining_ns, cancelled);
  }
};

// What the plugin said through op->fail, the first time.
struct Story {
  std::int32_t code = 0;
  std::string reason = {};
  std::string message = {};
  std::uint32_t retry_after_ms = 0;
  template <class A>
  void fields(A& a) {
    a(code, reason, message, retry_after_ms);
  }
};

struct AnswerHead {
  std::int32_t status = 0;
  std::uint32_t failures = 0;  // times that op->fail was called
  Story story = {};
  template <class A>
  void fields(A& a) {
    a(status, failures, story);
  }
};

struct Nothing {
  template <class A>
  void fields(A&) {}
};

// ---- streams and callbacks of a call that runs -------------------------------

struct Ask {
  std::uint32_t stream = 0;    // which of the call's streams, from 0 in the order of its arguments
  std::uint64_t capacity = 0;  // of a source: octets wanted
  std::string name = {};       // of an emit callback
  Octets octets = {};          // of a sink or an emit callback
  template <class A>
  void fields(A& a) {
    a(stream, capacity, name, octets);
  }
};
struct AskAnswer {
  std::int32_t status = 0;
  Octets octets = {};  // of a source
  template <class A>
  void fields(A& a) {
    a(status, octets);
  }
};

// ---- the life of process and instances ----------------------------------------

// What the process finds open when it begins, besides /dev/null as 0, 1 and 2.
inline constexpr int kSocketDescriptor = 3;
inline constexpr int kLibraryDescriptor = 4;

// The first call of all.
struct Hello {
  std::uint64_t memory_bytes = 0;
  bool network = false;
  std::uint32_t max_calls = 0;  // at once
  template <class A>
  void fields(A& a) {
    a(memory_bytes, network, max_calls);
  }
};
// The plugin's entry as found; the host judges it as it judges every other.
struct Entry {
  std::uint32_t magic = 0;
  std::uint32_t struct_size = 0;
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
  std::uint32_t functions = 0;  // one bit for each of the seven that is there, in their order
  std::string id = {};
  std::string version = {};
  std::vector<std::string> provides = {};
  template <class A>
  void fields(A& a) {
    a(magic, struct_size, abi_major, abi_minor, functions, id, version, provides);
  }
};

// What an instance (or, in init, the module) is told of its host.
struct HostFacts {
  std::string product = {};
  std::string version = {};
  std::vector<std::string> services = {};  // granted
  std::uint32_t log_levels = 0;            // bit n: level n is written
  template <class A>
  void fields(A& a) {
    a(product, version, services, log_levels);
  }
};
struct Create {
  HostFacts host = {};
  std::string config_json = {};
  template <class A>
  void fields(A& a) {
    a(host, config_json);
  }
};
struct Interface {
  std::string id = {};
  std::uint32_t struct_size = 0;  // 0: not answered
  std::uint64_t functions = 0;    // bit n: the n-th function is there
  template <class A>
  void fields(A& a) {
    a(id, struct_size, functions);
  }
};
struct Created {
  bool made = false;  // an instance was handed out
  std::vector<Interface> interfaces = {};
  template <class A>
  void fields(A& a) {
    a(made, interfaces);
  }
};

struct HealthAnswer {
  std::uint32_t state = 0;
  template <class A>
  void fields(A& a) {
    a(state);
  }
};

// ---- what needs no call --------------------------------------------------------

struct LogField {
  std::string key = {};
  std::string value = {};
  template <class A>
  void fields(A& a) {
    a(key, value);
  }
};
struct LogLine {
  std::uint32_t instance = 0;
  std::uint32_t level = 0;
  std::string message = {};
  std::vector<LogField> log_fields = {};
  template <class A>
  void fields(A& a) {
    a(instance, level, message, log_fields);
  }
};
struct ClockQuestion {
  std::uint32_t instance = 0;
  bool wall = false;  // unix_ms; else monotonic_ns
  template <class A>
  void fields(A& a) {
    a(instance, wall);
  }
};
struct ClockAnswer {
  std::int64_t value = 0;
  template <class A>
  void fields(A& a) {
    a(value);
  }
};
struct CloseKey {
  std::uint32_t instance = 0;
  std::uint64_t key = 0;
  template <class A>
  void fields(A& a) {
    a(instance, key);
  }
};

}  // namespace berth::wire
