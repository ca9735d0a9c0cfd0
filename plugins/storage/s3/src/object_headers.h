// What S3 says about an object in headers and listings.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "berth/sdk/storage.h"
#include "client.h"

namespace s3 {

// Ours, beside each object: the SHA-256 of its octets, and which put made it.
inline constexpr char kShaHeader[] = "x-amz-meta-berth-sha256";
inline constexpr char kPutIdHeader[] = "x-amz-meta-berth-put";

[[noreturn]] void bad_answer(const std::string& what);  // INTERNAL "s3.answer"

// Without the quotes. Throws s3.answer when it is none, or too long.
std::string etag_of(std::string_view quoted);
// Throws s3.answer when it is not decimal digits.
std::uint64_t length_of(std::string_view digits);
// HTTP's date or a listing's; 0 when it is neither.
std::int64_t unix_ms_of(std::string_view date);

// Content-Length, ETag, Last-Modified.
berth::sdk::ObjectInfo info_of(const Answer& answer);

}  // namespace s3
