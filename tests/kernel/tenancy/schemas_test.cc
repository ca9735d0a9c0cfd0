#include "kernel/tenancy/schemas.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/documents/documents.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::tenancy;  // NOLINT
using documents::check_schema;
using documents::Document;
using nlohmann::json;

}  // namespace

TEST_CASE("the compiled-in schemas are JSON and refuse what they do not know", "[documents]") {
  for (const auto schema : {host_schema(), tenant_schema(), routes_schema()}) {
    const json parsed = json::parse(schema);
    CHECK(parsed.at("additionalProperties") == false);
    CHECK_FALSE(check_schema(json::object(), Document{"x", "configuration.invalid", schema}));
  }
}
