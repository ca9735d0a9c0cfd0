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
  const OperatorDesk desk(world.host(), world.clock());
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
  const OperatorDesk desk(world.host(), world.clock());
  CHECK(bad_findings(desk, "alpha.key.pem").empty());
  fs::permissions(world.folder() / "tls/alpha.key.pem",
                  fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  const auto bad = bad_findings(desk, "alpha.key.pem");
  REQUIRE(bad.size() == 1);
  CHECK_FALSE(bad.front().remedy.empty());
}

TEST_CASE("a TLS file that is no certificate any more is a red line", "[host]") {
  World world;
  const OperatorDesk desk(world.host(), world.clock());
  std::ofstream(world.folder() / "tls/bravo.pem") << "gone";
  CHECK(bad_findings(desk, "DPtls rsp.bravo.example").size() == 1);
  CHECK(bad_findings(desk, "DPtls rsp.alpha.example").empty());
}

TEST_CASE("the desk answers the operator API with the host's own version", "[host]") {
  World world;
  OperatorDesk desk(world.host(), world.clock());
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

TEST_CASE("only signing keys are taken in", "[host]") {
  World world;
  OperatorDesk desk(world.host(), world.clock());
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
