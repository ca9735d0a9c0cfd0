// What an S3 answer that is no success means to the host.

#pragma once

#include <string>
#include <string_view>

#include "berth/sdk/error.h"
#include "client.h"
#include "config.h"

namespace s3 {

// At most 200 characters of visible ASCII, everything else a '?': a server's words in our messages.
std::string printable(std::string_view text);

// The <Code> of an error document, or what the status alone says.
std::string error_code_of(const Answer& answer);

// See the README's table of failures.
berth::sdk::Error error_of(const Answer& answer, const Config& config);

}  // namespace s3
