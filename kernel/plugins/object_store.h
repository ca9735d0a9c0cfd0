// What the kernel asks of an object store. Names are opaque ASCII chosen by the kernel; octets are
// always sealed before they come here (kernel/vault).
//
// Thread-safe.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/plugins/op.h"

namespace berth::plugins {

struct ObjectInfo {
  std::uint64_t size = 0;
  std::string etag;
  std::int64_t modified_ms = 0;  // since 1970, by the store's own clock; 0: it does not tell
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  // Durable when it returns. if_absent and the name taken: kAlreadyExists.
  virtual Result<ObjectInfo> put(const Op& op, std::string_view name, ByteView body,
                                 bool if_absent) = 0;
  // kNotFound "storage.not_found"; kDataLoss when the stored octets fail their checksum;
  // kResourceExhausted when the object is larger than max_size.
  virtual Result<Bytes> get(const Op& op, std::string_view name, std::uint64_t max_size) = 0;
  virtual Result<ObjectInfo> stat(const Op& op, std::string_view name) = 0;
  // Removing what is not there succeeds.
  virtual Result<void> remove(const Op& op, std::string_view name) = 0;
  // At most `max` names in ascending octet order, strictly after `after`.
  virtual Result<std::vector<std::string>> list(const Op& op, std::string_view prefix,
                                                std::string_view after, std::size_t max) = 0;
};

}  // namespace berth::plugins
