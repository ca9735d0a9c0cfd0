// A hostile peer: whatever comes in, the answer is the protocol's own, nothing changes in the
// ledger, and the host goes on.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "kernel/rsp/der/der.h"
#include "tests/scenario/raw_client.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

constexpr const char* kRealm = "rsp.alpha.example";
const std::string kBase = "/gsma/rsp2/es9plus/";  // NOLINT: a test

std::string status_of(const std::string& body) {
  const auto json = nlohmann::json::parse(body);
  const auto& status = json.at("header").at("functionExecutionStatus");
  if (status.at("status") != "Failed") return status.at("status");
  const auto& data = status.at("statusCodeData");
  return data.at("subjectCode").get<std::string>() + "/" + data.at("reasonCode").get<std::string>();
}

}  // namespace

TEST_CASE("unreadable requests are 400, unknown paths 404, other methods 405", "[scenario]") {
  World world;
  const std::uint16_t port = world.host().es9_port();
  for (const char* body : {"", "{", "[]", "null", "{\"transactionId\":7}",
                           "{\"transactionId\":\"00\",\"authenticateServerResponse\":\"!!\"}",
                           "{\"transactionId\":\"00\",\"authenticateServerResponse\":\"vzg=\"}",
                           "{\"transactionId\":\"0\",\"authenticateServerResponse\":\"vzgA\"}"}) {
    INFO(body);
    const RawReply reply = RawClient(port, kRealm).post(kBase + "authenticateClient", body);
    CHECK(reply.status == 400);
    CHECK(reply.body.empty());  // no stack trace, no detail
  }
  CHECK(RawClient(port, kRealm).post(kBase + "noSuchFunction", "{}").status == 404);
  CHECK(RawClient(port, kRealm).post("/", "{}").status == 404);
  RawClient get(port, kRealm);
  get.send("GET " + kBase + "initiateAuthentication HTTP/1.1\r\nHost: rsp.alpha.example\r\n\r\n");
  CHECK(get.receive().status == 405);
  CHECK(world.events("alpha").empty());
}

TEST_CASE("oversize, truncated and slow bodies end at the door", "[scenario]") {
  WorldOptions options;
  options.max_body_bytes = 8192;
  options.request_deadline_ms = 1500;
  World world(options);
  const std::uint16_t port = world.host().es9_port();
  CHECK(RawClient(port, kRealm).post(kBase + "authenticateClient", std::string(9000, 'x')).status ==
        413);
  {
    RawClient truncated(port, kRealm);
    truncated.send("POST " + kBase +
                   "authenticateClient HTTP/1.1\r\nHost: rsp.alpha.example\r\n"
                   "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{");
    const RawReply reply = truncated.receive(10);
    CHECK((reply.status == 0 || reply.status == 408));
  }
  {
    RawClient smuggler(port, kRealm);
    smuggler.send("POST " + kBase +
                  "authenticateClient HTTP/1.1\r\nHost: rsp.alpha.example\r\n"
                  "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    CHECK(smuggler.receive().status == 400);
  }
  // The host still serves.
  const auto order = world.order("alpha");
  CHECK(world.phone(kAlphaEid)->download(order.activation_code).ok());
}

TEST_CASE("calls out of order and foreign transactions are 8.10.1/3.9", "[scenario]") {
  World world;
  auto phone = world.phone(kAlphaEid);
  auto& card = phone->card();
  lpa::Es9Client client(phone->transport(), kRealm);
  const auto begun = client.initiate_authentication(card.euicc_challenge(), card.euicc_info1());
  REQUIRE(begun.ok());
  const auto answer = card.authenticate_server({begun->server_signed1, begun->server_signature1,
                                                begun->ci_key_id_to_be_used,
                                                begun->server_certificate, "", kDevice});
  REQUIRE(answer.ok());
  SECTION("a package before authentication") {
    const Bytes body = rsp::der::tlv(
        0xBF21, rsp::der::tlv(0xA1, {rsp::der::tlv(0x80, begun->transaction_id.octets()),
                                     rsp::der::tlv(0x02, Bytes{0x01})}));
    const auto early = client.get_bound_profile_package(begun->transaction_id, body);
    REQUIRE_FALSE(early.ok());
    CHECK(early.error().subject_code == "8.10.1");
  }
  SECTION("a transaction nobody began") {
    const auto foreign =
        client.authenticate_client(*TransactionId::from_octets(Bytes(16, 0x42)), answer->der);
    REQUIRE_FALSE(foreign.ok());
    CHECK(foreign.error().subject_code == "8.10.1");
  }
  SECTION("the same answer twice") {
    static_cast<void>(client.authenticate_client(begun->transaction_id, answer->der));
    const auto replayed = client.authenticate_client(begun->transaction_id, answer->der);
    REQUIRE_FALSE(replayed.ok());
    CHECK(replayed.error().subject_code == "8.10.1");
  }
}

TEST_CASE("an altered octet anywhere in the card's answer is refused and commits nothing",
          "[scenario]") {
  World world;
  const auto order = world.order("alpha");
  const std::size_t events = world.events("alpha").size();
  auto phone = world.phone(kAlphaEid);
  auto& card = phone->card();
  lpa::Es9Client client(phone->transport(), kRealm);
  const unsigned seed = 20260501;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 40; ++round) {
    const auto begun = client.initiate_authentication(card.euicc_challenge(), card.euicc_info1());
    REQUIRE(begun.ok());
    auto answer = card.authenticate_server({begun->server_signed1, begun->server_signature1,
                                            begun->ci_key_id_to_be_used, begun->server_certificate,
                                            order.matching_id.text(), kDevice});
    REQUIRE(answer.ok());
    Bytes altered = answer->der;
    altered[random() % altered.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    const auto refused = client.authenticate_client(begun->transaction_id, altered);
    CHECK_FALSE(refused.ok());
  }
  CHECK(world.events("alpha").size() == events);
  CHECK(world.profile_state("alpha", order.iccid) == "Released");
  CHECK(phone->download(order.activation_code).ok());
}

TEST_CASE("address, version and certificate issuers are refused with their own pairs",
          "[scenario]") {
  World world;
  auto phone = world.phone(kAlphaEid);
  const auto ask = [&](const std::string& address, ByteView info) {
    const std::string body = nlohmann::json{
        {"euiccChallenge", to_base64(Bytes(16, 1))},
        {"euiccInfo1", to_base64(info)},
        {"smdpAddress", address}}.dump();
    return RawClient(world.host().es9_port(), kRealm).post(kBase + "initiateAuthentication", body);
  };
  const Bytes good = phone->card().euicc_info1();
  const auto info = [&](Bytes svn, const Bytes& verification, const Bytes& signing) {
    const auto list = [](std::uint32_t tag, const Bytes& id) {
      return rsp::der::tlv(tag, rsp::der::tlv(0x04, id));
    };
    return rsp::der::tlv(0xBF20,
                         {rsp::der::tlv(0x82, svn), list(0xA9, verification), list(0xAA, signing)});
  };
  const Bytes ours = world.ci().subject_key_id();
  const Bytes other(20, 0x11);
  const Bytes version2 = {2, 2, 2};
  CHECK(status_of(ask(kRealm, good).body) == "Executed-Success");
  CHECK(status_of(ask("RSP.Alpha.Example.:443", good).body) == "Executed-Success");
  CHECK(status_of(ask("rsp.bravo.example", good).body) == "8.8.1/3.8");
  CHECK(status_of(ask(kRealm, info({3, 0, 0}, ours, ours)).body) == "8.8.3/3.1");
  CHECK(status_of(ask(kRealm, info(version2, other, other)).body) == "8.8.2/3.1");
  CHECK(status_of(ask(kRealm, info(version2, other, ours)).body) == "8.8.4/3.7");
  CHECK(status_of(ask(kRealm, info(version2, ours, {0x12, 0x34})).body) == "8.8.2/3.1");
}

TEST_CASE("notifications that prove nothing are acknowledged and change nothing", "[scenario]") {
  World world;
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  lpa::DownloadOptions options;
  options.abandon_after = lpa::StopPoint::kBound;
  REQUIRE(phone->download(order.activation_code, options).ok());
  const std::size_t events = world.events("alpha").size();

  // A result of a transaction nobody knows, well-formed (published vector).
  const auto pir = from_hex(
      "BF3781AFBF27698010000102030405060708090A0B0C0D0E0FBF2F2E800101810207800C1974657374736D64"
      "70706C7573312E6578616D706C652E636F6D5A0A98001032547698103214060388370AA21FA01D4F10A00000"
      "05591010FFFFFFFF890000010004093007A00530038001005F374098D77DE8BA6435C90D21D2AF166E3E4463"
      "5DE34B62EBE33C7296A847EE3551E38E348327E3D17DB44DB2AEAF0B08269B64FFAE2787B57AFE7706E702C7"
      "228912");
  REQUIRE(pir.ok());
  lpa::Es9Client client(phone->transport(), kRealm);
  CHECK(client.handle_notification(*pir).ok());
  CHECK(world.events("alpha").size() == events);
  CHECK(world.profile_state("alpha", order.iccid) == "Downloaded");
}

TEST_CASE("a notification nobody can decode is acknowledged, or the phone would send it for ever",
          "[scenario]") {
  World world;
  const std::uint16_t port = world.host().es9_port();
  const auto notify = [&](const std::string& pending) {
    return RawClient(port, kRealm)
        .post(kBase + "handleNotification", R"({"pendingNotification":")" + pending + "\"}")
        .status;
  };
  CHECK(notify(to_base64(Bytes{0xBF, 0x37, 0x00})) == 204);
  CHECK(notify(to_base64(Bytes{0x30, 0x03, 0x01})) == 204);
  CHECK(notify("!!") == 400);
  CHECK(world.events("alpha").empty());
}

TEST_CASE("a code that can be no MatchingID is refused like one nobody issued", "[scenario]") {
  World world;
  auto phone = world.phone(kAlphaEid);
  auto& card = phone->card();
  lpa::Es9Client client(phone->transport(), kRealm);
  const auto begun = client.initiate_authentication(card.euicc_challenge(), card.euicc_info1());
  REQUIRE(begun.ok());
  const auto answer = card.authenticate_server({begun->server_signed1, begun->server_signature1,
                                                begun->ci_key_id_to_be_used,
                                                begun->server_certificate, "A B$C", kDevice});
  REQUIRE(answer.ok());
  const auto refused = client.authenticate_client(begun->transaction_id, answer->der);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().subject_code == "8.2.6");
  CHECK(refused.error().reason_code == "3.8");
}
