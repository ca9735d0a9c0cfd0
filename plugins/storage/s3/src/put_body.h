// A put's body on its way: as long as announced, and what its SHA-256 says, or an error.

#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "berth/sdk/op.h"
#include "berth/sdk/storage.h"
#include "signature.h"

namespace s3 {

// SHA-256 of what comes in pieces.
class RunningHash {
 public:
  RunningHash();  // throws Error INTERNAL "s3.crypto"
  void update(ByteView octets);
  Digest finish();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

class PutBody {
 public:
  // All borrowed.
  PutBody(const berth::sdk::Op& op, const berth::sdk::PutOptions& options,
          const berth::sdk::Source& source)
      : op_(op), options_(options), source_(source) {}

  // The next octets, `size` of them or what is left of the announced length. With the last of them
  // the end of the source and the digest are checked: INVALID_ARGUMENT "storage.length_mismatch",
  // "storage.digest_mismatch".
  std::vector<std::uint8_t> read(std::uint64_t size);
  std::uint64_t left() const { return options_.content_len - done_; }
  // After everything was read.
  const Digest& digest() const { return digest_; }

 private:
  void check_end();

  const berth::sdk::Op& op_;
  const berth::sdk::PutOptions& options_;
  const berth::sdk::Source& source_;
  RunningHash hash_;
  std::uint64_t done_ = 0;
  Digest digest_{};
};

}  // namespace s3
