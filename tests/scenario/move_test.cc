// A tenant with everything it has moves to a host of its own behind the common door, and comes back:
// no code is lost, nobody is served by two hosts, and what was interrupted anywhere is gone on with.

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/passthrough/door.h"
#include "tests/scenario/world.h"
#include "tools/berthctl/promotion.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using Json = nlohmann::json;
namespace fs = std::filesystem;

enum Uid : std::uint32_t { kAnna = 71001, kBert = 71002 };
constexpr const char* kFormerRealm = "old.alpha.example";

WorldOptions behind_door(const char* more = "{}") {
  WorldOptions options;
  Json host{{"es9Listen", "unix:es9.sock"},
            {"door", {{"listen", "127.0.0.1:0"}}},
            {"twoPeople", true},
            {"operators",
             {{{"name", "anna"}, {"roles", {"operator"}}, {"uid", kAnna}},
              {{"name", "bert"}, {"roles", {"approver", "auditor"}}, {"uid", kBert}}}}};
  host.update(Json::parse(more));
  options.host_members = host.dump();
  return options;
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}
void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message());
}

Json read_json(const fs::path& file) {
  std::ifstream in(file);
  return Json::parse(in);
}
void write_json(const fs::path& file, const Json& value) { std::ofstream(file) << value.dump(2); }

struct Answer {
  Json body;
  std::string reason() const {
    return body.contains("error") ? body.at("error").at("reason").get<std::string>() : "";
  }
  std::string message() const {
    return body.contains("error") ? body.at("error").at("message").get<std::string>() : "";
  }
};

// The common host behind its door, and alpha's own host-to-be in `own`.
class Town {
 public:
  explicit Town(const WorldOptions& options = behind_door()) : world(options), own(world.folder() / "own") {
    file = world.folder() / "tenants/alpha.json";
    shared_file = read_json(file);
    // A name of before, which installed profiles still have.
    Json routes = read_json(world.folder() / "routes.json");
    for (Json& route : routes.at("tenantRoutes")) {
      if (route.at("tenantId") == "alpha") route["formerRealms"] = {kFormerRealm};
    }
    world.renew_tls("alpha", {kFormerRealm});
    world.stop();
    write_json(world.folder() / "routes.json", routes);
    fs::remove_all(world.folder() / "data");
    fs::create_directories(world.folder() / "data");
    start();
    promote();
    door = must(passthrough::Door::start(*world.host().configuration().host.door, directory()));
  }
  ~Town() { desk.reset(); }

  // Its folder, its own certificates and keys; it was started once for them.
  void promote() {
    auto plan = must(berthctl::plan_promotion(
        {"alpha", world.folder() / "host.json", own, true}, world.random()));
    Json routes = read_json(world.folder() / "routes.json");
    Json theirs{{"tenantRoutes", Json::array()}, {"defaultAction", "reject"}};
    for (const Json& route : routes.at("tenantRoutes")) {
      if (route.at("tenantId") == "alpha") theirs["tenantRoutes"].push_back(route);
    }
    must(berthctl::write(plan));
    auto auth = must(world.ci().issue_server(
        {.role = testpki::ServerRole::kDpAuth, .registered_id = "2.999.77"}));
    auto pb = must(world.ci().issue_server(
        {.role = testpki::ServerRole::kDpPb, .registered_id = "2.999.77"}));
    std::ofstream(own / "etc/dpauth.pem") << auth.certificate_pem();
    std::ofstream(own / "etc/dppb.pem") << pb.certificate_pem();
    Json host = read_json(own / "etc/host.json");
    host["smdp"] = {{{"dpAuth", {{"certificate", "dpauth.pem"}, {"key", "dpauth"}}},
                     {"dpPb", {{"certificate", "dppb.pem"}, {"key", "dppb"}}}}};
    write_json(own / "etc/host.json", host);
    start_own();
    // It has not begun a ledger of its own.
    CHECK(dedicated->tenants().all().empty());
    for (const auto& [name, issued] : {std::pair{"dpauth", &auth}, std::pair{"dppb", &pb}}) {
      const SecretBytes pem = issued->key_pem();
      must(dedicated->import_key("test", name, as_text(pem.view())));
    }
    dedicated.reset();
    CHECK_FALSE(fs::exists(own / "data/tenants/alpha.db"));
  }

  void start() {
    world.start();
    desk = std::make_unique<host::OperatorDesk>(world.host(), world.clock(), world.random());
  }
  void stop() {
    desk.reset();
    world.stop();
  }
  void restart() {
    stop();
    start();
  }
  void start_own() {
    dedicated = must(host::Host::start(own / "etc/host.json", world.clock(), world.random()));
  }

  std::shared_ptr<const passthrough::Directory> directory() const {
    return std::make_shared<const passthrough::Directory>(
        must(tenancy::load_configuration(world.folder() / "host.json")));
  }
  // The tenant's file at the common host, and the door told of it.
  void tenant_file(bool elsewhere) {
    write_json(file, elsewhere ? read_json(own / "common/alpha.json") : shared_file);
    door->change(directory());
  }

  Answer get(const std::string& target) { return ask(kAnna, "GET", target, {}); }
  Answer post(Uid who, const std::string& target, const Json& body = Json::object()) {
    return ask(who, "POST", target, body.dump());
  }
  std::string state() {
    const Answer answer = get("moves/alpha");
    return answer.body.contains("move") ? answer.body.at("move").get<std::string>()
                                        : answer.reason();
  }
  // Anna asks, Bert agrees; what became of it.
  std::string agreed(const std::string& target, const Json& body) {
    const Answer asked = post(kAnna, target, body);
    if (!asked.reason().empty()) return asked.reason();
    CHECK(asked.body.at("state") == "pending");
    const Answer done =
        post(kBert, "approvals/" + asked.body.at("id").get<std::string>() + "/approve",
             {{"digest", asked.body.at("digest")}});
    if (!done.reason().empty()) return done.reason();
    UNSCOPED_INFO(done.body.dump());
    return done.body.at("state").get<std::string>();
  }
  Json wish() const { return {{"folder", own.string()}, {"reason", "contract 12"}}; }
  std::string move() { return agreed("moves/alpha/start", wish()); }
  std::string take_back() {
    return agreed("moves/alpha/take-back", {{"reason", "it does not pay"}});
  }

  bool installs(const char* card, const std::string& code) {
    const auto report = phone(card)->download(code);
    if (!report) UNSCOPED_INFO(report.error().message << " " << report.error().subject_code);
    return report.ok();
  }
  std::unique_ptr<Phone> phone(const char* card) { return world.phone(card, door->port()); }
  // At whichever host serves it.
  smdpplus::OrderAnswer order_at(host::Host& at) {
    const auto tenant = at.tenants().find(alpha);
    smdpplus::OrderRequest request;
    request.requester = "test";
    request.identifier = "own-" + std::to_string(++orders);
    request.profile_type = "sample";
    auto made = smdpplus::create_order(*tenant, "test", request);
    if (!made) throw std::runtime_error("no order");
    return std::move(*made);
  }
  static std::string profile_state(host::Host& at, const Iccid& iccid) {
    const auto tenant = at.tenants().find(*TenantId::parse("alpha"));
    if (tenant == nullptr) return "not served";
    const auto profile = must(tenant->ledger().profile(iccid));
    return profile ? std::string(lifecycle::to_string(profile->state)) : "none";
  }
  fs::path ledger_at(const fs::path& folder) const { return folder / "data/tenants/alpha.db"; }

  World world;
  const fs::path own;
  fs::path file;
  Json shared_file;
  const TenantId alpha = *TenantId::parse("alpha");
  int orders = 0;
  std::unique_ptr<host::OperatorDesk> desk;
  std::unique_ptr<host::Host> dedicated;
  std::unique_ptr<passthrough::Door> door;

 private:
  Answer ask(Uid who, const std::string& method, const std::string& target,
             const std::string& body) {
    ingress::HttpRequest request;
    request.request_id = "test";
    request.peer_uid = who;
    request.method = method;
    request.path = "/v1/" + target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
    request.body = body;
    return {Json::parse(desk->handle(request).body)};
  }
};

}  // namespace

TEST_CASE("a tenant moves to a host of its own and back, and loses nothing", "[scenario]") {
  Town town;
  const auto installed = town.world.order("alpha");
  REQUIRE(town.installs(kAlphaEid, installed.activation_code));
  const auto late = town.world.order("alpha");
  const auto unused = town.world.order("alpha");
  const auto never = town.world.order("alpha");
  town.world.stock("alpha");
  town.world.stock("alpha");
  // A card that has its package and has not said yet what became of it.
  auto phone = town.phone(kAlphaEid);
  const Bytes result = phone->install_silently(late.activation_code);
  const auto events = town.world.events("alpha").size();

  // Two people; then it is copied, and served by nobody while that is looked at.
  REQUIRE(town.move() == "done");
  CHECK(town.state() == "copied");
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
  CHECK_FALSE(town.installs(kAlphaEid, unused.activation_code));
  CHECK(town.installs(kBravoEid, town.world.order("bravo").activation_code));

  REQUIRE(town.post(kAnna, "moves/alpha/hand-over").reason().empty());
  CHECK(town.state() == "moved");
  CHECK_FALSE(fs::exists(town.ledger_at(town.world.folder())));
  // Before anybody was told: refused, not served by the wrong one; also by a common host that starts
  // with the tenant's file of before.
  CHECK_FALSE(town.installs(kAlphaEid, unused.activation_code));
  town.restart();
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
  CHECK_FALSE(fs::exists(town.ledger_at(town.world.folder())));
  CHECK_FALSE(town.installs(kAlphaEid, unused.activation_code));

  town.tenant_file(true);
  town.start_own();
  town.restart();
  CHECK(town.installs(kAlphaEid, unused.activation_code));
  CHECK(town.installs(kBravoEid, town.world.order("bravo").activation_code));
  // By the name of before, which the card's profile has.
  lpa::Es9Client client(phone->transport(), kFormerRealm);
  CHECK(client.handle_notification(result).ok());
  CHECK(Town::profile_state(*town.dedicated, late.iccid) == "Installed");
  CHECK(Town::profile_state(*town.dedicated, unused.iccid) == "Installed");
  CHECK(Town::profile_state(*town.dedicated, installed.iccid) == "Installed");
  const auto own = town.dedicated->tenants().find(town.alpha);
  CHECK(must(own->ledger().events(0, 1000)).size() > events);
  CHECK(must(own->ledger().verify_audit()).intact);

  // New life there; and back with it.
  const auto made = town.order_at(*town.dedicated);
  const auto there = town.order_at(*town.dedicated);
  CHECK(town.installs(kAlphaEid, made.activation_code));
  const auto head = must(own->ledger().head());
  CHECK(town.take_back() == "move.target");  // its berthd runs
  // (its context is held by `own` above: the host below ends after it)
}

TEST_CASE("a tenant that moved comes back with what came about meanwhile", "[scenario]") {
  Town town;
  const auto unused = town.world.order("alpha");
  town.world.stock("alpha");
  town.world.stock("alpha");
  REQUIRE(town.move() == "done");
  REQUIRE(town.post(kAnna, "moves/alpha/hand-over").reason().empty());
  town.tenant_file(true);
  town.start_own();
  const auto made = town.order_at(*town.dedicated);
  const auto open = town.order_at(*town.dedicated);
  REQUIRE(town.installs(kAlphaEid, made.activation_code));
  const auto head = must(town.dedicated->tenants().find(town.alpha)->ledger().head());
  town.dedicated.reset();

  REQUIRE(town.take_back() == "done");
  CHECK(town.state() == "returned");
  town.tenant_file(false);
  town.restart();
  const auto back = must(town.world.tenant("alpha").ledger().head());
  CHECK(back.last_audit_hash == head.last_audit_hash);
  CHECK(back.epoch > head.epoch);
  CHECK(must(town.world.tenant("alpha").ledger().verify_audit()).intact);
  CHECK(Town::profile_state(town.world.host(), made.iccid) == "Installed");
  CHECK(town.installs(kAlphaEid, unused.activation_code));
  CHECK(town.installs(kAlphaEid, open.activation_code));
  // The other one does not serve it any more, whatever its files say.
  town.start_own();
  CHECK(town.dedicated->tenants().find(town.alpha) == nullptr);
}
