// The common host behind its door, a host-to-be of alpha's own, and two people who move it.

#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/passthrough/door.h"
#include "tests/scenario/world.h"
#include "tools/berthctl/promotion.h"

namespace berth::scenario {

using Json = nlohmann::json;
namespace fs = std::filesystem;

enum Uid : std::uint32_t { kAnna = 71001, kBert = 71002 };
constexpr const char* kFormerRealm = "old.alpha.example";

inline WorldOptions behind_door(const char* more = "{}") {
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
inline void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message());
}

inline Json read_json(const fs::path& file) {
  std::ifstream in(file);
  return Json::parse(in);
}
inline void write_json(const fs::path& file, const Json& value) {
  std::ofstream(file) << value.dump(2);
}

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

}  // namespace berth::scenario
