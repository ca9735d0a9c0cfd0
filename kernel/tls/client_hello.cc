#include "kernel/tls/client_hello.h"

#include "kernel/tls/vectors.h"

namespace berth::tls {
namespace {

constexpr std::size_t kKeyIdOctets = 20;  // SHA-1

// A vector with a length of two octets that fills the whole extension.
std::optional<ByteView> whole_list(std::optional<ByteView> extension) {
  if (!extension) return std::nullopt;
  const auto list = take(*extension, take_number(*extension, 2));
  return extension->empty() ? list : std::nullopt;
}

std::optional<std::string> host_name(std::optional<ByteView> list) {
  if (!list || take_number(*list, 1) != 0) return std::nullopt;  // 0: host_name
  const auto name = take(*list, take_number(*list, 2));
  if (!name || !list->empty()) return std::nullopt;
  return std::string(name->begin(), name->end());
}

std::optional<std::vector<std::uint16_t>> numbers(std::optional<ByteView> list) {
  if (!list || list->empty() || list->size() % 2 != 0) return std::nullopt;
  std::vector<std::uint16_t> read;
  while (const auto number = take_number(*list, 2)) {
    read.push_back(static_cast<std::uint16_t>(*number));
  }
  return read;
}

std::vector<Bytes> key_ids(std::optional<ByteView> list) {
  enum Type : std::size_t { kPreAgreed = 0, kKeySha1 = 1, kX509Name = 2, kCertificateSha1 = 3 };
  std::vector<Bytes> read;
  while (list && !list->empty()) {
    const auto type = take_number(*list, 1);
    if (type == kPreAgreed) continue;
    if (type > kCertificateSha1) return {};
    const auto id =
        take(*list, type == kX509Name ? take_number(*list, 2) : std::optional(kKeyIdOctets));
    if (!id) return {};
    if (type == kKeySha1) read.emplace_back(id->begin(), id->end());
  }
  return read;
}

}  // namespace

ClientHello read_client_hello(const HelloExtensions& extensions) {
  return {host_name(whole_list(extensions.server_name)),
          numbers(whole_list(extensions.supported_groups)),
          numbers(whole_list(extensions.signature_algorithms)),
          key_ids(whole_list(extensions.trusted_ca_keys))};
}

}  // namespace berth::tls
