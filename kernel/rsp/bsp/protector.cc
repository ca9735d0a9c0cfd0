#include "kernel/rsp/bsp/protector.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>

#include "kernel/rsp/der/der.h"

namespace berth::rsp::bsp {
namespace {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX_free>>;

// Fetching an algorithm costs more than a segment does. The handles are immutable and shared by
// all threads for the life of the process.
struct Algorithms {
  EVP_CIPHER* cbc = EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr);
  EVP_CIPHER* ecb = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  EVP_MAC* cmac = EVP_MAC_fetch(nullptr, "CMAC", nullptr);
};

const Algorithms& algorithms() {
  static const Algorithms fetched;
  return fetched;
}

Error crypto_failed() {
  return {ErrorCode::kInternal, "bsp.crypto", "the crypto library failed to protect a segment"};
}

CipherContext cipher_context(const EVP_CIPHER* cipher, ByteView key) {
  static constexpr std::array<std::uint8_t, kBlockSize> kNoIv{};
  CipherContext context(EVP_CIPHER_CTX_new());
  const bool ready =
      context && cipher != nullptr &&
      EVP_EncryptInit_ex2(context.get(), cipher, key.data(), kNoIv.data(), nullptr) == 1 &&
      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1;
  return ready ? std::move(context) : nullptr;
}

MacContext mac_context(ByteView key) {
  if (algorithms().cmac == nullptr) return nullptr;
  MacContext context(EVP_MAC_CTX_new(algorithms().cmac));
  char cipher_name[] = "AES-128-CBC";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher_name, 0),
      OSSL_PARAM_construct_end()};
  const bool ready =
      context && EVP_MAC_init(context.get(), key.data(), key.size(), parameters) == 1;
  return ready ? std::move(context) : nullptr;
}

void count_up(std::array<std::uint8_t, kBlockSize>& counter) {
  for (auto octet = counter.rbegin(); octet != counter.rend(); ++octet) {
    if (++*octet != 0) return;
  }
}

void append_header(Bytes& target, std::uint8_t tag, std::size_t data_size) {
  target.push_back(tag);
  append(target, der::length_octets(data_size + kMacSize));
}

}  // namespace

struct Protector::Contexts {
  CipherContext cbc;
  CipherContext ecb;
  MacContext keyed_mac;  // never fed; duplicated for each segment
};

Protector::Protector(std::unique_ptr<Contexts> contexts, ByteView initial_mcv)
    : contexts_(std::move(contexts)) {
  std::copy(initial_mcv.begin(), initial_mcv.end(), mcv_.begin());
  counter_.back() = 1;
}
Protector::Protector(Protector&&) noexcept = default;
Protector& Protector::operator=(Protector&&) noexcept = default;
// Until the first segment the chaining value is key material.
Protector::~Protector() { wipe(mcv_); }

Result<Protector> Protector::create(ByteView s_enc, ByteView s_mac, ByteView initial_mcv) {
  if (s_enc.size() != kBlockSize || s_mac.size() != kBlockSize ||
      initial_mcv.size() != kBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "bsp.key_data",
                 "BSP keys and the chaining value are 16 octets each");
  }
  auto contexts = std::make_unique<Contexts>();
  contexts->cbc = cipher_context(algorithms().cbc, s_enc);
  contexts->ecb = cipher_context(algorithms().ecb, s_enc);
  contexts->keyed_mac = mac_context(s_mac);
  if (!contexts->cbc || !contexts->ecb || !contexts->keyed_mac) return crypto_failed();
  return Protector(std::move(contexts), initial_mcv);
}

Result<void> Protector::append_encrypted(Bytes& target, std::uint8_t tag, ByteView plain) {
  if (plain.empty()) {
    return Error(ErrorCode::kInvalidArgument, "bsp.empty", "there is nothing to encrypt");
  }
  while (!plain.empty()) {
    const std::size_t size = std::min(plain.size(), kMaxEncryptedPlain);
    BERTH_TRY_VOID(append_encrypted_segment(target, tag, plain.first(size)));
    plain = plain.subspan(size);
  }
  return {};
}

Result<void> Protector::append_mac_only(Bytes& target, std::uint8_t tag, ByteView data) {
  while (!data.empty()) {
    const std::size_t size = std::min(data.size(), kMaxMacOnlyData);
    const std::size_t start = target.size();
    append_header(target, tag, size);
    append(target, data.first(size));
    BERTH_TRY_VOID(append_mac(target, start));
    data = data.subspan(size);
  }
  return {};
}

Result<void> Protector::append_encrypted_segment(Bytes& target, std::uint8_t tag, ByteView plain) {
  constexpr std::uint8_t kPaddingMark = 0x80;
  const std::size_t padded_size = (plain.size() / kBlockSize + 1) * kBlockSize;
  std::array<std::uint8_t, kMaxMacOnlyData> padded{};
  BERTH_ASSERT(padded_size <= padded.size());
  std::copy(plain.begin(), plain.end(), padded.begin());
  padded[plain.size()] = kPaddingMark;

  std::array<std::uint8_t, kBlockSize> icv{};
  int written = 0;
  if (EVP_EncryptUpdate(contexts_->ecb.get(), icv.data(), &written, counter_.data(),
                        static_cast<int>(kBlockSize)) != 1 ||
      EVP_EncryptInit_ex2(contexts_->cbc.get(), nullptr, nullptr, icv.data(), nullptr) != 1) {
    return crypto_failed();
  }
  const std::size_t start = target.size();
  append_header(target, tag, padded_size);
  const std::size_t data_at = target.size();
  target.resize(data_at + padded_size);
  const bool encrypted = EVP_EncryptUpdate(contexts_->cbc.get(), target.data() + data_at, &written,
                                           padded.data(), static_cast<int>(padded_size)) == 1;
  wipe(padded);
  if (!encrypted || static_cast<std::size_t>(written) != padded_size) return crypto_failed();
  return append_mac(target, start);
}

Result<void> Protector::append_mac(Bytes& target, std::size_t start) {
  const MacContext mac(EVP_MAC_CTX_dup(contexts_->keyed_mac.get()));
  std::size_t size = 0;
  if (!mac || EVP_MAC_update(mac.get(), mcv_.data(), mcv_.size()) != 1 ||
      EVP_MAC_update(mac.get(), target.data() + start, target.size() - start) != 1 ||
      EVP_MAC_final(mac.get(), mcv_.data(), &size, mcv_.size()) != 1 || size != mcv_.size()) {
    return crypto_failed();
  }
  append(target, ByteView(mcv_).first(kMacSize));
  // The counter moves on for MAC-only segments too, although it encrypts nothing there.
  count_up(counter_);
  return {};
}

}  // namespace berth::rsp::bsp
