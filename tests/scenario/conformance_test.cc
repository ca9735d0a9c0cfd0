// Goal: one set of checks for every topology. Whoever serves a tenant, its devices, its operator's
// system and the people who run it meet the same functions, answers and events; only the addresses
// differ. alpha is shared, tenant-03 has a berthd of its own, tenant-04 a partner's SM-DP+, which a
// third berthd stands in for and which tells the common host of its downloads over ES2+.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "kernel/passthrough/door.h"
#include "kernel/tenancy/topology.h"
#include "tests/faults/berthd_process.h"
#include "tests/scenario/operator_system.h"
#include "tools/berth-lpa/es9_client.h"
#include "tools/berthctl/client.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using Json = nlohmann::json;

constexpr const char* kRequester = "OP";
constexpr const char* kPartnerRequester = "FAR-SMDP";

// All that the checks know of where a tenant is served.
struct Place {
  std::string topology;
  World& world;  // of the SM-DP+: its certificates, and its folder with the operator's socket
  std::string tenant;
  std::string card;
  std::string others_card;              // of another tenant of the same SM-DP+
  World& asked;                         // the host whose operator API knows the tenant
  std::vector<std::string> stock = {};  // ICCIDs
  std::string others_code = {};

  std::string realm() const {
    return tenant == "alpha" ? "rsp.alpha.example" : "rsp." + tenant + ".example";
  }
};

// A port that was free a moment ago, for files that name it before anybody listens.
std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

WorldOptions with(WorldOptions options, const Json& host_members) {
  Json members = Json::parse(options.host_members);
  members.merge_patch(host_members);
  options.host_members = members.dump();
  options.more_tenants = 2;
  return options;
}

Json file_names(const tenancy::TlsIdentity& identity) {
  return {{"certificateChain", identity.certificate_chain.string()},
          {"privateKey", identity.private_key.string()}};
}

class Town {
 public:
  Town() {
    for (Place& place : places_) {
      for (int i = 0; i < 4; ++i) place.stock.push_back(place.world.stock(place.tenant).text());
      const std::string other = place.tenant == "alpha" ? "bravo" : "alpha";
      place.others_code = place.world.order(other).matching_id.text();
    }
    const tenancy::Configuration& configuration = shared_.host().configuration();
    auto started = passthrough::Door::start(
        *configuration.host.door, std::make_shared<const passthrough::Directory>(configuration));
    REQUIRE(started.ok());
    door_ = std::move(*started);
    for (World* world : {&far_, &own_, &shared_}) {
      world->stop();
      running_.push_back(std::make_unique<faults::BerthdProcess>(world->folder() / "host.json"));
    }
  }

  const std::vector<Place>& places() const { return places_; }
  std::unique_ptr<Phone> phone(const Place& place, const std::string& eid) {
    return place.world.phone(eid, door_->port());
  }
  static Json ask(const World& world, const std::string& path) {
    const auto answer =
        berthctl::Client({.socket = world.folder() / "operator.sock"}).get("/v1/" + path);
    if (!answer) FAIL(path << ": " << answer.error().message());
    return *answer;
  }
  // The operator's system at whoever takes the tenant's orders.
  OperatorClient orders(const Place& place) {
    const std::string address = ask(place.world, "status").at("es2");
    const auto port =
        static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
    return {system_, port, key_, kRequester};
  }

 private:
  Json caller(const std::string& tenant) const {
    return OperatorSystem::allowed("operator", {key_}, {{kRequester, tenant}});
  }
  WorldOptions own() const {
    return with(system_.options(Json::array({caller("tenant-03")})),
                {{"es9Listen", "unix:es9.sock"}});
  }
  // It knows the common host as an operator whom it tells of downloads.
  WorldOptions far() const {
    WorldOptions options = with(system_.options(Json::array({caller("tenant-04")})),
                                {{"es9Listen", "127.0.0.1:" + std::to_string(free_port())}});
    options.members_of["tenant-04"] = Json{
        {"progress",
         {{"url", "https://localhost:" + std::to_string(es2_port_)},
          {"client", file_names(partner_key_)},
          {"serverPins", {ingress::test::pin_of(system_.door().certificate_chain)}},
          {"requesterIdentifier",
           kPartnerRequester}}}}.dump();
    return options;
  }
  WorldOptions shared() {
    Json contract;
    for (const std::string_view cell : tenancy::kContractCells) {
      contract[std::string(cell)] = {
          {"owner", "partner"}, {"contact", "noc@far.example"}, {"nextDue", "2099-12-31"}};
    }
    const Json partner =
        OperatorSystem::allowed("far", {partner_key_}, {{kPartnerRequester, "tenant-04"}});
    WorldOptions options =
        with(system_.options(Json::array({caller("alpha"), partner})),
             {{"es9Listen", "unix:es9.sock"},
              {"door", {{"listen", "127.0.0.1:0"}}},
              {"es2plus", {{"listen", "127.0.0.1:" + std::to_string(es2_port_)}}}});
    options.elsewhere["tenant-03"] =
        Json{{"topology", "dedicated"},
             {"endpoint", "unix:" + (own_.folder() / "es9.sock").string()}}
            .dump();
    options.elsewhere["tenant-04"] = Json{
        {"topology", "partner"},
        {"endpoint", "127.0.0.1:" + std::to_string(far_.host().es9_port())},
        {"contract", contract}}.dump();
    return options;
  }

  OperatorSystem system_;
  const tenancy::TlsIdentity key_ = system_.key("operator");
  const tenancy::TlsIdentity partner_key_ = system_.key("far");
  const std::uint16_t es2_port_ = free_port();
  World own_{own()};
  World far_{far()};
  World shared_{shared()};
  std::vector<Place> places_ = {
      {"shared", shared_, "alpha", kAlphaEid, kBravoEid, shared_},
      {"dedicated", own_, "tenant-03", "89049103001000000000000000000122", kAlphaEid, own_},
      {"partner", far_, "tenant-04", "89049104001000000000000000000144", kAlphaEid, shared_}};
  std::unique_ptr<passthrough::Door> door_;
  std::vector<std::unique_ptr<faults::BerthdProcess>> running_;
};

std::string at(const Place& place, const std::string& token) {
  return "1$" + place.realm() + "$" + token;
}

// Orders one of the stock; the activation code.
std::string ordered(OperatorClient& orders, const Place& place, std::size_t number) {
  const std::string code = activation_code(orders.order({{"iccid", place.stock.at(number)}}));
  CHECK(code.starts_with("1$" + place.realm() + "$"));
  return code;
}

void check_order_calls(OperatorClient& orders, const Place& place) {
  const std::string& iccid = place.stock.at(3);
  CHECK(orders.outcome("downloadOrder", {{"iccid", "8900000000000000007"}}) == "8.2.1/3.9");
  CHECK(orders.outcome("confirmOrder", {{"iccid", iccid}, {"releaseFlag", true}}) == "8.2.1/3.5");
  CHECK(orders.outcome("downloadOrder", {{"iccid", iccid}}) == "Executed-Success");
  CHECK(orders.outcome("downloadOrder", {{"iccid", iccid}}) == "8.2.1/3.3");
  CHECK(orders.outcome("confirmOrder", {{"iccid", iccid}, {"releaseFlag", false}}) ==
        "Executed-Success");
  CHECK(orders.outcome("releaseProfile", {{"iccid", iccid}}) == "Executed-Success");
  CHECK(orders.outcome("releaseProfile", {{"iccid", iccid}}) == "8.2.1/3.5");
  // Its MatchingID belongs to a cancellation.
  CHECK(orders.outcome("cancelOrder",
                       {{"iccid", iccid}, {"finalProfileStatusIndicator", "Available"}}) ==
        "8.2.6/3.10");
}

void check_refusals(Town& town, const Place& place, const std::string& code) {
  auto phone = town.phone(place, place.card);
  CHECK(outcome_of(*phone, at(place, "AAAA-BBBB-CCCC-DDDD")) == "8.2.6/3.8");
  CHECK(outcome_of(*phone, at(place, place.others_code)) == "8.2.6/3.8");
  auto others = town.phone(place, place.others_card);
  CHECK(outcome_of(*others, code) == "8.1.1/3.8");
  // No function goes on with a transaction that nobody began.
  lpa::Es9Client client(phone->transport(), place.realm());
  const auto unknown = *TransactionId::parse_hex("00112233445566778899AABBCCDDEEFF");
  const Bytes nothing = {0xBF, 0x38, 0x00};
  CHECK_FALSE(client.authenticate_client(unknown, nothing).ok());
  CHECK_FALSE(client.get_bound_profile_package(unknown, nothing).ok());
  CHECK_FALSE(client.cancel_session(unknown, nothing).ok());
  CHECK(client.handle_notification(nothing).ok());  // taken off the card's hands, and dropped
}

void check_cancelling(Town& town, const Place& place, const std::string& code) {
  auto phone = town.phone(place, place.card);
  const auto stopped = [&](std::uint8_t reason) {
    lpa::DownloadOptions options;
    options.cancel_after = lpa::StopPoint::kAuthenticated;
    options.cancel_reason = reason;
    const auto report = phone->download(code, options);
    return report.ok() && report->end == lpa::DownloadEnd::kCancelled;
  };
  CHECK(stopped(lpa::kCancelPostponed));
  CHECK(stopped(lpa::kCancelEndUserRejection));  // the order was still there
  CHECK(outcome_of(*phone, code) == "8.2.6/3.8");
}

// What the operator API tells of the profile's download, once its last event is there.
std::vector<std::string> events_about(const Place& place, const std::string& iccid) {
  std::vector<std::string> told;
  for (int tries = 0; tries < 600; ++tries) {
    told.clear();
    const Json page = Town::ask(place.asked, "tenants/" + place.tenant + "/events?max=1000");
    for (const Json& event : page.at("events")) {
      const Json body = Json::parse(event.at("body").get<std::string>());
      if (body.value("iccid", "") != iccid || body.at("tenantId") != place.tenant) continue;
      const std::string type = event.at("type");
      if (type != "downloadProgress" && type != "profileBound" && type != "profileDownloadResult") {
        continue;
      }
      told.push_back(type + " " + body.value("stage", "") + body.value("result", "") +
                     body.value("resultCode", ""));
    }
    if (!told.empty() && told.back().starts_with("profileDownloadResult")) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return told;
}

void check_reports(const Place& place, const std::string& iccid) {
  CHECK(events_about(place, iccid) ==
        std::vector<std::string>{"downloadProgress authenticated", "profileBound bound",
                                 "profileDownloadResult SUCCESSRSP-2000"});
  const std::string tenant = "tenants/" + place.tenant;
  std::vector<std::string> steps;
  const Json story = Town::ask(place.asked, tenant + "/story?key=" + iccid);
  for (const Json& step : story.at("steps")) {
    const std::string type = step.at("type");
    if (type.starts_with("download.") && type != "download.refused") steps.push_back(type);
  }
  CHECK(steps ==
        std::vector<std::string>{"download.authenticated", "download.bound", "download.installed"});
  CHECK(Town::ask(place.asked, tenant + "/audit/verify").at("intact") == true);
  const Json shown = Town::ask(place.asked, tenant);
  CHECK(shown.at("ledger").at("lastEventSequence").get<int>() >= 3);
}

}  // namespace

TEST_CASE("every topology answers devices, operators' systems and operators alike",
          "[scenario][es2plus][R38:part][R40][R41]") {
  Town town;
  for (const Place& place : town.places()) {
    INFO(place.topology << ": " << place.tenant);
    OperatorClient orders = town.orders(place);
    const std::string code = ordered(orders, place, 0);
    check_refusals(town, place, code);
    auto phone = town.phone(place, place.card);
    CHECK(outcome_of(*phone, code) == "installed");
    CHECK(outcome_of(*phone, code) == "8.2.6/3.8");  // a code is used once
    check_reports(place, place.stock[0]);
    check_cancelling(town, place, ordered(orders, place, 1));
    check_order_calls(orders, place);
  }
  // What a partner's tenant orders is not placed here, nor does it have stock here.
  const Place& partner = town.places().back();
  const auto refused =
      berthctl::Client({.socket = partner.asked.folder() / "operator.sock"})
          .post("/v1/tenants/tenant-04/orders", {{"type", "sample"}, {"identifier", "x"}});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().reason() == "api.served_elsewhere");
}
