#include "tools/berthctl/promotion.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/kernel/tenancy/files_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::berthctl;       // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using Catch::Contains;
using nlohmann::json;

// tenant-a and tenant-b on softkeys and filesystem.
struct Common {
  Common() {
    host["hsm"] = {{"library", "../lib/softkeys.so"}};
    host["storage"] = {{"library", "/opt/filesystem.so"}};
    host["revocationLists"] = {"pki/ci.crl"};
    host["es2plus"] = es2plus_json();
    tenant["progress"] = {{"url", "https://bss.example"},
                          {"client", {{"certificateChain", "c.pem"}, {"privateKey", "c.key"}}}};
    write_good_set(folder);
    wish = {"tenant-a", folder.path() / "host.json", folder.path() / "own"};
  }
  Result<Promotion> plan() {
    folder.write("host.json", host);
    folder.write("tenants/a.json", tenant);
    SystemRandom random;
    return plan_promotion(wish, random);
  }
  std::string refusal() {
    const auto planned = plan();
    REQUIRE_FALSE(planned);
    CHECK(planned.error().reason() == "berthctl.promote");
    return planned.error().message();
  }
  Folder folder;
  json host = host_json();
  json tenant = tenant_json("tenant-a");
  PromotionWish wish;
};

}  // namespace

TEST_CASE("a tenant's own host has its own ledger, store and keys, and only its route",
          "[berthctl][R36]") {
  Common common;
  const auto planned = common.plan();
  INFO((planned ? "" : planned.error().message()));
  REQUIRE(planned);
  const json host = json::parse(planned->files.at("etc/host.json"));
  CHECK(host.at("dataFolder") == "../data");
  CHECK(host.at("hsm").at("config").at("folder") == "../keys");
  CHECK(host.at("storage").at("config").at("folder") == "../objects");
  CHECK(host.at("es9Listen") == "unix:../es9.sock");
  CHECK(host.at("certificateIssuers") == json{(common.folder.path() / "pki/ci.pem").string()});
  CHECK(host.at("smdp").empty());
  CHECK_FALSE(host.contains("es2plus"));
  CHECK(planned->files.at("etc/keys.hex").size() == 65);

  const json routes = json::parse(planned->files.at("etc/routes.json"));
  REQUIRE(routes.at("tenantRoutes").size() == 1);
  CHECK(routes.at("tenantRoutes").at(0).at("tenantId") == "tenant-a");
  const json tenant = json::parse(planned->files.at("etc/tenants/tenant-a.json"));
  CHECK(tenant.at("tls").at("privateKey") == (common.folder.path() / "tls/tenant-a.key").string());
  CHECK(tenant.at("progress").at("client").at("privateKey") ==
        (common.folder.path() / "tenants/c.key").string());
  const json left = json::parse(planned->files.at("common/tenant-a.json"));
  CHECK(left.at("topology") == "dedicated");
  CHECK(left.at("endpoint") == "unix:" + (common.folder.path() / "own/es9.sock").string());

  // It begins a ledger of its own, unless one is to come.
  CHECK_FALSE(planned->files.contains("data/tenants/tenant-a.away"));
  common.wish.for_move = true;
  const auto awaits = common.plan();
  REQUIRE(awaits);
  CHECK(awaits->files.contains("data/tenants/tenant-a.away"));
}

TEST_CASE("what is written is its owner's alone, and nothing is overwritten", "[berthctl][R36]") {
  Common common;
  const auto planned = common.plan();
  REQUIRE(planned);
  REQUIRE(write(*planned));
  struct stat info {};
  REQUIRE(::stat((planned->folder / "etc/keys.hex").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(::stat((planned->folder / "keys").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  const auto again = write(*planned);
  REQUIRE_FALSE(again);
  CHECK(again.error().reason() == "berthctl.file");
}

TEST_CASE("a tenant's own plugins go with it, others' places are not shared", "[berthctl][R36]") {
  Common common;
  common.host["hsm"] = {{"library", "/opt/pkcs11.so"}, {"config", {{"slot", 1}}}};
  CHECK_THAT(common.refusal(), Contains("hsm: pkcs11.so would be shared"));
  common.tenant["hsm"] = {{"library", "../lib/pkcs11.so"}, {"config", {{"pinFile", "./pin"}}}};
  const auto planned = common.plan();
  REQUIRE(planned);
  const json host = json::parse(planned->files.at("etc/host.json"));
  CHECK(host.at("hsm").at("library") == (common.folder.path() / "lib/pkcs11.so").string());
  CHECK(host.at("hsm").at("config").at("pinFile") ==
        (common.folder.path() / "tenants/pin").string());
  CHECK_FALSE(json::parse(planned->files.at("etc/tenants/tenant-a.json")).contains("hsm"));
  CHECK_FALSE(planned->files.contains("etc/keys.hex"));
}

TEST_CASE("who cannot be promoted is told why", "[berthctl]") {
  Common common;
  common.tenant["eidPolicy"] = "consumer-open";
  CHECK_THAT(common.refusal(), Contains("a.json: eidPolicy"));
  common.tenant = {{"tenantId", "tenant-a"}, {"topology", "partner"}};
  CHECK_THAT(common.refusal(), Contains("a.json: topology"));
  common.wish.tenant = "nobody";
  CHECK_THAT(common.refusal(), Contains("none of them is 'nobody'"));
  common.wish.host_file = common.folder.path() / "none.json";
  CHECK_THAT(common.refusal(), Contains("none.json"));
  common.wish.host_file = common.folder.write("odd.json", json{{"tenants", {1, 2}}});
  CHECK_THAT(common.refusal(), Contains("odd.json"));
}
