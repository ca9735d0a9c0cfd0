#include "kernel/smdpplus/es2_access.h"

#include "tests/kernel/smdpplus/es2_door_support.h"

namespace berth::smdpplus::testing {
namespace {

std::string who(const Result<const tenancy::Es2Operator*, rsp::RspError>& found) {
  return found ? (*found)->name : found.error().pair();
}

std::string where(Es2Scene& scene, const std::string& pin, const std::string& requester) {
  const Es2Client client = scene.client(pin);
  const auto caller = scene.access.identify(client);
  REQUIRE(caller.ok());
  const auto tenant = scene.access.admit(**caller, requester, client);
  return tenant ? (*tenant)->id().text() : tenant.error().pair();
}

}  // namespace

TEST_CASE("an operator is known by its key, by either of two while it rolls over",
          "[smdpplus][R9:part][R10]") {
  Es2Scene scene;
  CHECK(who(scene.access.identify(scene.client(kAlphaPin))) == "alpha-it");
  CHECK(who(scene.access.identify(scene.client(kAlphaNextPin))) == "alpha-it");
  CHECK(who(scene.access.identify(scene.client(kBravoPin))) == "bravo-it");
  CHECK(who(scene.access.identify(scene.client(std::string(64, '0')))) == "1.1/1.1");
  CHECK(who(scene.access.identify(std::nullopt)) == "1.1/1.1");
}

TEST_CASE("a certificate outside its time is nobody's, unless its operator may be late",
          "[smdpplus][R9:part]") {
  Es2Scene scene;
  Es2Client client = scene.client(kAlphaPin);
  client.not_after_ms = kStart - 1;
  CHECK(who(scene.access.identify(client)) == "1.1/1.1");
  client.not_after_ms = kStart;  // its last moment
  CHECK(who(scene.access.identify(client)) == "alpha-it");
  client.not_before_ms = kStart + 1;
  CHECK(who(scene.access.identify(client)) == "1.1/1.1");
  Es2Client late = scene.client(kBravoPin);  // bravo-it has acceptExpired
  late.not_after_ms = 1;
  CHECK(who(scene.access.identify(late)) == "bravo-it");
  late.not_before_ms = kStart + 1;
  late.not_after_ms = kStart + 2;
  CHECK(who(scene.access.identify(late)) == "1.1/1.1");
  CHECK(scene.audited() ==
        "es2.certificate_refused es2.certificate_refused es2.certificate_refused");
}

TEST_CASE("a key acts for its own tenants alone, told apart by the identifier", "[smdpplus][R10]") {
  Es2Scene scene;
  CHECK(where(scene, kAlphaPin, "OP-ALPHA") == "alpha");
  CHECK(where(scene, kAlphaPin, "OP-ALPHA-2") == "alpha");
  CHECK(where(scene, kBravoPin, "OP-BRAVO") == "bravo");
  CHECK(scene.audited().empty());
  CHECK(where(scene, kAlphaPin, "OP-BRAVO") == "1.1/1.2");
  CHECK(where(scene, kBravoPin, "OP-ALPHA") == "1.1/1.2");
  CHECK(where(scene, kBravoPin, "OP-NOBODY") == "1.1/1.2");
  CHECK(scene.audited() == "es2.requester_refused es2.requester_refused es2.requester_refused");
  const auto record = scene.host_audit().front();
  CHECK(record.payload->find("\"operator\":\"alpha-it\"") != std::string::npos);
  CHECK(record.payload->find("OP-BRAVO") != std::string::npos);
}

TEST_CASE("strangers are counted, not recorded singly; known ones up to a bound",
          "[smdpplus][R9:part]") {
  Es2Scene scene;
  for (int i = 0; i < 500; ++i) {
    CHECK(who(scene.access.identify(scene.client(std::string(64, 'f')))) == "1.1/1.1");
  }
  CHECK(scene.audited().empty());
  CHECK(scene.access.totals().at("unknown certificate") == 500);
  for (std::uint32_t i = 0; i < kMaxSingleEs2RefusalsPerMinute + 5; ++i) {
    CHECK(where(scene, kAlphaPin, "OP-BRAVO") == "1.1/1.2");
  }
  CHECK(scene.host_audit().size() == kMaxSingleEs2RefusalsPerMinute);
  scene.site.clock.advance(std::chrono::minutes(1));
  scene.access.housekeeping(false);
  const auto records = scene.host_audit();
  REQUIRE(records.size() == kMaxSingleEs2RefusalsPerMinute + 2);
  CHECK(records[records.size() - 2].type == "es2.refusals_aggregated");
  CHECK(records.back().payload->find("\"count\":\"500\"") != std::string::npos);
  CHECK(records[records.size() - 2].payload->find("\"count\":\"5\"") != std::string::npos);
  scene.access.housekeeping(true);
  CHECK(scene.host_audit().size() == records.size());
}

}  // namespace berth::smdpplus::testing
