// Who may do what on a whole host, and what two people can do together that nobody can alone.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using nlohmann::json;

constexpr const char* kOtherAlphaEid = "89049032001000000000000000000209";
enum Uid : std::uint32_t { kAnna = 71001, kBert = 71002, kAcme = 71003, kNobody = 71009 };

WorldOptions with_operators() {
  WorldOptions options;
  options.host_members = R"({
    "twoPeople": true,
    "operators": [
      {"name": "anna", "roles": ["operator"], "uid": 71001},
      {"name": "bert", "roles": ["approver", "auditor"], "uid": 71002},
      {"name": "acme", "roles": ["tenant"], "tenant": "alpha", "uid": 71003}
    ]})";
  return options;
}

struct Answer {
  int status;
  json body;
  std::string reason() const {
    return body.contains("error") ? body.at("error").at("reason").get<std::string>() : "";
  }
};

// The desk of the world's host, asked as the door would with the peer's user id.
class Desk {
 public:
  explicit Desk(World& world) : desk_(world.host(), world.clock(), world.random()) {}
  Answer ask(Uid who, const std::string& method, const std::string& target,
             const json& body = json()) {
    ingress::HttpRequest request;
    request.request_id = "test";
    request.peer_uid = who;
    request.method = method;
    request.path = "/v1/" + target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
    if (!body.is_null()) request.body = body.dump();
    const auto response = desk_.handle(request);
    return {response.status, json::parse(response.body)};
  }
  Answer post(Uid who, const std::string& target, const json& body = json::object()) {
    return ask(who, "POST", target, body);
  }
  host::OperatorDesk& desk() { return desk_; }

 private:
  host::OperatorDesk desk_;
};

std::string pair_of(const lpa::Failure& failure) {
  return failure.subject_code + "/" + failure.reason_code;
}

// An order on the code of a profile that is there.
smdpplus::OrderAnswer order_again(World& world, const Iccid& iccid) {
  smdpplus::OrderRequest request;
  request.requester = "operator";
  request.identifier = world.random().uuid();
  request.iccid = iccid;
  auto order = smdpplus::create_order(world.tenant("alpha"), "test", request);
  REQUIRE(order.ok());
  return *order;
}

}  // namespace

TEST_CASE("a profile whose card is lost is released by two people, and by no one alone",
          "[scenario][R106]") {
  World world(with_operators());
  Desk desk(world);
  const auto order = world.order("alpha");
  auto lost = world.phone(kAlphaEid);
  lost->install_silently(order.activation_code);
  const std::string iccid(order.iccid.text());
  const std::string release = "tenants/alpha/profiles/" + iccid + "/release-quarantine";
  const json wish{{"profile", "Available"}, {"reason", "the phone is at the bottom of a lake"}};

  CHECK(desk.post(kAnna, "tenants/alpha/orders/" + iccid + "/cancel",
                  {{"identifier", "c1"}, {"profile", "Available"}})
            .status == 409);
  CHECK(desk.post(kBert, release, wish).reason() == "access.role");
  const Answer asked = desk.post(kAnna, release, wish);
  INFO(asked.body.dump());
  REQUIRE(asked.status == 200);
  CHECK(asked.body.at("state") == "pending");
  CHECK(world.profile_state("alpha", order.iccid) == "Downloaded");

  const std::string approve = "approvals/" + asked.body.at("id").get<std::string>() + "/approve";
  const json digest{{"digest", asked.body.at("digest")}};
  CHECK(desk.post(kAnna, approve, digest).status == 403);
  CHECK(world.profile_state("alpha", order.iccid) == "Downloaded");
  const Answer done = desk.post(kBert, approve, digest);
  INFO(done.body.dump());
  REQUIRE(done.status == 200);
  CHECK(done.body.at("state") == "done");
  CHECK(world.profile_state("alpha", order.iccid) == "Available");
  CHECK(desk.post(kBert, approve, digest).reason() == "approval.decided");
  CHECK(world.audit("alpha").back().type == "quarantine.released");
  CHECK(world.events("alpha").back().type == "profileQuarantineReleased");

  // Another card takes it; what the lost one may still say is heard and changes nothing.
  const auto again = order_again(world, order.iccid);
  CHECK(world.phone(kOtherAlphaEid)->download(again.activation_code).ok());
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  lost->send_notifications();
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  CHECK(desk.post(kAnna, release, wish).reason() == "quarantine.installed");
}

TEST_CASE("a profile without quarantine is not released, whoever asks", "[scenario][R106:part]") {
  World world(with_operators());
  Desk desk(world);
  const auto order = world.order("alpha");
  const json wish{{"profile", "Unavailable"}, {"reason", "because"}};
  const auto release = [&](const std::string& iccid) {
    return desk.post(kAnna, "tenants/alpha/profiles/" + iccid + "/release-quarantine", wish);
  };
  CHECK(release(std::string(order.iccid.text())).reason() == "quarantine.none");
  CHECK(release("8944500000000000014").reason() == "profile.unknown");
  CHECK(release("8944500000000000019").reason() == "api.iccid");
  CHECK(desk.ask(kBert, "GET", "approvals").body.at("approvals").empty());
}

TEST_CASE("a release that is carried out twice happens once", "[scenario][R106:part]") {
  World world(with_operators());
  const auto order = world.order("alpha");
  world.phone(kAlphaEid)->install_silently(order.activation_code);
  const smdpplus::QuarantineRelease release{world.random().uuid(), order.iccid,
                                            lifecycle::ReleaseTo::kAvailable};
  REQUIRE(smdpplus::release_quarantine(world.tenant("alpha"), release).ok());
  const std::size_t told = world.audit("alpha").size();
  const auto again = order_again(world, order.iccid);
  // As after a crash: the same approval once more, though the profile serves somebody else by now.
  REQUIRE(smdpplus::release_quarantine(world.tenant("alpha"), release).ok());
  CHECK(world.audit("alpha").size() == told + 1);
  CHECK(world.profile_state("alpha", order.iccid) == "Released");
  smdpplus::QuarantineRelease other = release;
  other.approval_id = world.random().uuid();
  CHECK(smdpplus::release_quarantine(world.tenant("alpha"), other).error().reason() ==
        "quarantine.none");
}

TEST_CASE("a suspended tenant begins no downloads but hears its cards, over a restart too",
          "[scenario][R25:part]") {
  World world(with_operators());
  const auto begun = world.order("alpha");
  const auto waiting = world.order("alpha");
  const auto elsewhere = world.order("bravo");
  auto phone = world.phone(kAlphaEid);
  phone->install_silently(begun.activation_code);
  {
    Desk desk(world);
    CHECK(desk.post(kBert, "tenants/alpha/suspend", {{"reason", "x"}}).status == 403);
    const Answer done = desk.post(kAnna, "tenants/alpha/suspend", {{"reason", "unpaid"}});
    INFO(done.body.dump());
    REQUIRE(done.body.at("standing") == "suspended");
  }
  const auto refused = phone->download(waiting.activation_code);
  REQUIRE_FALSE(refused.ok());
  CHECK(pair_of(refused.error()) == "8.2/1.2");
  CHECK(world.phone(kBravoEid)->download(elsewhere.activation_code).ok());
  phone->send_notifications();
  CHECK(world.profile_state("alpha", begun.iccid) == "Installed");

  world.restart();
  Desk desk(world);
  CHECK(pair_of(world.phone(kOtherAlphaEid)->download(waiting.activation_code).error()) ==
        "8.2/1.2");
  CHECK(world.profile_state("alpha", waiting.iccid) == "Released");
  REQUIRE(desk.post(kAnna, "tenants/alpha/resume").status == 200);
  CHECK(world.phone(kOtherAlphaEid)->download(waiting.activation_code).ok());
}

TEST_CASE("whoever broke the glass releases alone, and it is a red line until another looked at it",
          "[scenario]") {
  World world(with_operators());
  Desk desk(world);
  const auto order = world.order("alpha");
  world.phone(kAlphaEid)->install_silently(order.activation_code);
  const Answer grant = desk.post(kAnna, "break-glass", {{"reason", "bert is on a plane"}});
  REQUIRE(grant.status == 201);
  const Answer done = desk.post(
      kAnna, "tenants/alpha/profiles/" + std::string(order.iccid.text()) + "/release-quarantine",
      {{"profile", "Unavailable"}, {"reason", "lost"}});
  INFO(done.body.dump());
  CHECK(done.body.at("state") == "done");
  CHECK(world.profile_state("alpha", order.iccid) == "Unavailable");
  const auto alarms = [&] {
    std::size_t found = 0;
    for (const auto& finding : desk.desk().examine().findings) {
      if (finding.name == "break-glass anna" && finding.grade == api::Grade::kRed) ++found;
    }
    return found;
  };
  CHECK(alarms() == 1);
  const std::string acknowledge =
      "break-glass/" + grant.body.at("id").get<std::string>() + "/acknowledge";
  CHECK(desk.post(kAnna, acknowledge).reason() == "break_glass.own");
  CHECK(alarms() == 1);
  CHECK(desk.post(kBert, acknowledge).status == 200);
  CHECK(alarms() == 0);
}

TEST_CASE("what was done and read is in the host's chain, with who it was", "[scenario][R6:part]") {
  World world(with_operators());
  Desk desk(world);
  const auto order = world.order("alpha");
  const std::string iccid(order.iccid.text());
  CHECK(desk.ask(kNobody, "GET", "tenants").status == 401);
  CHECK(desk.ask(kAcme, "GET", "tenants/bravo").status == 404);
  CHECK(desk.ask(kAcme, "GET", "tenants").body.at("tenants").size() == 1);
  CHECK(desk.ask(kAcme, "GET", "tenants/alpha/story?key=" + iccid).status == 200);
  CHECK(desk.ask(kAnna, "GET", "tenants/alpha/story?key=" + order.matching_id.text()).status ==
        200);
  CHECK(desk.ask(kAnna, "GET", "audit").status == 403);
  std::string told;
  const Answer audit = desk.ask(kBert, "GET", "audit?max=1000");
  for (const json& record : audit.body.at("records")) {
    const json details = record.value("details", json::object());
    if (!details.contains("operator")) continue;
    told += record.at("type").get<std::string>() + " " + details.at("operator").get<std::string>() +
            "; ";
    CHECK(details.dump().find(order.matching_id.text()) == std::string::npos);
  }
  CHECK(told ==
        "operator.denied nobody; operator.denied acme; operator.read acme; "
        "operator.read anna; operator.denied anna; operator.read bert; ");
  CHECK(world.host().ledger().verify_audit()->intact);
}
