#include "kernel/api/query.h"

#include <charconv>

#include "kernel/base/bytes.h"

namespace berth::api {
namespace {

Error bad(std::string what) { return {ErrorCode::kInvalidArgument, "api.query", std::move(what)}; }

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const Result<Bytes> octet = from_hex(text.substr(i + 1, 2));
    if (!octet || octet->size() != 1 || octet->front() == 0) {
      return bad("a percent escape in the address is broken");
    }
    decoded.push_back(static_cast<char>(octet->front()));
    i += 2;
  }
  return decoded;
}

Result<Query> Query::parse(std::string_view raw) {
  Query query;
  while (!raw.empty()) {
    const std::size_t end = raw.find('&');
    const std::string_view pair = raw.substr(0, end);
    raw = end == std::string_view::npos ? std::string_view() : raw.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    BERTH_TRY(name, percent_decode(pair.substr(0, equals)));
    BERTH_TRY(value, percent_decode(equals == std::string_view::npos ? std::string_view()
                                                                     : pair.substr(equals + 1)));
    if (!query.values_.emplace(name, value).second) return bad("'" + name + "' is given twice");
  }
  return query;
}

std::string_view Query::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string_view() : std::string_view(found->second);
}

Result<std::int64_t> Query::number(std::string_view name, std::int64_t absent,
                                   std::int64_t max) const {
  const std::string_view digits = text(name);
  if (digits.empty()) return absent;
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, failed] = std::from_chars(digits.data(), end, value);
  if (failed != std::errc() || stop != end || value < 0 || value > max) {
    return bad("'" + std::string(name) + "' must be a number from 0 to " + std::to_string(max));
  }
  return value;
}

}  // namespace berth::api
