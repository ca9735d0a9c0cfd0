// The dry runs of bound plugins, through the operator API over doubles.

#include "kernel/api/trial.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/plugins/bss.h"
#include "kernel/plugins/rating.h"
#include "kernel/plugins/registrar.h"
#include "tests/kernel/api/fakes.h"

using namespace berth;
using namespace berth::api;
using nlohmann::json;

namespace {

const char* const kGoodEid = "89049032123451234512345678901235";

struct FakeRegistrar final : plugins::Registrar {
  Result<plugins::Registration> register_event(const plugins::Op& op,
                                               const plugins::DsEvent& event) override {
    CHECK(op.request_id == "r-1");
    calls.push_back("add " + std::string(event.event_id) + " " + std::string(event.server_address));
    if (failing) return Error(ErrorCode::kUnavailable, "registrar.away", "gone");
    return calls.size() == 1 ? plugins::Registration::kNew : plugins::Registration::kDuplicate;
  }
  Result<void> delete_event(const plugins::Op&, const Eid&, std::string_view event_id) override {
    calls.push_back("remove " + std::string(event_id));
    return {};
  }
  std::vector<std::string> calls;
  bool failing = false;
};

struct FakeRating final : plugins::RatingModel {
  Result<plugins::Rated> rate(const plugins::Op&, const plugins::RatingBatch& batch) override {
    CHECK(batch.last);
    CHECK(batch.carry_in.empty());
    for (const plugins::UsageEvent& event : batch.events) {
      seen.push_back(std::to_string(event.sequence) + "|" + std::string(event.kind) + "|" +
                     std::to_string(event.quantity_milli) + "|" + std::string(event.subject) + "|" +
                     std::string(event.attributes_json));
    }
    return plugins::Rated{{{1, 2, "DL", "EUR", 2000, 250'000, 500'000, "2 x 0.25"}}, {}};
  }
  std::vector<std::string> seen;
};

struct FakeBss final : plugins::BssConnector {
  Result<plugins::OrderVerdict> check_order(const plugins::Op&, std::string_view order) override {
    orders.emplace_back(order);
    return verdict;
  }
  Result<plugins::Delivery> deliver(const plugins::Op&, const plugins::BssBatch& batch) override {
    CHECK(batch.endpoint == "trial");
    CHECK(batch.lane == "trial");
    for (const plugins::BssEvent& event : batch.events) {
      events.push_back(std::to_string(event.incarnation) + "/" + std::to_string(event.sequence) +
                       "|" + std::string(event.event_id) + "|" + std::string(event.type));
    }
    return delivery;
  }
  Result<plugins::BssRecords> reconcile(const plugins::Op&, ByteView cursor,
                                        std::size_t max) override {
    cursors.push_back(to_hex(cursor) + "|" + std::to_string(max));
    return plugins::BssRecords{{record}, {0xAB}};
  }
  plugins::OrderVerdict verdict{plugins::OrderDecision::kAllow, 0, "", ""};
  plugins::Delivery delivery{{{plugins::Receipt::kDelivered, 0, "", ""}}, {}};
  std::vector<std::string> orders;
  std::vector<std::string> events;
  std::vector<std::string> cursors;
  std::string record = R"({"iccid":"1"})";
};

struct Desk {
  explicit Desk(bool bound = true)
      : host(bound ? &registrar : nullptr, bound ? &rating : nullptr, bound ? &bss : nullptr) {}

  ingress::HttpResponse ask(const std::string& slot, const json& body) {
    ingress::HttpRequest request;
    request.request_id = "r-1";
    request.method = "POST";
    request.path = "/v1/tenants/tenant-a/plugins/" + slot + "/try";
    request.body = body.is_string() ? body.get<std::string>() : body.dump();
    return api.handle(request);
  }
  json answer(const std::string& slot, const json& body) {
    const auto response = ask(slot, body);
    INFO(response.body);
    CHECK(response.status == 200);
    return json::parse(response.body);
  }
  std::string refusal(const std::string& slot, const json& body) {
    const auto response = ask(slot, body);
    CHECK(response.status >= 400);
    return json::parse(response.body)["error"]["reason"].get<std::string>();
  }

  FakeRegistrar registrar;
  FakeRating rating;
  FakeBss bss;
  api::test::FakeHost host;
  OperatorApi api{host.tenants, host.host_ledger, host.clock, host.random,
                  Services{},   HostHooks{},      HostFacts{}};
};

}  // namespace

TEST_CASE("a slot that a tenant does not bind cannot be tried", "[api]") {
  Desk desk(false);
  for (const char* slot : {"rating", "bss", "registrar"}) {
    CHECK(desk.refusal(slot, json::object()) == "api.slot_unbound");
  }
  CHECK(desk.refusal("hsm", json::object()) == "api.unknown_address");
}

TEST_CASE("usage is rated as one period", "[api]") {
  Desk desk;
  const json lines = desk.answer("rating", {{"usage",
                                             {{{"kind", "x"}},
                                              {{"kind", "y"},
                                               {"sequence", 7},
                                               {"quantityMilli", -5},
                                               {"subject", "o-1"},
                                               {"attributes", {{"a", 1}}},
                                               {"occurredMs", 3}}}}})["lines"];
  CHECK(desk.rating.seen == std::vector<std::string>{"1|x|1000|trial|{}", "7|y|-5|o-1|{\"a\":1}"});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["chargeCode"] == "DL");
  CHECK(lines[0]["amountMicro"] == 500'000);
  CHECK(lines[0]["explanation"] == "2 x 0.25");
}

TEST_CASE("what is no usage is refused with its place, and nothing is rated", "[api]") {
  Desk desk;
  for (const json& bad :
       {json("["), json{{"usage", 7}}, json{{"usage", json::array()}}, json{{"more", 1}},
        json{{"usage", {7}}}, json{{"usage", {json::object()}}}, json{{"usage", {{{"kind", ""}}}}},
        json{{"usage", {{{"kind", "x"}, {"sequence", 0}}}}},
        json{{"usage", {{{"kind", "x"}, {"quantityMilli", 1.5}}}}},
        json{{"usage", {{{"kind", "x"}, {"quantityMilli", UINT64_MAX}}}}},
        json{{"usage", {{{"kind", "x"}, {"attributes", "a"}}}}},
        json{{"usage", {{{"kind", "x"}, {"quantity", 1}}}}},
        json{{"usage", std::vector<json>(10'001, json{{"kind", "x"}})}}}) {
    CAPTURE(bad.dump().substr(0, 80));
    CHECK(desk.refusal("rating", bad) == "api.request");
  }
  CHECK(desk.rating.seen.empty());
}

TEST_CASE("a body nested without end is refused", "[api]") {
  Desk desk;
  const std::string deep =
      "{\"order\":{\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}}";
  CHECK(desk.refusal("bss", deep) == "api.request");
  CHECK(desk.answer("bss", R"({"order":{"a":[[[{}]]]}})")["decision"] == "allow");
}

TEST_CASE("an order is checked, and the verdict told with its reason", "[api]") {
  Desk desk;
  const json order{{"order", {{"iccid", "8944"}}}};
  CHECK(desk.answer("bss", order) == json{{"decision", "allow"}});
  desk.bss.verdict = {plugins::OrderDecision::kDeny, 0, "bss.limit", "no more"};
  CHECK(desk.answer("bss", order) ==
        json{{"decision", "deny"}, {"reason", "bss.limit"}, {"message", "no more"}});
  desk.bss.verdict.decision = plugins::OrderDecision::kHold;
  desk.bss.verdict.hold_for_ms = 9;
  CHECK(desk.answer("bss", order)["holdForMs"] == 9);
  CHECK(desk.bss.orders == std::vector<std::string>(3, R"({"iccid":"8944"})"));
}

TEST_CASE("events go to the trial lane, and each has its receipt", "[api]") {
  Desk desk;
  desk.bss.delivery.receipts.push_back({plugins::Receipt::kPark, 0, "bss.bad_event", "no"});
  desk.bss.delivery.failure = Error(ErrorCode::kUnavailable, "bss.away", "gone");
  const json told = desk.answer(
      "bss", {{"events",
               {{{"eventId", "e-1"}, {"eventType", "t"}, {"sequence", 4}, {"incarnation", 2}},
                {{"x", 1}}}}});
  CHECK(desk.bss.events == std::vector<std::string>{"2/4|e-1|t", "1/2|trial-2|trial"});
  CHECK(told["receipts"][0] == json{{"eventId", "e-1"}, {"verdict", "delivered"}});
  CHECK(told["receipts"][1] == json{{"eventId", "trial-2"},
                                    {"verdict", "parked"},
                                    {"reason", "bss.bad_event"},
                                    {"message", "no"}});
  CHECK(told["endedBy"]["reason"] == "bss.away");
}

TEST_CASE("what the BSS believes comes page by page", "[api]") {
  Desk desk;
  const json page = desk.answer("bss", {{"reconcile", {{"max", 5}, {"cursor", "ab"}}}});
  CHECK(page == json{{"records", {{{"iccid", "1"}}}}, {"next", "AB"}});
  CHECK(desk.bss.cursors == std::vector<std::string>{"AB|5"});
  desk.bss.record = "[1]";
  CHECK(desk.refusal("bss", {{"reconcile", json::object()}}) == "plugin.misbehaved");
}

TEST_CASE("a trial of a connector is one thing at a time, well said", "[api]") {
  Desk desk;
  for (const json& bad :
       {json::object(), json{{"order", json::object()}, {"events", json::array()}},
        json{{"order", 7}}, json{{"events", json::array()}}, json{{"events", {7}}},
        json{{"events", {{{"sequence", 0}}}}}, json{{"reconcile", 7}},
        json{{"reconcile", {{"max", 0}}}}, json{{"reconcile", {{"max", 1001}}}},
        json{{"reconcile", {{"cursor", "xyz"}}}}, json{{"reconcile", {{"other", 1}}}}}) {
    CAPTURE(bad.dump());
    CHECK(desk.refusal("bss", bad) == "api.request");
  }
  CHECK(desk.bss.orders.empty());
  CHECK(desk.bss.events.empty());
  CHECK(desk.bss.cursors.empty());
}

TEST_CASE("a registrar is tried with an event that nobody has, and nothing stays", "[api]") {
  Desk desk;
  const json told = desk.answer("registrar", {{"eid", kGoodEid}});
  const std::string id = told["eventId"];
  CHECK(id.starts_with("TRIAL-"));
  CHECK(told["registered"] == "new");
  CHECK(told["registeredAgain"] == "duplicate");
  CHECK(desk.registrar.calls == std::vector<std::string>{"add " + id + " rsp.tenant-a.example",
                                                         "add " + id + " rsp.tenant-a.example",
                                                         "remove " + id, "remove " + id});
  desk.registrar.failing = true;
  desk.registrar.calls.clear();
  CHECK(desk.refusal("registrar", {{"eid", kGoodEid}}) == "registrar.away");
  CHECK(desk.registrar.calls.back().starts_with("remove TRIAL-"));
  CHECK(desk.refusal("registrar", {{"eid", "89"}}) == "api.eid");
}
