// What a client says first that decides which certificate it is shown.
//
// The octets come from anyone: a malformed extension counts as not sent, and what the TLS library
// makes of it later is its own affair. Pure.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/base/bytes.h"

namespace berth::tls {

struct ClientHello {
  std::optional<std::string> server_name;  // RFC 6066 §3, as sent
  // nullopt: not sent, so nothing is excluded.
  std::optional<std::vector<std::uint16_t>> groups;             // RFC 8422 §5.1.1
  std::optional<std::vector<std::uint16_t>> signature_schemes;  // RFC 8446 §4.2.3
  std::vector<Bytes> trusted_key_ids;                           // RFC 6066 §6, key_sha1_hash only
};

// The bodies of the extensions; nullopt where one was not sent.
struct HelloExtensions {
  std::optional<ByteView> server_name;
  std::optional<ByteView> supported_groups;
  std::optional<ByteView> signature_algorithms;
  std::optional<ByteView> trusted_ca_keys;
};

ClientHello read_client_hello(const HelloExtensions& extensions);

}  // namespace berth::tls
