// Whether octets are well-formed UTF-8 (RFC 3629). Private to this room.

#pragma once

#include <string_view>

namespace berth::rsp::sgp22 {

bool is_utf8(std::string_view text);

}  // namespace berth::rsp::sgp22
