#include "kernel/host/es2_door.h"

#include <catch2/catch.hpp>

#include "tests/scenario/world.h"

namespace berth::host {
namespace {

ingress::HttpRequest request(const std::optional<ingress::ClientCertificate>& client) {
  ingress::HttpRequest made;
  made.request_id = "test";
  made.method = "POST";
  made.path = "/gsma/rsp2/es2plus/downloadOrder";
  made.content_type = "application/json";
  made.body = R"({"header":{"functionRequesterIdentifier":"OP-1","functionCallIdentifier":"c-1"},)"
              R"("profileType":"nothing"})";
  made.peer_address = "192.0.2.1";
  made.client = client;
  return made;
}

}  // namespace

TEST_CASE("the key of the handshake says who calls, and nobody else does", "[host][R9:part]") {
  scenario::World world;
  const SystemClock clock;
  const std::string pin(64, 'a');
  smdpplus::Es2Access access({{"alpha-it", {pin}, {{"OP-1", *TenantId::parse("alpha")}}}},
                             world.host().tenants(), world.host().ledger(), clock);
  Es2Door door(access);
  const UnixMs now = clock.now_ms();
  const auto known =
      door.handle(request(ingress::ClientCertificate{pin, "CN=op", 0, now + 60'000}));
  CHECK(known.status == 200);
  CHECK(known.body.find("8.2.5") != std::string::npos);
  CHECK(known.headers == decltype(known.headers){{"X-Admin-Protocol", "gsma/rsp/v2.5.0"}});
  const auto stranger = door.handle(
      request(ingress::ClientCertificate{std::string(64, 'b'), "CN=op", 0, now + 60'000}));
  CHECK(stranger.body.find("\"1.1\"") != std::string::npos);
  CHECK(door.handle(request(std::nullopt)).body == stranger.body);
}

}  // namespace berth::host
