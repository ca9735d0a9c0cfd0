#include "signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <ctime>

#include "berth/sdk/error.h"

namespace s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr char kHexUpper[] = "0123456789ABCDEF";
constexpr char kHexLower[] = "0123456789abcdef";

[[noreturn]] void crypto_failed(const char* what) {
  throw berth::sdk::Error(BERTH_INTERNAL, "s3.crypto", std::string("OpenSSL's ") + what + " fails");
}

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Digest sha256(ByteView octets) {
  Digest digest{};
  if (EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, EVP_sha256(), nullptr) !=
      1) {
    crypto_failed("SHA-256");
  }
  return digest;
}

Digest hmac_sha256(ByteView key, std::string_view text) {
  Digest mac{};
  const ByteView octets = octets_of(text);
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets.data(), octets.size(),
           mac.data(), nullptr) == nullptr) {
    crypto_failed("HMAC");
  }
  return mac;
}

std::string to_hex(ByteView octets) {
  std::string text;
  text.reserve(octets.size() * 2);
  for (std::uint8_t octet : octets) {
    text += kHexLower[octet >> 4];
    text += kHexLower[octet & 15];
  }
  return text;
}

std::string uri_encode(std::string_view text, bool keep_slash) {
  std::string out;
  for (char c : text) {
    if (is_unreserved(c) || (keep_slash && c == '/')) {
      out += c;
    } else {
      const auto octet = static_cast<std::uint8_t>(c);
      out += '%';
      out += kHexUpper[octet >> 4];
      out += kHexUpper[octet & 15];
    }
  }
  return out;
}

std::string uri_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (text[i] == '%' && high >= 0 && low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string canonical_query(const Pairs& query) {
  Pairs encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(uri_encode(name, false), uri_encode(value, false));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out += name + "=" + value;
  }
  return out;
}

std::string amz_date(std::int64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  char text[32] = {};
  if (::gmtime_r(&seconds, &parts) == nullptr ||
      std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts) == 0) {
    throw berth::sdk::Error(BERTH_INTERNAL, "s3.crypto", "the host's clock gives no calendar date");
  }
  return text;
}

std::string sign(Signable& request, const Credentials& credentials, std::string_view region,
                 std::string_view date) {
  request.headers.emplace_back("x-amz-date", date);
  request.headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  if (!credentials.session_token.empty()) {
    request.headers.emplace_back("x-amz-security-token", credentials.session_token);
  }
  std::sort(request.headers.begin(), request.headers.end());
  std::string canonical = std::string(request.method) + "\n" + std::string(request.path) + "\n" +
                          std::string(request.query) + "\n";
  std::string names;
  for (const auto& [name, value] : request.headers) {
    canonical += name + ":" + value + "\n";
    if (!names.empty()) names += ';';
    names += name;
  }
  canonical += "\n" + names + "\n" + std::string(request.payload_sha256);

  const std::string day(date.substr(0, 8));
  const std::string scope = day + "/" + std::string(region) + "/s3/aws4_request";
  const std::string text = std::string(kAlgorithm) + "\n" + std::string(date) + "\n" + scope +
                           "\n" + to_hex(sha256(octets_of(canonical)));
  SecretOctets first{'A', 'W', 'S', '4'};
  first.insert(first.end(), credentials.secret_access_key.begin(),
               credentials.secret_access_key.end());
  Digest key = hmac_sha256(first, day);
  for (std::string_view step : {region, std::string_view("s3"), std::string_view("aws4_request")}) {
    key = hmac_sha256(key, step);
  }
  const std::string signature = to_hex(hmac_sha256(key, text));
  OPENSSL_cleanse(key.data(), key.size());
  return std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" + scope +
         ",SignedHeaders=" + names + ",Signature=" + signature;
}

}  // namespace s3
