// A tenant with everything it has moves to a host of its own behind the common door, and comes
// back: no code is lost, nobody is served by two hosts, and what was interrupted anywhere is gone
// on with.

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "kernel/passthrough/door.h"
#include "kernel/tenancy/topology.h"
#include "tests/faults/berthd_process.h"
#include "tests/scenario/world.h"
#include "tools/berthctl/client.h"
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
  explicit Town(const WorldOptions& options = behind_door())
      : world(options), own(world.folder() / "own") {
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
    const auto& configured = world.host().configuration().host.door;
    if (configured) door = must(passthrough::Door::start(*configured, directory()));
  }
  ~Town() { desk.reset(); }

  // Its folder, its own certificates and keys; it was started once for them.
  void promote() {
    auto plan = must(berthctl::plan_promotion({"alpha", world.folder() / "host.json", own, true},
                                              world.random()));
    Json routes = read_json(world.folder() / "routes.json");
    Json theirs{{"tenantRoutes", Json::array()}, {"defaultAction", "reject"}};
    for (const Json& route : routes.at("tenantRoutes")) {
      if (route.at("tenantId") == "alpha") theirs["tenantRoutes"].push_back(route);
    }
    must(berthctl::write(plan));
    auto auth = must(world.ci().issue_server(
        {.role = testpki::ServerRole::kDpAuth, .registered_id = "2.999.77"}));
    auto pb = must(
        world.ci().issue_server({.role = testpki::ServerRole::kDpPb, .registered_id = "2.999.77"}));
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
  Json wish() const {
    return {{"folder", own.string()}, {"endDownloads", true}, {"reason", "contract 12"}};
  }
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
  // Before anybody was told: refused, not served by the wrong one; also by a common host that
  // starts with the tenant's file of before.
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
  CHECK(must(town.dedicated->tenants().find(town.alpha)->ledger().events(0, 1000)).size() > events);
  CHECK(must(town.dedicated->tenants().find(town.alpha)->ledger().verify_audit()).intact);

  // New life there; and back with it.
  const auto made = town.order_at(*town.dedicated);
  const auto open = town.order_at(*town.dedicated);
  REQUIRE(town.installs(kAlphaEid, made.activation_code));
  const auto head = must(town.dedicated->tenants().find(town.alpha)->ledger().head());
  CHECK(town.take_back() == "move.target");  // its berthd runs
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
  CHECK(Town::profile_state(town.world.host(), late.iccid) == "Installed");
  CHECK(town.installs(kAlphaEid, never.activation_code));
  CHECK(town.installs(kAlphaEid, open.activation_code));
  CHECK_FALSE(fs::exists(town.ledger_at(town.world.folder()).string() + ".moved"));
  // The other one does not serve it any more, whatever its files say.
  town.start_own();
  CHECK(town.dedicated->tenants().find(town.alpha) == nullptr);
}

TEST_CASE("what cannot move is refused, and nothing is changed", "[scenario]") {
  WorldOptions options = behind_door();
  options.more_tenants = 1;
  Json contract;
  for (const std::string_view cell : tenancy::kContractCells) {
    contract[std::string(cell)] = {
        {"owner", "partner"}, {"contact", "noc@far.example"}, {"nextDue", "2099-12-31"}};
  }
  options.elsewhere["tenant-03"] =
      Json{{"topology", "partner"}, {"endpoint", "127.0.0.1:9"}, {"contract", contract}}.dump();
  Town town(options);
  const auto code = town.world.order("alpha").activation_code;
  const auto start = [&town](const std::string& tenant, const std::string& folder) {
    const Answer answer =
        town.post(kAnna, "moves/" + tenant + "/start", {{"folder", folder}, {"reason", "a try"}});
    UNSCOPED_INFO(answer.message());
    return answer.reason();
  };
  CHECK(start("nobody", town.own.string()) == "api.unknown_tenant");
  CHECK(start("tenant-03", town.own.string()) == "move.blocked");
  CHECK(start("bravo", town.own.string()) == "move.target");  // it is alpha's
  CHECK(start("alpha", "own") == "move.target");
  CHECK(start("alpha", (town.world.folder() / "nothing").string()) == "move.target");
  CHECK(start("alpha", town.world.folder().string()) == "move.target");
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "move.step");
  CHECK(town.post(kAnna, "moves/alpha/abort").reason() == "move.step");
  CHECK(town.post(kAnna, "moves/alpha/take-back", {{"reason", "x"}}).reason() == "move.step");
  CHECK(town.post(kBert, "moves/alpha/start", town.wish()).reason() == "access.role");

  town.start_own();
  CHECK(start("alpha", town.own.string()) == "move.target");
  town.dedicated.reset();
  // A folder that would begin a ledger of its own, and one without the name of before.
  fs::remove(town.own / "data/tenants/alpha.away");
  CHECK(start("alpha", town.own.string()) == "move.target");
  std::ofstream(town.own / "data/tenants/alpha.away");
  Json routes = read_json(town.own / "etc/routes.json");
  const Json before = routes;
  routes.at("tenantRoutes").at(0).erase("formerRealms");
  write_json(town.own / "etc/routes.json", routes);
  CHECK(start("alpha", town.own.string()) == "move.target");
  write_json(town.own / "etc/routes.json", before);

  CHECK(town.state() == "none");
  CHECK(town.get("moves/alpha?folder=" + town.own.string()).body.at("blocked").empty());
  CHECK(town.installs(kAlphaEid, code));
  CHECK_FALSE(fs::exists(town.ledger_at(town.own)));
}

TEST_CASE("until it is handed over a tenant is served again, by an abort or a restart",
          "[scenario]") {
  Town town;
  REQUIRE(town.move() == "done");
  REQUIRE(town.post(kAnna, "moves/alpha/abort").reason().empty());
  CHECK(town.state() == "aborted");
  CHECK(town.installs(kAlphaEid, town.world.order("alpha").activation_code));
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "move.step");

  REQUIRE(town.move() == "done");
  town.restart();
  CHECK(town.state() == "interrupted");
  CHECK(town.installs(kAlphaEid, town.world.order("alpha").activation_code));
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "move.step");

  // A copy that fails: the tenant is served again by itself.
  fs::rename(town.own / "objects", town.own / "elsewhere");
  std::ofstream(town.own / "objects") << "no folder";
  CHECK(town.move() == "failed");
  CHECK(town.state() == "aborted");
  CHECK(town.installs(kAlphaEid, town.world.order("alpha").activation_code));
  fs::remove(town.own / "objects");
  fs::rename(town.own / "elsewhere", town.own / "objects");

  // A copy that is not what was copied is not handed over.
  const auto code = town.world.order("alpha").activation_code;
  REQUIRE(town.move() == "done");
  fs::remove(town.own / "data/tenants/alpha.db.moving");
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "ledger.tenant_file_lost");
  CHECK(town.state() == "copied");
  REQUIRE(town.post(kAnna, "moves/alpha/abort").reason().empty());
  CHECK(town.installs(kAlphaEid, code));
}

TEST_CASE("a handover that a crash cut off anywhere is finished, and nobody serves meanwhile",
          "[scenario]") {
  const int done = GENERATE(0, 1, 2, 3);
  CAPTURE(done);
  Town town;
  const auto code = town.world.order("alpha").activation_code;
  REQUIRE(town.move() == "done");
  auto& ledger = town.world.host().ledger();
  auto record = *must(ledger.record(api::kMoveRecords, "alpha"));
  record.state = "handing_over";
  REQUIRE(must(ledger.put_record(record, record.revision, {"test", {}, "{}"})));
  town.stop();
  const fs::path mine = town.ledger_at(town.world.folder());
  const fs::path theirs = town.ledger_at(town.own);
  if (done > 0) must(ledger::put_away_ledger(mine, mine.string() + ".moved", town.alpha));
  if (done > 1) must(ledger::put_in_place(theirs.string() + ".moving", theirs));
  if (done > 2) must(ledger::drop_mark(town.own / "data/tenants/alpha.away"));
  town.start();
  CHECK(town.state() == "handing_over");
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
  CHECK(town.post(kAnna, "moves/alpha/abort").reason() == "move.step");
  town.start_own();
  CHECK(town.dedicated->tenants().all().size() == (done > 2 ? 1U : 0U));
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "move.target");  // it runs
  town.dedicated.reset();
  const Answer finished = town.post(kAnna, "moves/alpha/hand-over");
  INFO(finished.body.dump());
  REQUIRE(finished.reason().empty());
  CHECK(town.state() == "moved");
  town.tenant_file(true);
  town.start_own();
  CHECK(town.installs(kAlphaEid, code));
}

TEST_CASE("a return that a crash cut off anywhere is finished or given up", "[scenario]") {
  const int done = GENERATE(0, 1, 2);
  const bool give_up = GENERATE(false, true);
  CAPTURE(done, give_up);
  Town town;
  const auto code = town.world.order("alpha").activation_code;
  REQUIRE(town.move() == "done");
  REQUIRE(town.post(kAnna, "moves/alpha/hand-over").reason().empty());
  auto& ledger = town.world.host().ledger();
  auto record = *must(ledger.record(api::kMoveRecords, "alpha"));
  record.state = "taking_back";
  REQUIRE(must(ledger.put_record(record, record.revision, {"test", {}, "{}"})));
  town.stop();
  const fs::path mine = town.ledger_at(town.world.folder());
  const fs::path theirs = town.ledger_at(town.own);
  if (done > 0) must(ledger::make_mark(town.own / "data/tenants/alpha.away"));
  if (done > 1) {
    must(ledger::copy_ledger(theirs, mine.string() + ".returning", town.alpha));
    must(ledger::put_in_place(mine.string() + ".returning", mine));
  }
  town.start();
  CHECK(town.state() == "taking_back");
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
  if (give_up) {
    const Answer given_up = town.post(kAnna, "moves/alpha/abort");
    INFO(given_up.body.dump());
    REQUIRE(given_up.reason().empty());
    town.tenant_file(true);
    town.start_own();
    CHECK_FALSE(fs::exists(mine));
  } else {
    REQUIRE(town.take_back() == "done");
    town.start_own();
    CHECK(town.dedicated->tenants().all().empty());
    town.restart();
  }
  CHECK(town.installs(kAlphaEid, code));
}

TEST_CASE("a ledger that did not go on from what was handed over is not taken back", "[scenario]") {
  Town town;
  town.world.order("alpha");
  REQUIRE(town.move() == "done");
  REQUIRE(town.post(kAnna, "moves/alpha/hand-over").reason().empty());
  const fs::path theirs = town.ledger_at(town.own);
  fs::rename(theirs, theirs.string() + ".lost");
  CHECK(town.take_back() == "move.copy_missing");
  // An empty one of the same name, as a host without the mark would begin it.
  town.start_own();
  town.dedicated.reset();
  CHECK(town.take_back() == "ledger.other_line");
  CHECK(town.state() == "moved");
  town.restart();
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
}

namespace {

// Nobody but the test, over the socket of a berthd that is killed.
WorldOptions on_a_desk() { return {}; }

std::string state_of(const berthctl::Client& client) {
  const auto answer = client.get("/v1/moves/alpha?folder=");
  return answer ? answer->at("move").get<std::string>() : std::string(answer.error().reason());
}
bool served(const berthctl::Client& client) { return client.get("/v1/tenants/alpha").ok(); }

}  // namespace

TEST_CASE("a host killed at any moment of a move goes on with one owner", "[scenario]") {
  Town town(on_a_desk());
  const auto code = town.world.order("alpha").activation_code;
  town.stop();
  const berthctl::Client client({.socket = town.world.folder() / "operator.sock"});
  const fs::path file = town.world.folder() / "host.json";
  auto process = std::make_unique<faults::BerthdProcess>(file);
  // One request, and the host killed this much later; then it starts again.
  const auto cut_off = [&](const char* step, int ms) {
    std::thread request([&] {
      static_cast<void>(client.post("/v1/moves/alpha/" + std::string(step),
                                    std::string(step) == "start"       ? town.wish()
                                    : std::string(step) == "take-back" ? Json{{"reason", "back"}}
                                                                       : Json::object()));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    process->kill_now();
    request.join();
    process = std::make_unique<faults::BerthdProcess>(file);
  };
  const auto theirs_opens = [&town] {
    town.start_own();
    const bool opens = !town.dedicated->tenants().all().empty();
    town.dedicated.reset();
    return opens;
  };

  for (const int ms : {2, 8, 15, 25, 40, 60, 90}) {
    CAPTURE(ms);
    cut_off("start", ms);
    CHECK(served(client));
    CHECK_FALSE(theirs_opens());
  }
  for (int round = 0; state_of(client) != "moved"; ++round) {
    REQUIRE(round < 40);
    CAPTURE(round);
    if (state_of(client) != "handing_over") {
      REQUIRE(client.post("/v1/moves/alpha/start", town.wish()).ok());
      REQUIRE(state_of(client) == "copied");
    }
    cut_off("hand-over", round);
    const bool theirs = theirs_opens();
    INFO(state_of(client));
    CHECK_FALSE((served(client) && theirs));
    CHECK((served(client) || theirs || state_of(client) == "handing_over"));
  }
  CHECK_FALSE(served(client));
  CHECK(theirs_opens());
  for (int round = 0; state_of(client) != "returned"; ++round) {
    REQUIRE(round < 40);
    CAPTURE(round);
    cut_off("take-back", 3 * round);
    const bool theirs = theirs_opens();
    INFO(state_of(client));
    CHECK_FALSE((served(client) && theirs));
    CHECK((served(client) || theirs || state_of(client) == "taking_back"));
  }
  process->stop();
  process.reset();
  town.start();
  CHECK(town.world.phone(kAlphaEid)->download(code).ok());
}
