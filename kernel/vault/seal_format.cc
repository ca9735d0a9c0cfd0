#include "kernel/vault/seal_format.h"

#include <algorithm>
#include <array>

#include "kernel/base/digest.h"
#include "kernel/vault/gcm.h"

namespace berth::vault {
namespace {

constexpr std::uint8_t kMagic[] = {'B', 'V'};
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kSaltAt = 8;
constexpr std::size_t kPrefixAt = kSaltAt + kSaltSize;
constexpr std::size_t kPrefixSize = 7;
constexpr std::size_t kHeaderSize = kPrefixAt + kPrefixSize + 1;
constexpr std::size_t kFrameSizeLog2At = kHeaderSize - 1;
constexpr std::uint8_t kFrameSizeLog2 = 16;
constexpr std::string_view kKeyLabel = "berth.vault/1";

static_assert(std::size_t{1} << kFrameSizeLog2 == kFrameSize);

void put_u32(std::span<std::uint8_t> target, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) target[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

std::uint32_t get_u32(ByteView source) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | source[i];
  return value;
}

void append_field(Bytes& target, std::string_view text) {
  std::array<std::uint8_t, 4> length{};
  put_u32(length, static_cast<std::uint32_t>(text.size()));
  append(target, length);
  append(target, as_bytes(text));
}

// The key of one sealing; wiped when it goes out of scope.
class SealingKey {
 public:
  SealingKey(ByteView data_key, ByteView header) {
    Bytes input = to_bytes(as_bytes(kKeyLabel));
    append(input, header.subspan(0, kPrefixAt));
    key_ = hmac_sha256(data_key, input);
  }
  SealingKey(const SealingKey&) = delete;
  SealingKey& operator=(const SealingKey&) = delete;
  ~SealingKey() { wipe(key_); }
  const GcmKey& key() const { return key_; }

 private:
  GcmKey key_{};
};

Bytes associated_data(const SealContext& context, ByteView header) {
  Bytes aad = to_bytes(header);
  append_field(aad, context.tenant);
  append_field(aad, context.name);
  return aad;
}

// Position and end are in the nonce, so a frame opens only where it was, and only the last one
// opens as the last.
GcmNonce frame_nonce(ByteView header, std::uint32_t frame, bool last) {
  GcmNonce nonce{};
  std::copy_n(header.begin() + kPrefixAt, kPrefixSize, nonce.begin());
  put_u32(std::span(nonce).subspan(kPrefixSize, 4), frame);
  nonce[kPrefixSize + 4] = last ? 1 : 0;
  return nonce;
}

// An empty text is one empty frame; no other text ends with an empty one.
std::size_t frame_count(std::size_t plain_size) {
  return plain_size == 0 ? 1 : (plain_size + kFrameSize - 1) / kFrameSize;
}

Error not_sealed(std::string_view why) {
  return {ErrorCode::kDataLoss, "vault.not_sealed",
          "the octets were not sealed by a vault: " + std::string(why)};
}

Result<void> check_header(SealedKind kind, ByteView sealed) {
  if (sealed.size() < kHeaderSize + kGcmTagSize) return not_sealed("too short");
  if (sealed[0] != kMagic[0] || sealed[1] != kMagic[1]) return not_sealed("no magic");
  if (sealed[2] != kVersion) return not_sealed("an unknown version");
  if (sealed[3] != static_cast<std::uint8_t>(kind)) return not_sealed("another kind");
  if (sealed[kFrameSizeLog2At] != kFrameSizeLog2) return not_sealed("an unknown frame size");
  return {};
}

}  // namespace

std::size_t sealed_size(std::size_t plain_size) {
  return kHeaderSize + plain_size + frame_count(plain_size) * kGcmTagSize;
}

Bytes seal_octets(const SealContext& context, std::uint32_t key_id, ByteView data_key,
                  ByteView plain, Random& random) {
  BERTH_ASSERT(plain.size() <= kMaxPlainSize && data_key.size() == kDataKeySize);
  Bytes sealed(sealed_size(plain.size()));
  const std::span<std::uint8_t> header = std::span(sealed).first(kHeaderSize);
  std::copy(std::begin(kMagic), std::end(kMagic), header.begin());
  header[2] = kVersion;
  header[3] = static_cast<std::uint8_t>(context.kind);
  put_u32(header.subspan(4, 4), key_id);
  random.fill(header.subspan(kSaltAt, kSaltSize + kPrefixSize));
  header[kFrameSizeLog2At] = kFrameSizeLog2;

  const SealingKey key(data_key, header);
  const Bytes aad = associated_data(context, header);
  const std::size_t frames = frame_count(plain.size());
  std::span<std::uint8_t> target = std::span(sealed).subspan(kHeaderSize);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const ByteView text = plain.first(std::min(kFrameSize, plain.size()));
    const GcmNonce nonce =
        frame_nonce(header, static_cast<std::uint32_t>(frame), frame + 1 == frames);
    gcm_seal(key.key(), nonce, aad, text, target.first(text.size() + kGcmTagSize));
    plain = plain.subspan(text.size());
    target = target.subspan(text.size() + kGcmTagSize);
  }
  return sealed;
}

Result<std::uint32_t> sealing_key_id(SealedKind kind, ByteView sealed) {
  BERTH_TRY_VOID(check_header(kind, sealed));
  return get_u32(sealed.subspan(4, 4));
}

Result<SecretBytes> open_octets(const SealContext& context, ByteView data_key, ByteView sealed) {
  BERTH_ASSERT(data_key.size() == kDataKeySize);
  BERTH_TRY_VOID(check_header(context.kind, sealed));
  const Error tampered{ErrorCode::kDataLoss, "vault.tampered",
                       "sealed octets are not what was sealed under this name for this tenant"};
  const ByteView header = sealed.first(kHeaderSize);
  ByteView source = sealed.subspan(kHeaderSize);
  constexpr std::size_t kSealedFrame = kFrameSize + kGcmTagSize;
  const std::size_t frames = (source.size() + kSealedFrame - 1) / kSealedFrame;
  if (source.size() < frames * kGcmTagSize) return tampered;
  const std::size_t plain_size = source.size() - frames * kGcmTagSize;
  if (plain_size > kMaxPlainSize || frame_count(plain_size) != frames) return tampered;

  const SealingKey key(data_key, header);
  const Bytes aad = associated_data(context, header);
  SecretBytes plain(plain_size);
  std::span<std::uint8_t> target = plain.mutable_view();
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const ByteView text = source.first(std::min(kSealedFrame, source.size()));
    const std::size_t size = text.size() - kGcmTagSize;
    const GcmNonce nonce =
        frame_nonce(header, static_cast<std::uint32_t>(frame), frame + 1 == frames);
    if (!gcm_open(key.key(), nonce, aad, text, target.first(size))) return tampered;
    source = source.subspan(text.size());
    target = target.subspan(size);
  }
  return plain;
}

}  // namespace berth::vault
