#include "tools/euicc/bsp_reader.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "kernel/base/digest.h"
#include "kernel/rsp/der/der.h"

namespace berth::euicc {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::uint8_t kKeyTypeAes = 0x88;
constexpr std::uint8_t kPaddingStart = 0x80;
constexpr rsp::der::Tag kTagLoadProfileElements = 0x86;
constexpr rsp::der::Tag kTagEncrypted = 0x87;
constexpr rsp::der::Tag kTagMacOnly = 0x88;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

// AES-CMAC over two parts; the chaining value goes first.
std::array<std::uint8_t, kBlock> cmac(ByteView key, ByteView first, ByteView second) {
  const std::unique_ptr<EVP_MAC, Deleter<EVP_MAC_free>> mac(
      EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  BERTH_ASSERT(mac != nullptr);
  const std::unique_ptr<EVP_MAC_CTX, Deleter<EVP_MAC_CTX_free>> context(EVP_MAC_CTX_new(mac.get()));
  char cipher[] = "AES-128-CBC";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, sizeof(cipher) - 1),
      OSSL_PARAM_construct_end()};
  std::array<std::uint8_t, kBlock> result{};
  std::size_t size = 0;
  BERTH_ASSERT(context != nullptr &&
               EVP_MAC_init(context.get(), key.data(), key.size(), params) == 1 &&
               EVP_MAC_update(context.get(), first.data(), first.size()) == 1 &&
               EVP_MAC_update(context.get(), second.data(), second.size()) == 1 &&
               EVP_MAC_final(context.get(), result.data(), &size, result.size()) == 1 &&
               size == result.size());
  return result;
}

// One AES operation without OpenSSL's own padding; `iv` may be empty for ECB.
Bytes aes(const EVP_CIPHER* cipher, bool encrypt, ByteView key, ByteView iv, ByteView input) {
  const std::unique_ptr<EVP_CIPHER_CTX, Deleter<EVP_CIPHER_CTX_free>> context(EVP_CIPHER_CTX_new());
  Bytes output(input.size() + kBlock);
  int size = 0;
  int tail = 0;
  BERTH_ASSERT(context != nullptr &&
               EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(),
                                 iv.empty() ? nullptr : iv.data(), encrypt ? 1 : 0) == 1 &&
               EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
               EVP_CipherUpdate(context.get(), output.data(), &size, input.data(),
                                static_cast<int>(input.size())) == 1 &&
               EVP_CipherFinal_ex(context.get(), output.data() + size, &tail) == 1);
  output.resize(static_cast<std::size_t>(size + tail));
  return output;
}

Bytes counter_block(std::uint64_t counter) {
  Bytes block(kBlock, 0);
  for (std::size_t i = 0; i < sizeof(counter); ++i) {
    block[kBlock - 1 - i] = static_cast<std::uint8_t>(counter >> (8 * i));
  }
  return block;
}

}  // namespace

BspReader::BspReader(ByteView initial_mcv, ByteView s_enc, ByteView s_mac) {
  replace_keys(initial_mcv, s_enc, s_mac);
}

void BspReader::replace_keys(ByteView initial_mcv, ByteView s_enc, ByteView s_mac) {
  BERTH_ASSERT(initial_mcv.size() == kBspKeySize && s_enc.size() == kBspKeySize &&
               s_mac.size() == kBspKeySize);
  mcv_ = SecretBytes::copy_of(initial_mcv);
  s_enc_ = SecretBytes::copy_of(s_enc);
  s_mac_ = SecretBytes::copy_of(s_mac);
  counter_ = 1;
}

BspReader BspReader::derive(ByteView shared_secret, ByteView host_id, const Eid& eid) {
  const auto eid_octets = eid.octets();
  Bytes shared_info = {kKeyTypeAes, static_cast<std::uint8_t>(kBspKeySize),
                       static_cast<std::uint8_t>(host_id.size())};
  append(shared_info, host_id);
  shared_info.push_back(static_cast<std::uint8_t>(eid_octets.size()));
  append(shared_info, eid_octets);

  SecretBytes key_data(2 * sizeof(Sha256));
  for (std::uint8_t round = 1; round <= 2; ++round) {
    const std::array<std::uint8_t, 4> counter = {0, 0, 0, round};
    Sha256 hash = Sha256Stream().update(shared_secret).update(counter).update(shared_info).finish();
    std::copy(hash.begin(), hash.end(),
              key_data.mutable_view().begin() + (round - 1) * std::ptrdiff_t{sizeof(Sha256)});
    wipe(hash);
  }
  const ByteView keys = key_data.view();
  return BspReader(keys.subspan(0, 16), keys.subspan(16, 16), keys.subspan(32, 16));
}

Result<ByteView, InstallError> BspReader::check_mac(ByteView segment) {
  rsp::der::Reader reader(segment);
  const auto tlv = reader.next();
  if (!tlv || !reader.at_end() || segment.size() > kMaxBspSegment ||
      tlv->value.size() <= kBspMacSize) {
    return InstallError::kBspStructure;
  }
  const ByteView covered = segment.first(segment.size() - kBspMacSize);
  const auto full = cmac(s_mac_.view(), mcv_.view(), covered);
  if (!equal_constant_time(ByteView(full).first(kBspMacSize), segment.last(kBspMacSize))) {
    return InstallError::kBspSecurity;
  }
  mcv_ = SecretBytes::copy_of(full);
  return tlv->value.first(tlv->value.size() - kBspMacSize);
}

Result<Bytes, InstallError> BspReader::open_encrypted(ByteView segment) {
  if (segment.empty() || (segment[0] != kTagEncrypted && segment[0] != kTagLoadProfileElements)) {
    return InstallError::kBspStructure;
  }
  BERTH_TRY(cipher_text, check_mac(segment));
  if (cipher_text.size() % kBlock != 0) return InstallError::kBspStructure;
  const Bytes icv = aes(EVP_aes_128_ecb(), true, s_enc_.view(), {}, counter_block(counter_));
  Bytes plain = aes(EVP_aes_128_cbc(), false, s_enc_.view(), icv, cipher_text);
  ++counter_;
  const std::size_t floor = plain.size() - kBlock;
  while (plain.size() > floor && plain.back() == 0x00) plain.pop_back();
  if (plain.size() == floor || plain.back() != kPaddingStart) return InstallError::kBspStructure;
  plain.pop_back();
  return plain;
}

Result<Bytes, InstallError> BspReader::open_mac_only(ByteView segment) {
  if (segment.empty() || segment[0] != kTagMacOnly) return InstallError::kBspStructure;
  BERTH_TRY(data, check_mac(segment));
  // The counter moves for MAC-only segments too, although nothing was encrypted.
  ++counter_;
  return to_bytes(data);
}

}  // namespace berth::euicc
