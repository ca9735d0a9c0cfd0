#include "tools/berthctl/onboard.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/tenancy/configuration.h"
#include "tests/kernel/tenancy/files_support.h"

namespace berth::berthctl {
namespace {

using nlohmann::ordered_json;
using tenancy::test::Folder;
namespace fs = std::filesystem;

struct HostFolder {
  HostFolder() {
    tenancy::test::write_good_set(files);
    auto host = tenancy::test::host_json();
    host["tenants"] = "tenants";
    host_file = files.write("host.json", host);
  }
  std::string read(const fs::path& name) const {
    std::ifstream file(files.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t count() const {
    std::size_t found = 0;
    for (const auto& entry : fs::recursive_directory_iterator(files.path())) {
      found += entry.is_regular_file() ? 1 : 0;
    }
    return found;
  }
  std::string reason(const ordered_json& document) const {
    const auto done = onboard(host_file, document, false);
    return done.ok() ? "ok" : std::string(done.error().reason());
  }
  Folder files;
  fs::path host_file;
};

ordered_json document() {
  return ordered_json::parse(R"({
    "tenantId": "tenant-c", "displayName": "C", "eidPolicy": "managed",
    "route": {"activationRealm": "rsp.c.example", "smdpEndpoint": "https://rsp.c.example/x",
              "eidPrefix": "89069", "mccMnc": ["00103"]},
    "tls": {"certificateChain": "../tls/c.pem", "privateKey": "../tls/c.key"}
  })");
}

const OnboardItem& item(const Onboarded& done, const std::string& what) {
  const auto found = std::find_if(done.items.begin(), done.items.end(), [&](const auto& one) {
    return one.what.find(what) != std::string::npos;
  });
  REQUIRE(found != done.items.end());
  return *found;
}

}  // namespace

TEST_CASE("a new tenant comes into the host's files, which load with it", "[berthctl][R153:part]") {
  const HostFolder host;
  const auto done = onboard(host.host_file, document(), false);
  INFO((done.ok() ? "" : done.error().message()));
  REQUIRE(done.ok());
  const auto loaded = tenancy::load_configuration(host.host_file);
  REQUIRE(loaded.ok());
  CHECK(loaded->tenants.size() == 3);
  CHECK(loaded->routes.by_tenant(*TenantId::parse("tenant-c"))->activation_realm.text() ==
        "rsp.c.example");
  CHECK(host.count() == 5);  // no drafts are left
  CHECK_FALSE(item(*done, "certificate of rsp.c.example").there);
  CHECK_FALSE(item(*done, "certificate of rsp.c.example").for_activation);
  CHECK_FALSE(item(*done, "riskOwner").there);
  CHECK(item(*done, "riskOwner").for_activation);
  CHECK(host.reason(document()) == "berthctl.onboard");  // it is there now
}

TEST_CASE("a dry run, or a tenant that does not fit, changes nothing", "[berthctl]") {
  const HostFolder host;
  const std::string routes = host.read("routes.json");
  REQUIRE(onboard(host.host_file, document(), true).ok());
  struct Case {
    const char* reason;
    std::function<void(ordered_json&)> spoil;
  };
  const Case cases[] = {
      {"routes.eid_overlap", [](auto& d) { d["route"]["eidPrefix"] = "8904"; }},
      {"routes.duplicate_realm",
       [](auto& d) { d["route"]["activationRealm"] = "rsp.tenant-a.example"; }},
      {"routes.operator_conflict", [](auto& d) { d["route"]["mccMnc"][0] = "23450"; }},
      {"configuration.invalid", [](auto& d) { d["displayNmae"] = "typing error"; }},
      {"configuration.invalid", [](auto& d) { d.erase("tls"); }},
      {"routes.invalid", [](auto& d) { d["route"]["eidPrefix"] = "x"; }},
      {"berthctl.onboard", [](auto& d) { d["tenantId"] = "../escape"; }},
      {"berthctl.onboard", [](auto& d) { d["tenantId"] = 5; }},
      {"berthctl.onboard", [](auto& d) { d.erase("route"); }}};
  for (const Case& one : cases) {
    ordered_json spoilt = document();
    one.spoil(spoilt);
    CAPTURE(spoilt.dump());
    CHECK(host.reason(spoilt) == one.reason);
    CHECK(host.read("routes.json") == routes);
    CHECK(host.count() == 4);
  }
  CHECK(host.reason(ordered_json::array()) == "berthctl.onboard");
}

TEST_CASE("a host whose tenants are listed one by one, or whose files are broken, is told",
          "[berthctl]") {
  const HostFolder host;
  auto listed = tenancy::test::host_json();
  host.files.write("host.json", listed);
  CHECK(host.reason(document()) == "berthctl.onboard");
  host.files.write("host.json", std::string("{"));
  CHECK(host.reason(document()) == "berthctl.onboard");
  fs::remove(host.host_file);
  CHECK(host.reason(document()) == "berthctl.file");
}

TEST_CASE("answers become the same document", "[berthctl]") {
  std::vector<std::pair<std::string, std::string>> answers{
      {"tenantId", "tenant-c"},       {"displayName", "C"},
      {"eidPolicy", "managed"},       {"activationRealm", "rsp.c.example"},
      {"smdpEndpoint", ""},           {"eidPrefix", "89069"},
      {"mccMnc", "00103, 00104"},     {"certificateChain", "../tls/c.pem"},
      {"privateKey", "../tls/c.key"}, {"sandboxEids", "89069032001000000000000000000112"},
      {"riskOwner", "Host Ltd"},      {"retentionDays", "365"}};
  const auto made = document_of(answers);
  REQUIRE(made.ok());
  CHECK(made->at("route").at("smdpEndpoint") == "https://rsp.c.example/gsma/rsp2");
  CHECK(made->at("route").at("mccMnc").size() == 2);
  CHECK(made->at("policies").at("retention").at("eventsDays") == 365);
  CHECK_FALSE(made->at("policies").contains("interception"));
  answers.back().second = "a year";
  CHECK(document_of(answers).error().reason() == "berthctl.onboard");
  answers.pop_back();
  answers.erase(answers.begin());
  CHECK(document_of(answers).error().message().find("tenantId") != std::string::npos);
}

}  // namespace berth::berthctl
