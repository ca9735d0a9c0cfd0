// One object as a file: a header with length and SHA-256, then the octets.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "berth/sdk/storage.h"
#include "posix.h"

struct evp_md_ctx_st;

namespace filesystem_store {

using Digest = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kHeaderOctets = 8 + 8 + 32;  // magic, length, SHA-256
inline constexpr std::size_t kChunkOctets = 256 * 1024;

struct Header {
  std::uint64_t length = 0;
  Digest sha256{};
};

std::array<std::uint8_t, kHeaderOctets> encode(const Header& header);
std::string to_hex(const Digest& digest);

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::span<const std::uint8_t> octets);
  Digest finish();

 private:
  evp_md_ctx_st* context_;
};

// An object opened for reading. Its octets never change: a new put is a new file.
class ObjectFile {
 public:
  // Throws DATA_LOSS "storage.corrupt" when the header and the file's size do not fit.
  explicit ObjectFile(FileDescriptor file);

  berth::sdk::ObjectInfo info() const;
  // Reads every octet and compares the SHA-256; throws DATA_LOSS "storage.corrupt" before anything
  // reaches the sink. offset + length are within the object.
  void verify_and_send(const berth::sdk::Op& op, std::uint64_t offset, std::uint64_t length,
                       const berth::sdk::Sink& sink) const;

 private:
  FileDescriptor file_;
  Header header_;
  std::int64_t modified_unix_ms_ = 0;
};

}  // namespace filesystem_store
