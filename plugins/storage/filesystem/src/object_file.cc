#include "object_file.h"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace filesystem_store {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;

constexpr std::string_view kMagic = "BERTHOB1";

[[noreturn]] void corrupt() {
  throw Error(BERTH_DATA_LOSS, "storage.corrupt",
              "the stored octets do not fit their checksum; restore the object from a backup");
}

}  // namespace

std::array<std::uint8_t, kHeaderOctets> encode(const Header& header) {
  std::array<std::uint8_t, kHeaderOctets> out{};
  std::copy(kMagic.begin(), kMagic.end(), out.begin());
  for (std::size_t i = 0; i < 8; ++i) {
    out[kMagic.size() + i] = static_cast<std::uint8_t>(header.length >> (56 - 8 * i));
  }
  std::copy(header.sha256.begin(), header.sha256.end(), out.begin() + 16);
  return out;
}

std::string to_hex(const Digest& digest) {
  std::string text;
  for (std::uint8_t octet : digest) {
    text += "0123456789abcdef"[octet >> 4];
    text += "0123456789abcdef"[octet & 15];
  }
  return text;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr) throw std::bad_alloc();
  if (EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) != 1) {
    EVP_MD_CTX_free(context_);
    throw Error(BERTH_INTERNAL, "filesystem.digest", "SHA-256 is not available");
  }
}

Sha256::~Sha256() { EVP_MD_CTX_free(context_); }

void Sha256::update(std::span<const std::uint8_t> octets) {
  if (EVP_DigestUpdate(context_, octets.data(), octets.size()) != 1) {
    throw Error(BERTH_INTERNAL, "filesystem.digest", "SHA-256 failed");
  }
}

Digest Sha256::finish() {
  Digest digest{};
  if (EVP_DigestFinal_ex(context_, digest.data(), nullptr) != 1) {
    throw Error(BERTH_INTERNAL, "filesystem.digest", "SHA-256 failed");
  }
  return digest;
}

ObjectFile::ObjectFile(FileDescriptor file) : file_(std::move(file)) {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) fail_io("reading an object's size");
  std::array<std::uint8_t, kHeaderOctets> raw{};
  if (!S_ISREG(status.st_mode) || read_at(file_, raw, 0) != raw.size() ||
      !std::equal(kMagic.begin(), kMagic.end(), raw.begin())) {
    corrupt();
  }
  for (std::size_t i = 0; i < 8; ++i) header_.length = header_.length << 8 | raw[kMagic.size() + i];
  std::copy(raw.begin() + 16, raw.end(), header_.sha256.begin());
  if (header_.length != static_cast<std::uint64_t>(status.st_size) - kHeaderOctets) corrupt();
  modified_unix_ms_ =
      std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

berth::sdk::ObjectInfo ObjectFile::info() const {
  return {header_.length, modified_unix_ms_, to_hex(header_.sha256)};
}

void ObjectFile::verify_and_send(const berth::sdk::Op& op, std::uint64_t offset,
                                 std::uint64_t length, const berth::sdk::Sink& sink) const {
  std::vector<std::uint8_t> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(header_.length, kChunkOctets)));
  auto read_chunk = [&](std::uint64_t at, std::uint64_t end) {
    op.throw_if_cancelled();
    auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(end - at, buffer.size()));
    std::span<std::uint8_t> chunk(buffer.data(), wanted);
    if (read_at(file_, chunk, kHeaderOctets + at) != wanted) corrupt();
    return ByteView(chunk);
  };
  Sha256 hash;
  for (std::uint64_t at = 0; at < header_.length;) {
    ByteView chunk = read_chunk(at, header_.length);
    hash.update(chunk);
    at += chunk.size();
  }
  if (hash.finish() != header_.sha256) corrupt();

  // An object of one chunk is sent from the very octets that were checked; a larger one is read
  // again, from the page cache as a rule.
  if (header_.length <= buffer.size()) {
    if (length > 0) {
      sink.write(ByteView(buffer).subspan(static_cast<std::size_t>(offset),
                                          static_cast<std::size_t>(length)));
    }
    return;
  }
  for (std::uint64_t at = offset; at < offset + length;) {
    ByteView chunk = read_chunk(at, offset + length);
    sink.write(chunk);
    at += chunk.size();
  }
}

}  // namespace filesystem_store
