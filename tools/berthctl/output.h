// How berthctl shows things to people. Pure apart from the terminal test.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/error.h"

namespace berth::berthctl {

enum class Colour { kNone = 1, kGreen, kYellow, kRed };

bool stdout_is_terminal();
// The text, coloured when `coloured`.
std::string paint(std::string_view text, Colour colour, bool coloured);

// Columns as wide as they need; the first row is the heading. Widths count UTF-8 characters.
std::string table(const std::vector<std::vector<std::string>>& rows);
// "a  b" lines of a flat object: name, value.
std::string properties(const nlohmann::ordered_json& object);

std::string story_text(const nlohmann::ordered_json& story);
std::string doctor_text(const nlohmann::ordered_json& report, bool coloured);
std::string explain_text(const nlohmann::ordered_json& meaning);
std::string verdict_text(std::string_view chain, const nlohmann::ordered_json& verdict);

// Control characters a peer could have put into a value never reach the terminal.
std::string printable(std::string_view text);

// "berthctl: <what, whose turn, what to do> [reason]"
std::string error_line(const Error& error);
// {"error":{"code","reason","message"}} on one line, as the operator API says it.
std::string error_json(const Error& error);

}  // namespace berth::berthctl
