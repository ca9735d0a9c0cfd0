#include "object_headers.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <ctime>

namespace s3 {

using berth::sdk::Error;

void bad_answer(const std::string& what) {
  throw Error(BERTH_INTERNAL, "s3.answer", "the store's answer is not S3's: " + what);
}

std::string etag_of(std::string_view quoted) {
  if (quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"') {
    quoted = quoted.substr(1, quoted.size() - 2);
  }
  constexpr std::size_t kMax = sizeof(berth_object_info::etag);
  if (quoted.empty() || quoted.size() > kMax ||
      std::any_of(quoted.begin(), quoted.end(),
                  [](char c) { return c < 0x21 || c > 0x7e || c == '"'; })) {
    bad_answer("no usable ETag");
  }
  return std::string(quoted);
}

std::uint64_t length_of(std::string_view digits) {
  std::uint64_t length = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    bad_answer("no usable length");
  }
  return length;
}

std::int64_t unix_ms_of(std::string_view date) {
  const std::string text(date);
  std::tm parts{};
  // 2026-11-23T14:15:39.123Z, as listings have it.
  if (const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts)) {
    double fraction = 0;
    if (*rest == '.') fraction = std::strtod(rest, nullptr);
    if (!(fraction >= 0 && fraction < 1)) fraction = 0;
    return std::int64_t{::timegm(&parts)} * 1000 + std::lround(fraction * 1000);
  }
  const std::time_t seconds = curl_getdate(text.c_str(), nullptr);
  return seconds < 0 ? 0 : std::int64_t{seconds} * 1000;
}

berth::sdk::ObjectInfo info_of(const Answer& answer) {
  return {length_of(answer.header("content-length")), unix_ms_of(answer.header("last-modified")),
          etag_of(answer.header("etag"))};
}

}  // namespace s3
