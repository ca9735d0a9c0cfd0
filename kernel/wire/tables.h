// The messages of each slot of "berth.hsm/1", "berth.hsm.import/1" and "berth.storage/1": what goes
// in and what comes out besides status and story. Keys are numbers that the process gave out.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/wire/archive.h"

namespace berth::wire {

// ---- answers that several slots share ------------------------------------------

// A berth_buf: `length` is what the plugin set; the octets are there when they fit the capacity.
struct Buffer {
  std::uint64_t length = 0;
  Octets octets = {};
  template <class A>
  void fields(A& a) {
    a(length, octets);
  }
};
// 0: none was handed out.
struct KeyAnswer {
  std::uint64_t key = 0;
  template <class A>
  void fields(A& a) {
    a(key);
  }
};

// ---- berth.hsm/1 -----------------------------------------------------------------

struct HsmLimits {
  std::uint32_t max_concurrency = 0;
  std::uint32_t max_open_keys = 0;
  std::uint32_t max_wrap_bytes = 0;
  template <class A>
  void fields(A& a) {
    a(max_concurrency, max_open_keys, max_wrap_bytes);
  }
};
struct Mechanisms {
  std::uint32_t capacity = 0;
  template <class A>
  void fields(A& a) {
    a(capacity);
  }
};
struct MechanismsAnswer {
  std::uint64_t count = 0;
  std::vector<std::uint32_t> ids = {};
  template <class A>
  void fields(A& a) {
    a(count, ids);
  }
};
struct Reference {
  std::string reference = {};
  template <class A>
  void fields(A& a) {
    a(reference);
  }
};
struct KeySpec {
  std::uint32_t curve = 0;
  std::uint32_t usage = 0;
  std::uint32_t bits = 0;
  bool ephemeral = false;
  std::string label = {};
  template <class A>
  void fields(A& a) {
    a(curve, usage, bits, ephemeral, label);
  }
};
struct KeyInfo {
  std::uint32_t curve = 0;
  std::uint32_t usage = 0;
  std::uint32_t bits = 0;
  bool hardware_bound = false;
  template <class A>
  void fields(A& a) {
    a(curve, usage, bits, hardware_bound);
  }
};
struct PublicPoint {
  std::uint64_t key = 0;
  std::uint64_t capacity = 0;
  template <class A>
  void fields(A& a) {
    a(key, capacity);
  }
};
using DescribeKey = KeyAnswer;
struct Sign {
  std::uint64_t key = 0;
  std::uint32_t mechanism = 0;
  Octets digest = {};
  std::uint64_t capacity = 0;
  template <class A>
  void fields(A& a) {
    a(key, mechanism, digest, capacity);
  }
};
struct Agree {
  std::uint64_t key = 0;
  std::uint32_t mechanism = 0;
  Octets peer_point = {};
  Octets shared_info = {};
  std::uint64_t output_len = 0;
  bool to_buffer = false;
  bool to_key = false;
  std::uint64_t capacity = 0;
  template <class A>
  void fields(A& a) {
    a(key, mechanism, peer_point, shared_info, output_len, to_buffer, to_key, capacity);
  }
};
struct AgreeAnswer {
  Buffer out = {};
  std::uint64_t key = 0;
  template <class A>
  void fields(A& a) {
    a(out, key);
  }
};
// wrap and unwrap.
struct Transform {
  std::uint64_t key = 0;
  std::uint32_t mechanism = 0;
  Octets aad = {};
  Octets input = {};
  std::uint64_t capacity = 0;
  template <class A>
  void fields(A& a) {
    a(key, mechanism, aad, input, capacity);
  }
};
struct Capacity {
  std::uint64_t capacity = 0;
  template <class A>
  void fields(A& a) {
    a(capacity);
  }
};
struct ImportKey {
  std::string reference = {};
  KeySpec spec = {};
  Octets private_key = {};
  template <class A>
  void fields(A& a) {
    a(reference, spec, private_key);
  }
};

// ---- berth.storage/1 -------------------------------------------------------------

struct ObjectInfo {
  std::uint64_t size = 0;
  std::int64_t modified_unix_ms = 0;
  std::uint32_t etag_len = 0;  // as the plugin set it
  std::string etag = {};
  template <class A>
  void fields(A& a) {
    a(size, modified_unix_ms, etag_len, etag);
  }
};
struct Put {
  std::string name = {};
  std::uint64_t content_len = 0;
  Octets sha256 = {};
  std::string if_match = {};
  bool if_absent = false;
  template <class A>
  void fields(A& a) {
    a(name, content_len, sha256, if_match, if_absent);
  }
};
struct Get {
  std::string name = {};
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  template <class A>
  void fields(A& a) {
    a(name, offset, length);
  }
};
struct Name {
  std::string name = {};
  template <class A>
  void fields(A& a) {
    a(name);
  }
};
struct List {
  std::string prefix = {};
  std::string after = {};
  std::uint64_t max = 0;
  template <class A>
  void fields(A& a) {
    a(prefix, after, max);
  }
};

}  // namespace berth::wire
