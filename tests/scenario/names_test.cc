// A realm's names over real sockets: however a client spells it, under the alias of later versions,
// and after the tenant moved to another.

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/rsp/der/der.h"
#include "tests/scenario/raw_client.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using nlohmann::json;

// How one client says the server's name.
struct Spelling {
  const char* sni;
  const char* host;
  const char* address;  // smdpAddress
};

// An LPA that says every name as it is told to, over a TLS client that does not check the server's.
class SpellingLpa {
 public:
  SpellingLpa(World& world, Phone& phone, const Spelling& spelling)
      : card_(phone.card()), spelling_(spelling), client_(world.host().es9_port(), spelling.sni) {}

  bool connected() const { return client_.connected(); }
  // Downloads and reports; the server's name as it stood in what the server signed.
  std::string download(const std::string& matching_id) {
    const json first =
        post("initiateAuthentication", {{"euiccChallenge", to_base64(card_.euicc_challenge())},
                                        {"euiccInfo1", to_base64(card_.euicc_info1())},
                                        {"smdpAddress", spelling_.address}});
    const auto card = card_.authenticate_server(
        {octets(first, "serverSigned1"), octets(first, "serverSignature1"),
         octets(first, "euiccCiPKIdToBeUsed"), octets(first, "serverCertificate"), matching_id,
         kDevice});
    REQUIRE(card.ok());
    REQUIRE_FALSE(card->error.has_value());
    const json id = first.at("transactionId");
    const json second =
        post("authenticateClient",
             {{"transactionId", id}, {"authenticateServerResponse", to_base64(card->der)}});
    const auto prepared =
        card_.prepare_download({octets(second, "smdpSigned2"), octets(second, "smdpSignature2"),
                                octets(second, "smdpCertificate"), std::nullopt});
    REQUIRE(prepared.ok());
    REQUIRE_FALSE(prepared->error.has_value());
    const json third =
        post("getBoundProfilePackage",
             {{"transactionId", id}, {"prepareDownloadResponse", to_base64(prepared->der)}});
    const auto installed = card_.load_bound_profile_package(octets(third, "boundProfilePackage"));
    REQUIRE(installed.ok());
    REQUIRE_FALSE(installed->failure.has_value());
    send("handleNotification", {{"pendingNotification", to_base64(installed->der)}});
    CHECK(client_.receive().status == 204);
    return std::string(as_text(octets(first, "serverSigned1")));
  }

 private:
  static Bytes octets(const json& answer, const char* member) {
    auto decoded = from_base64(answer.at(member).get<std::string>());
    REQUIRE(decoded.ok());
    return std::move(*decoded);
  }
  void send(const std::string& function, const json& body) {
    const std::string text = body.dump();
    client_.send("POST /gsma/rsp2/es9plus/" + function + " HTTP/1.1\r\nHost: " + spelling_.host +
                 "\r\nContent-Type: application/json\r\nX-Admin-Protocol: gsma/rsp/v2.5.0\r\n"
                 "Content-Length: " +
                 std::to_string(text.size()) + "\r\n\r\n" + text);
  }
  json post(const std::string& function, const json& body) {
    send(function, body);
    const RawReply reply = client_.receive();
    REQUIRE(reply.status == 200);
    json answer = json::parse(reply.body);
    INFO(reply.body.substr(0, 300));
    REQUIRE(answer.at("header").at("functionExecutionStatus").at("status") == "Executed-Success");
    return answer;
  }

  euicc::Card& card_;
  Spelling spelling_;
  RawClient client_;
};

json read_json(const std::filesystem::path& file) {
  std::ifstream input(file);
  return json::parse(input);
}
void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

// alpha moves to another realm and keeps answering under the old one; the port stays.
void move_alpha(World& world, const std::string& realm) {
  const std::uint16_t port = world.host().es9_port();
  world.stop();
  json routes = read_json(world.folder() / "routes.json");
  json& route = routes.at("tenantRoutes").at(0);
  REQUIRE(route.at("tenantId") == "alpha");
  route["formerRealms"] = {route.at("activationRealm")};
  const std::string former = route.at("activationRealm");
  route["activationRealm"] = realm;
  write_text(world.folder() / "routes.json", routes.dump());
  const auto tls =
      world.ci().issue_server({.role = testpki::ServerRole::kDpTls, .dns_names = {realm, former}});
  REQUIRE(tls.ok());
  write_text(world.folder() / "tls/alpha.pem", tls->certificate_pem());
  const SecretBytes key = tls->key_pem();
  write_text(world.folder() / "tls/alpha.key.pem", std::string(as_text(key.view())));
  json host = read_json(world.folder() / "host.json");
  host["es9Listen"] = "127.0.0.1:" + std::to_string(port);
  write_text(world.folder() / "host.json", host.dump());
  world.start();
}

}  // namespace

TEST_CASE("a client may spell the realm as it likes, and its own spelling is signed",
          "[scenario][R48]") {
  World world;
  const Spelling spellings[] = {
      {"rsp.alpha.example", "rsp.alpha.example", "rsp.alpha.example"},
      {"RSP.ALPHA.EXAMPLE", "RSP.ALPHA.EXAMPLE:443", "RSP.ALPHA.EXAMPLE.:443"},
      {"Rsp.Alpha.Example", "rsp.alpha.example.", "rsp.alpha.example."},
      {"rsp3-rsp.alpha.example", "rsp3-rsp.alpha.example", "rsp3-rsp.alpha.example"},
      {"rsp3-rsp.alpha.example", "rsp3-rsp.alpha.example", "rsp.alpha.example"},
  };
  auto phone = world.phone(kAlphaEid);
  for (const Spelling& spelling : spellings) {
    CAPTURE(spelling.sni, spelling.host, spelling.address);
    const auto order = world.order("alpha");
    SpellingLpa lpa(world, *phone, spelling);
    REQUIRE(lpa.connected());
    const std::string server_signed = lpa.download(order.matching_id.text());
    CHECK(server_signed.find(spelling.address) != std::string::npos);
    CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  }
}

TEST_CASE("no name and a name of nobody's end the handshake, another realm's Host the request",
          "[scenario][R46]") {
  World world;
  const auto& counters = world.host().ingress_counters();
  for (const char* name : {"", "rsp.nobody.example", "rsp3-rsp.nobody.example", "alpha.example"}) {
    CAPTURE(name);
    CHECK_FALSE(RawClient(world.host().es9_port(), name).connected());
  }
  CHECK(counters.unknown_server_name == 4);
  RawClient client(world.host().es9_port(), "rsp.alpha.example");
  REQUIRE(client.connected());
  client.send(
      "POST /gsma/rsp2/es9plus/initiateAuthentication HTTP/1.1\r\nHost: rsp.bravo.example\r\n"
      "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(client.receive().status == 421);
}

TEST_CASE("profiles of a realm that moved still report, and its old codes still install",
          "[scenario][R48]") {
  World world;
  auto phone = world.phone(kAlphaEid);
  const auto installed = world.order("alpha");
  REQUIRE(phone->download(installed.activation_code).ok());
  const auto printed = world.order("alpha");  // on paper under the old name

  move_alpha(world, "esim.alpha.example");
  const auto newer = world.order("alpha");
  CHECK(newer.activation_code.find("ESIM.ALPHA.EXAMPLE") != std::string::npos);

  // The installed profile keeps its server's address for life.
  REQUIRE(phone->card().enable_profile(installed.iccid).ok());
  const auto events = world.events("alpha").size();
  const auto sent = phone->send_notifications();
  REQUIRE(sent.size() == 1);
  CHECK(sent.front().address == "rsp.alpha.example");
  CHECK_FALSE(sent.front().failure.has_value());
  CHECK(world.events("alpha").size() > events);

  for (const auto& order : {printed, newer}) {
    CAPTURE(order.activation_code);
    auto fresh_phone = world.phone(kAlphaEid);
    const auto report = fresh_phone->download(order.activation_code);
    INFO((report ? "" : report.error().message));
    REQUIRE(report.ok());
    CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  }
}
