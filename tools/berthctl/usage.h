// What was typed, checked before a host is asked.

#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/base/error.h"

namespace berth::berthctl {

// Nothing but white space, or nothing at all.
bool is_blank(std::string_view text);
// Decimal digits alone, 0 to 2^63-1.
std::optional<std::int64_t> whole_number(std::string_view text);
// For options whose empty value would be as if they were not given.
CLI::Validator not_blank();
// The first "--name=" among the words: the parser would take the next word for its value. Empty:
// there is none.
std::optional<std::string> option_without_value(int argc, const char* const* argv);
// "berthctl.usage", naming the word that was not understood. Option values are not repeated.
Error usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace berth::berthctl
