// AWS Signature Version 4 with the payload's SHA-256 in the Authorization header, and the encodings
// it is made of. Source: AWS, "Authenticating Requests (AWS Signature Version 4)".
//
// Pure functions; thread-safe.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/sdk/views.h"
#include "config.h"

namespace s3 {

using berth::sdk::ByteView;
using Pairs = std::vector<std::pair<std::string, std::string>>;
using Digest = std::array<std::uint8_t, 32>;

inline ByteView octets_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Throw Error INTERNAL "s3.crypto" when OpenSSL fails.
Digest sha256(ByteView octets);
Digest hmac_sha256(ByteView key, std::string_view text);
std::string to_hex(ByteView octets);

// A-Z a-z 0-9 - . _ ~ stay, everything else becomes %XX; '/' stays when it separates segments.
std::string uri_encode(std::string_view text, bool keep_slash);
// The reverse, '+' being a blank; a broken escape stays as it is.
std::string uri_decode(std::string_view text);

// "a=b&c=d", encoded and in the order the signature wants.
std::string canonical_query(const Pairs& query);

struct Signable {
  std::string_view method;
  std::string_view path;   // encoded, begins with '/'
  std::string_view query;  // of canonical_query
  Pairs headers;           // names in lower case, "host" among them; all of them are signed
  std::string_view payload_sha256;  // in hex
};

// "20130524T000000Z"
std::string amz_date(std::int64_t unix_ms);

// Adds x-amz-date, x-amz-content-sha256 and, for temporary credentials, x-amz-security-token to
// request.headers; the value of the Authorization header.
std::string sign(Signable& request, const Credentials& credentials, std::string_view region,
                 std::string_view date);

}  // namespace s3
