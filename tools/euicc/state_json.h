// A CardState as JSON text and back. Internal to the state file.

#pragma once

#include <string>
#include <string_view>

#include "tools/euicc/card_state.h"

namespace berth::euicc {

inline constexpr int kStateFormat = 1;

std::string to_json(const CardState& state);
// "card.file_invalid" naming what is wrong; a newer format is refused.
Result<CardState> state_from_json(std::string_view text);

}  // namespace berth::euicc
