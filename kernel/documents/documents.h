// JSON documents from outside, read with care: bounded, no member twice, checked against a
// schema.
//
// Every failure carries the reason slug of its document and the form
// "<source>: <JSON path>: <what is wrong>; <what belongs there>".

#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::documents {

inline constexpr std::size_t kMaxDocumentDepth = 32;
inline constexpr std::size_t kMaxDocumentString = 4096;

// What a document is, for its messages and slugs.
struct Document {
  std::string_view source;          // file name
  std::string_view invalid_reason;  // "routes.invalid", "configuration.invalid"
  std::string_view schema;          // JSON schema text
  bool confidential = false;        // messages name places and repeat no value
};

// kNotFound `unreadable_reason` when the file is missing, not a regular file or larger than `limit`
// octets.
Result<std::string> read_document(const std::filesystem::path& file, std::size_t limit,
                                  std::string_view unreadable_reason);

// Refuses what is not JSON, members that stand twice, and what is too deep or too long.
Result<nlohmann::json> parse_document(std::string_view json, const Document& document);

// Checks against the schema; the message names the deepest place that is wrong. A schema that is no
// usable one is refused likewise.
Result<void> check_schema(const nlohmann::json& value, const Document& document);

// Text from a document as a message may show it: escaped, ASCII, cut.
std::string shown(const nlohmann::json& value);

// https://host[:port][/path] with nothing else in it (userinfo, query, fragment)?
bool is_https_url(std::string_view text);

// A refusal in the form above. `path` is like "tenantRoutes[3].eidPrefix"; empty: the document.
Error refuse(const Document& document, std::string_view path, std::string_view message);

}  // namespace berth::documents
