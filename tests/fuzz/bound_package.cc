// Bound profile packages as a card takes them apart. The first octet chooses: raw octets; a package
// whose MACs are right over whatever the octets are; a whole round trip through the server's half.

#include "kernel/rsp/bsp/bound_package.h"

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/sgp22/metadata.h"
#include "tests/fuzz/fuzz.h"
#include "tests/kernel/rsp/sgp22_vectors.h"
#include "tools/euicc/package_decoder.h"

namespace berth::fuzz {
namespace {

using rsp::bsp::Protector;
using rsp::bsp::SessionKeys;

constexpr std::size_t kLimit = 64 * 1024;

SessionKeys session_keys() {
  Bytes data = vectors::hex(vectors::kInitialMcv);
  append(data, vectors::hex(vectors::kSEnc));
  append(data, vectors::hex(vectors::kSMac));
  return *SessionKeys::from_key_data(SecretBytes::copy_of(data));
}

euicc::BspReader reader() {
  return {vectors::hex(vectors::kInitialMcv), vectors::hex(vectors::kSEnc),
          vectors::hex(vectors::kSMac)};
}

struct Opened {
  Bytes metadata;
  Bytes elements;
};
std::optional<Opened> open(ByteView package) {
  euicc::PackageDecoder::unverified_metadata(package);
  auto decoder = euicc::PackageDecoder::open(package);
  if (!decoder) return std::nullopt;
  decoder->start(reader());
  if (!decoder->configure_isdp()) return std::nullopt;
  auto metadata = decoder->store_metadata();
  if (!metadata) return std::nullopt;
  if (!decoder->replace_session_keys()) return std::nullopt;
  auto elements = decoder->profile_elements(kLimit);
  if (!elements) return std::nullopt;
  must_hold(elements->size() <= kLimit, "a card takes no more than it has room for");
  rsp::sgp22::parse_metadata(*metadata).ok();
  return Opened{std::move(metadata).value(), std::move(elements).value()};
}

Bytes encrypted(Protector& protector, std::uint8_t tag, ByteView plain) {
  Bytes segments;
  // An empty plaintext has no segment.
  if (!plain.empty()) must_hold(protector.append_encrypted(segments, tag, plain).ok(), "it fits");
  return segments;
}

// Every command says what the octets choose, and its MAC is right.
Bytes authentic(Choices& choices) {
  Protector protector = *Protector::create(session_keys());
  const Bytes isdp = patched(vectors::hex(vectors::kConfigureIsdpPlain), choices);
  const Bytes metadata = patched(vectors::hex(vectors::kStoreMetadataPlain), choices);
  Bytes content = vectors::hex(vectors::kBf23);
  rsp::der::append_tlv(content, 0xA0, encrypted(protector, 0x87, isdp));
  Bytes segments;
  must_hold(protector.append_mac_only(segments, 0x88, metadata).ok(), "it fits");
  rsp::der::append_tlv(content, 0xA1, segments);
  if (choices.octet() % 2 == 0) {
    const Bytes replace = patched(vectors::hex(vectors::kReplaceSessionKeysPlain), choices);
    rsp::der::append_tlv(content, 0xA2, encrypted(protector, 0x87, replace));
    protector = *Protector::create(vectors::hex(vectors::kPpkEnc), vectors::hex(vectors::kPpkCmac),
                                   vectors::hex(vectors::kPpkInitialMcv));
  }
  const Bytes elements = patched(vectors::hex(vectors::kUpp), choices);
  rsp::der::append_tlv(content, 0xA3, encrypted(protector, 0x86, elements));
  return patched(rsp::der::tlv(0xBF36, content), choices);
}

void round_trip(Choices& choices) {
  const Bytes metadata = rsp::der::tlv(0xBF25, choices.take(choices.below(2048)));
  Bytes elements(choices.below(3000), 0x00);
  append(elements, choices.rest());
  const auto parts = rsp::bsp::protect_package(
      session_keys(), vectors::hex(vectors::kConfigureIsdpPlain), metadata, elements);
  if (!parts) return;
  const auto opened = open(rsp::bsp::bound_package(vectors::hex(vectors::kBf23), *parts));
  must_hold(opened.has_value(), "what the server bound the card opens");
  must_hold(opened->metadata == metadata && opened->elements == elements, "and finds the same");
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  switch (choices.octet() % 3) {
    case 0:
      open(choices.rest());
      return;
    case 1:
      open(authentic(choices));
      return;
    default:
      round_trip(choices);
  }
}

}  // namespace berth::fuzz
