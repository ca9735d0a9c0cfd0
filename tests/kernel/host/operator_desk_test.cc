#include "kernel/host/operator_desk.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "kernel/host/version.h"
#include "tests/scenario/world.h"

namespace berth::host {
namespace {

namespace fs = std::filesystem;
using scenario::World;

std::vector<api::Finding> bad_findings(const OperatorDesk& desk, const std::string& about) {
  std::vector<api::Finding> found;
  for (const api::Finding& finding : desk.examine().findings) {
    const bool meant = (finding.name + finding.detail).find(about) != std::string::npos;
    if (meant && finding.grade == api::Grade::kRed) found.push_back(finding);
  }
  return found;
}

}  // namespace

TEST_CASE("the doctor looks at every certificate, key and secret file of the host", "[host]") {
  World world;
  const OperatorDesk desk(world.host(), world.clock(), world.random());
  const auto report = desk.examine();
  for (const char* expected : {"DPauth 2.999.10", "DPpb 2.999.10", "DPtls rsp.alpha.example",
                               "DPtls rsp.bravo.example", "alpha.key.pem", "es9plus"}) {
    INFO(expected);
    bool found = false;
    for (const api::Finding& finding : report.findings) {
      found |= (finding.name + finding.detail).find(expected) != std::string::npos;
      if (finding.grade != api::Grade::kOk) CHECK_FALSE(finding.remedy.empty());
    }
    CHECK(found);
  }
  CHECK(bad_findings(desk, "DP").empty());
}

TEST_CASE("a secret file others can read is a red line with its remedy", "[host]") {
  World world;
  const OperatorDesk desk(world.host(), world.clock(), world.random());
  CHECK(bad_findings(desk, "alpha.key.pem").empty());
  fs::permissions(world.folder() / "tls/alpha.key.pem",
                  fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  const auto bad = bad_findings(desk, "alpha.key.pem");
  REQUIRE(bad.size() == 1);
  CHECK_FALSE(bad.front().remedy.empty());
}

TEST_CASE("each draft plugin has a line that says how it is", "[host][R122:part]") {
  const std::string puppet = std::string(BERTH_BAD_PLUGINS) + "/puppet.so";
  const auto bind = [&](const char* slot, const std::string& config) {
    return std::string("\"") + slot + R"(":{"library":")" + puppet + R"(","config":)" + config +
           R"(,"breaker":{"failures":1}})";
  };
  World world({.members_of = {{"alpha", "{" + bind("registrar", R"({"name":"a"})") + "," +
                                            bind("rating", R"({"name":"b","degraded":1})") + "," +
                                            bind("bss", R"({"name":"c","fails":"9"})") + "}"},
                              {"bravo", "{" + bind("bss", R"({"name":"d","away":1})") + "}"}}});
  const OperatorDesk desk(world.host(), world.clock(), world.random());
  const auto line = [&](const std::string& name) {
    for (const api::Finding& finding : desk.examine().findings) {
      if (finding.name == name) return finding;
    }
    FAIL("no line for " + name);
    return api::Finding{};
  };
  CHECK(line("registrar alpha").grade == api::Grade::kOk);
  CHECK(line("bss alpha").grade == api::Grade::kOk);
  CHECK(line("rating alpha").grade == api::Grade::kWarn);
  CHECK(line("rating alpha").detail.find("as the test wants") != std::string::npos);
  CHECK(line("bss bravo").grade == api::Grade::kRed);
  CHECK(line("bss bravo").detail.find("not serving") != std::string::npos);
  // What a tenant's calls meet is what operators see.
  const plugins::Op op{"test", "", std::chrono::nanoseconds::max()};
  CHECK_FALSE(world.tenant("alpha").bss()->check_order(op, "{}"));
  CHECK(world.tenant("alpha").bss()->check_order(op, "{}").error().reason() ==
        "plugin.breaker_open");
  CHECK(line("bss alpha").grade == api::Grade::kRed);
  CHECK(line("bss alpha").detail.find("breaker open") != std::string::npos);
  CHECK_FALSE(line("bss alpha").remedy.empty());
  PluginDesk plugins(world.host().configuration().host, world.host().tenant_files(),
                     world.host().bindings(), world.host().ledger(), world.clock());
  REQUIRE(plugins.swap({"alpha", "bss", "", R"({"name":"e"})"}));
  CHECK(world.tenant("alpha").bss()->check_order(op, "{}")->reason == "e");
  CHECK(line("bss alpha").grade == api::Grade::kOk);
  CHECK(plugins.swap({"alpha", "rating", "", R"({"name":"f","fail-start":1})"}).error().reason() ==
        "test.unavailable");
  CHECK(line("rating alpha").grade == api::Grade::kWarn);  // it stays as it was
}

TEST_CASE("a TLS file that is no certificate any more is a red line", "[host]") {
  World world;
  const OperatorDesk desk(world.host(), world.clock(), world.random());
  std::ofstream(world.folder() / "tls/bravo.pem") << "gone";
  CHECK(bad_findings(desk, "DPtls rsp.bravo.example").size() == 1);
  CHECK(bad_findings(desk, "DPtls rsp.alpha.example").empty());
}

TEST_CASE("the desk answers the operator API with the host's own version", "[host]") {
  World world;
  OperatorDesk desk(world.host(), world.clock(), world.random());
  ingress::HttpRequest request;
  request.request_id = "test";
  request.method = "GET";
  request.path = "/v1/status";
  const auto answer = desk.handle(request);
  CHECK(answer.status == 200);
  CHECK(answer.body.find(std::string(kVersion)) != std::string::npos);
  CHECK(answer.body.find(world.host().es9_address()) != std::string::npos);
  CHECK(answer.body.find(R"("es9Door":{"connections":)") != std::string::npos);
}

TEST_CASE("a large body is taken from an operator, not from who has any certificate or user id",
          "[host]") {
  scenario::WorldOptions options;
  options.host_members = R"({"operators": [
      {"name": "anna", "roles": ["operator", "auditor"], "uid": 71001},
      {"name": "bert", "roles": ["approver"], "uid": 71002}]})";
  World world(options);
  const OperatorDesk desk(world.host(), world.clock(), world.random());
  ingress::HttpRequest head;
  CHECK(desk.body_limit(head) == 4096);
  head.peer_uid = 71001;
  CHECK(desk.body_limit(head) == api::kMaxRequestBytes);
  head.peer_uid = 71003;
  CHECK(desk.body_limit(head) == 4096);
  head.peer_uid.reset();
  head.client = ingress::ClientCertificate{std::string(64, 'a'), "CN=mallory", 0,
                                           world.clock().now_ms() + 60'000};
  CHECK(desk.body_limit(head) == 4096);
}

TEST_CASE("only signing keys are taken in", "[host]") {
  World world;
  OperatorDesk desk(world.host(), world.clock(), world.random());
  const SecretBytes pem = testpki::key_to_pem(testpki::generate_key(Curve::kP256, world.random()));
  std::string escaped;
  for (const char c : as_text(pem.view())) escaped += c == '\n' ? "\\n" : std::string(1, c);
  ingress::HttpRequest request;
  request.request_id = "test";
  request.method = "POST";
  request.path = "/v1/pki/keys";
  request.content_type = "application/json";
  request.body = R"({"reference": "extra", "usage": "agree", "pem": ")" + escaped + "\"}";
  const auto answer = desk.handle(request);
  CHECK(answer.status >= 400);
  CHECK(answer.body.find("key.usage_unsupported") != std::string::npos);
  CHECK(answer.body.find("BEGIN") == std::string::npos);
}

}  // namespace berth::host
