#include "kernel/tenancy/limits.h"

#include <catch2/catch.hpp>

#include "kernel/tenancy/configuration_files.h"
#include "kernel/tenancy/limits_json.h"
#include "kernel/tenancy/schemas.h"
#include "tests/kernel/tenancy/files_support.h"
#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using nlohmann::json;

}  // namespace

TEST_CASE("every limit has its row, in order, with a standard value within its bounds",
          "[tenancy]") {
  std::size_t number = 0;
  for (const LimitRow& row : limit_rows()) {
    CHECK(static_cast<std::size_t>(row.limit) == ++number);
    CHECK(row.least <= row.standard);
    CHECK(row.standard <= row.most);
    CHECK(LimitSettings()[row.limit] == row.standard);
  }
}

TEST_CASE("the schemas of host and tenant files bound the limits as the table does", "[tenancy]") {
  const json host = json::parse(host_schema())["properties"]["tenantLimits"]["properties"];
  CHECK(host == json::parse(tenant_schema())["properties"]["limits"]["properties"]);
  CHECK(host.size() == kLimits);
  for (const LimitRow& row : limit_rows()) {
    INFO(row.name);
    const json& member = host.at(std::string(row.name));
    CHECK(member.at("minimum") == row.least);
    CHECK(member.at("maximum") == row.most);
  }
}

TEST_CASE("a tenant has the host's limits where its own file says nothing",
          "[tenancy][R121:part]") {
  const Folder folder;
  const auto host_file = write_good_set(folder);
  json host = host_json();
  host["tenantLimits"] = {{"downloadsPerSecond", 50}, {"workers", 3}};
  folder.write("host.json", host);
  json own = tenant_json("tenant-b");
  own["limits"] = {{"downloadsPerSecond", 7}};
  folder.write("tenants/b.json", own);
  const auto loaded = load_configuration(host_file);
  INFO(message_of(loaded));
  REQUIRE(loaded);
  const LimitSettings& a = loaded->tenants.at(tenant("tenant-a")).limits;
  const LimitSettings& b = loaded->tenants.at(tenant("tenant-b")).limits;
  CHECK(a[Limit::kDownloadsPerSecond] == 50);
  CHECK(b[Limit::kDownloadsPerSecond] == 7);
  CHECK(a[Limit::kWorkers] == 3);
  CHECK(b[Limit::kWorkers] == 3);
  CHECK(b[Limit::kObjects] == row_of(Limit::kObjects).standard);
}

TEST_CASE("a limit that is none, or out of its bounds, changes nothing and is named", "[tenancy]") {
  const auto refused = [](const json& members) {
    const auto changed = changed_limits({}, members);
    REQUIRE_FALSE(changed.ok());
    return std::string(changed.error().reason()) + " " + changed.error().message();
  };
  CHECK(refused({{"downloads", 1}}).starts_with("limits.unknown"));
  CHECK(refused({{"downloads", 1}}).find("downloadsPerSecond") != std::string::npos);
  for (const json& bad : {json(0), json(-1), json(100'001), json(1.5), json("1"), json(nullptr),
                          json(json::array()), json(std::uint64_t{1} << 63)}) {
    INFO(bad.dump());
    CHECK(refused({{"connections", bad}}).starts_with("limits.out_of_range connections"));
  }
  const auto good = changed_limits({}, {{"connections", 100'000U}, {"objects", 0U}});
  REQUIRE(good.ok());
  CHECK((*good)[Limit::kConnections] == 100'000);
  CHECK((*good)[Limit::kObjects] == 0);
}
