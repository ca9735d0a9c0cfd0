// Text from a plugin made fit for a log line, an error message or a terminal.

#pragma once

#include <string>
#include <string_view>

namespace berth::plugins {

inline constexpr std::size_t kMaxSlug = 64;  // octets

// A reason as plugins give them: 1 to kMaxSlug of a-z 0-9 . _
bool is_slug(std::string_view reason);

// Keeps well-formed UTF-8 without control characters; every other octet becomes \xNN. Stops before
// the result would pass max_octets and says so with an ellipsis.
std::string printable(std::string_view text, std::size_t max_octets);

}  // namespace berth::plugins
