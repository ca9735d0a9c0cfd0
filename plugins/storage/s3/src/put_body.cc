#include "put_body.h"

#include <algorithm>
#include <array>

namespace s3 {
namespace {

using berth::sdk::Error;

[[noreturn]] void crypto_failed() {
  throw Error(BERTH_INTERNAL, "s3.crypto", "OpenSSL's SHA-256 fails");
}

[[noreturn]] void length_mismatch() {
  throw Error(BERTH_INVALID_ARGUMENT, "storage.length_mismatch",
              "the body is not as long as announced");
}

}  // namespace

RunningHash::RunningHash() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) crypto_failed();
}

void RunningHash::update(ByteView octets) {
  if (EVP_DigestUpdate(context_.get(), octets.data(), octets.size()) != 1) crypto_failed();
}

Digest RunningHash::finish() {
  Digest digest{};
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) crypto_failed();
  return digest;
}

std::vector<std::uint8_t> PutBody::read(std::uint64_t size) {
  std::vector<std::uint8_t> octets(static_cast<std::size_t>(std::min(size, left())));
  std::size_t got = 0;
  while (got < octets.size()) {
    op_.throw_if_cancelled();
    const std::size_t more = source_.read(std::span(octets).subspan(got));
    if (more == 0) length_mismatch();
    got += more;
  }
  hash_.update(octets);
  done_ += octets.size();
  if (left() == 0) check_end();
  return octets;
}

void PutBody::check_end() {
  std::array<std::uint8_t, 1> extra{};
  if (source_.read(extra) != 0) length_mismatch();
  digest_ = hash_.finish();
  if (!options_.sha256.empty() &&
      !std::equal(options_.sha256.begin(), options_.sha256.end(), digest_.begin())) {
    throw Error(BERTH_INVALID_ARGUMENT, "storage.digest_mismatch",
                "the body is not what its SHA-256 says");
  }
}

}  // namespace s3
