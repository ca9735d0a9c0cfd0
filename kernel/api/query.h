// The query part of a URL, decoded strictly. Pure.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::api {

class Query {
 public:
  // "a=b&c=%24"; '+' is itself. Repeated names and broken escapes are "api.query".
  static Result<Query> parse(std::string_view raw);

  // Empty when absent.
  std::string_view text(std::string_view name) const;
  // `absent` when absent; "api.query" when it is no number within 0..max.
  Result<std::int64_t> number(std::string_view name, std::int64_t absent, std::int64_t max) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// Percent-decoding; "api.query" for a broken escape or a decoded NUL.
Result<std::string> percent_decode(std::string_view text);

}  // namespace berth::api
