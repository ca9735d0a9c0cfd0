// The JSON schemas of the configuration files, as published in docs/reference/schemas and compiled
// into the program, so that what a person reads is what the loader checks.
//
// JSON Schema draft 7, UTF-8, valid for the life of the program.

#pragma once

#include <string_view>

namespace berth::tenancy {

std::string_view host_schema();
std::string_view tenant_schema();
std::string_view routes_schema();

}  // namespace berth::tenancy
