#include "tests/kernel/rsp/bsp/reference_channel.h"

#include <openssl/evp.h>

#include "kernel/base/digest.h"

namespace berth::rsp::bsp::reference {
namespace {

constexpr std::size_t kBlock = 16;

Bytes aes_block(ByteView key, ByteView block, bool decrypt) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  Bytes out(kBlock);
  int written = 0;
  EVP_CipherInit_ex(context, EVP_aes_128_ecb(), nullptr, key.data(), nullptr, decrypt ? 0 : 1);
  EVP_CIPHER_CTX_set_padding(context, 0);
  EVP_CipherUpdate(context, out.data(), &written, block.data(), static_cast<int>(kBlock));
  EVP_CIPHER_CTX_free(context);
  return out;
}

Bytes exclusive_or(ByteView left, ByteView right) {
  Bytes out = to_bytes(left);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(out[i] ^ right[i]);
  return out;
}

// Multiplication by x in GF(2^128), RFC 4493 §2.3.
Bytes doubled(ByteView block) {
  Bytes out(kBlock);
  for (std::size_t i = 0; i < kBlock; ++i) {
    const unsigned next = i + 1 < kBlock ? block[i + 1] : 0U;
    out[i] = static_cast<std::uint8_t>((block[i] << 1) | (next >> 7));
  }
  if ((block[0] & 0x80) != 0) out[kBlock - 1] = static_cast<std::uint8_t>(out[kBlock - 1] ^ 0x87);
  return out;
}

Bytes cmac(ByteView key, ByteView message) {
  const Bytes k1 = doubled(aes_block(key, Bytes(kBlock), false));
  const Bytes k2 = doubled(k1);
  const std::size_t blocks = message.empty() ? 1 : (message.size() + kBlock - 1) / kBlock;
  Bytes state(kBlock);
  for (std::size_t i = 0; i + 1 < blocks; ++i) {
    state = aes_block(key, exclusive_or(state, message.subspan(i * kBlock, kBlock)), false);
  }
  Bytes last = to_bytes(message.subspan((blocks - 1) * kBlock));
  const bool whole = last.size() == kBlock;
  if (!whole) last.push_back(0x80);
  last.resize(kBlock);
  last = exclusive_or(last, whole ? k1 : k2);
  return aes_block(key, exclusive_or(state, last), false);
}

std::size_t header_size(ByteView segment) {
  return segment[1] < 0x80 ? 2 : 2U + (segment[1] & 0x7FU);
}

std::size_t content_size(ByteView segment) {
  if (segment[1] < 0x80) return segment[1];
  std::size_t size = 0;
  for (std::size_t i = 2; i < header_size(segment); ++i) size = size << 8 | segment[i];
  return size;
}

}  // namespace

Bytes derive_x963(ByteView z, ByteView shared_info, std::size_t size) {
  Bytes out;
  for (std::uint8_t counter = 1; out.size() < size; ++counter) {
    Bytes input = to_bytes(z);
    append(input, Bytes{0, 0, 0, counter});
    append(input, shared_info);
    append(out, sha256(input));
  }
  out.resize(size);
  return out;
}

Channel::Channel(ByteView s_enc, ByteView s_mac, ByteView mcv)
    : s_enc_(to_bytes(s_enc)), s_mac_(to_bytes(s_mac)), mcv_(to_bytes(mcv)) {}

std::optional<Bytes> Channel::open(ByteView segment) {
  const std::size_t header = header_size(segment);
  if (segment.size() > 1020 || header + content_size(segment) != segment.size()) return {};
  const ByteView data = segment.subspan(header, segment.size() - header - 8);
  Bytes covered = mcv_;
  append(covered, segment.first(segment.size() - 8));
  mcv_ = cmac(s_mac_, covered);
  if (!equal(ByteView(mcv_).first(8), segment.last(8))) return {};
  Bytes number(kBlock);
  for (std::size_t i = 0; i < 8; ++i) number[15 - i] = static_cast<std::uint8_t>(counter_ >> 8 * i);
  ++counter_;
  if (segment[0] == 0x88) return to_bytes(data);

  if (data.empty() || data.size() % kBlock != 0) return {};
  Bytes previous = aes_block(s_enc_, number, false);
  Bytes plain;
  for (std::size_t at = 0; at < data.size(); at += kBlock) {
    const ByteView block = data.subspan(at, kBlock);
    append(plain, exclusive_or(aes_block(s_enc_, block, true), previous));
    previous = to_bytes(block);
  }
  std::size_t zeros = 0;
  while (!plain.empty() && plain.back() == 0 && ++zeros < kBlock) plain.pop_back();
  if (plain.empty() || plain.back() != 0x80) return {};
  plain.pop_back();
  return plain;
}

std::vector<Bytes> split(ByteView segments) {
  std::vector<Bytes> out;
  while (!segments.empty()) {
    const std::size_t size = header_size(segments) + content_size(segments);
    out.push_back(to_bytes(segments.first(size)));
    segments = segments.subspan(size);
  }
  return out;
}

}  // namespace berth::rsp::bsp::reference
