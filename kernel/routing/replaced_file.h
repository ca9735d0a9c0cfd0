// A file that other programs read while it changes.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::routing {

// Readers find the text before or this one, whole, also after a crash. `mode` are its permissions;
// the folder must be there. "routes.unwritable": what was there stays.
Result<void> replace_file(const std::filesystem::path& file, std::string_view text, mode_t mode);

}  // namespace berth::routing
