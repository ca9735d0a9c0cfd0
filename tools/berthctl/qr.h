// A QR code drawn with half-block characters, two modules a character, for a terminal.

#pragma once

#include <string>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::berthctl {

// With the quiet zone of four modules. Light modules are drawn, dark ones left blank, which suits
// a dark terminal; most readers accept the inverse as well. "berthctl.qr" when the text does not
// fit a QR code.
Result<std::string> qr_text(std::string_view text);

}  // namespace berth::berthctl
