// How a service says no: the standard's refusal, or trouble of our own.

#pragma once

#include <variant>

#include "kernel/base/error.h"
#include "kernel/rsp/rsp_error.h"

namespace berth::smdpplus {

// RspError: the request was understood and refused (HTTP 200, Failed).
// Error: kInvalidArgument means the request is malformed (HTTP 400); anything else is ours (503).
using Failure = std::variant<rsp::RspError, Error>;

}  // namespace berth::smdpplus
