// The wall around plugins of the draft kinds: what is thrown becomes one story, what a host passes
// wrongly never reaches the class.

#include <catch2/catch.hpp>
#include <functional>
#include <stdexcept>

#include "berth/sdk/bss.h"
#include "berth/sdk/rating.h"
#include "berth/sdk/registrar.h"
#include "kit/outcome.h"

namespace {

using namespace berth::sdk;
using berth::kit::CollectingSink;
using berth::kit::FakeHost;
using berth::kit::octets;
using berth::kit::run;
using berth::kit::str;

// Each class runs `behaviour`, which a test sets.
struct Scripted {
  static inline std::function<void()> behaviour = [] {};
  static inline int calls = 0;
  static void act() {
    ++calls;
    behaviour();
  }
};

struct ScriptedRegistrar final : Registrar {
  ScriptedRegistrar(Host, const Config&) {}
  Registration register_event(const Op&, const DsEvent&) override {
    Scripted::act();
    return Registration::kSame;
  }
  void delete_event(const Op&, std::string_view, std::string_view) override { Scripted::act(); }
};

struct ScriptedModel final : RatingModel {
  ScriptedModel(Host, const Config&) {}
  std::string rate(const Op&, const RatingBatch& batch, const LineSink&) const override {
    Scripted::act();
    return std::to_string(batch.size()) + (batch.last() ? " last " : " ") +
           std::string(batch.carry_in());
  }
};

struct ScriptedConnector final : BssConnector {
  ScriptedConnector(Host, const Config&) {}
  BssVerdict check_order(const Op&, std::string_view) override {
    Scripted::act();
    return {BERTH_BSS_DENY, 0, "a.b", std::string(1000, 'm')};
  }
  void deliver(const Op&, const BssBatch&, Receipts& receipts) override {
    receipts.delivered();
    Scripted::act();
    receipts.try_later("bss.away", std::string(1000, 'm'), 5);
    CHECK(receipts.stopped());
    CHECK(receipts.told() == 2);
  }
};

using RegistrarTable = detail::RegistrarThunks<ScriptedRegistrar>;
using RatingTable = detail::RatingThunks<ScriptedModel>;
using BssTable = detail::BssThunks<ScriptedConnector>;

struct Fixture {
  Fixture() {
    Scripted::behaviour = [] {};
    Scripted::calls = 0;
    event.struct_size = sizeof event;
    event.eid = str("89049032001000000000000000000112");
    event.event_id = str("E-1");
    event.server_address = str("rsp.example");
    registration.struct_size = sizeof registration;
    usage.sequence = 1;
    period.struct_size = sizeof period;
    period.events = &usage;
    period.stride = sizeof usage;
    period.count = 1;
    told.sequence = 1;
    told.incarnation = 1;
    told.delivery_attempt = 1;
    batch.struct_size = sizeof batch;
    batch.endpoint = str("bss");
    batch.lane = str("live");
    batch.events = &told;
    batch.stride = sizeof told;
    batch.count = 1;
  }

  berth::kit::Outcome add() {
    return run([&](const berth_op* op) {
      return RegistrarTable::kTable.register_event(detail::to_handle(&registrar), op, &event,
                                                   &registration);
    });
  }
  berth::kit::Outcome rate() {
    return run([&](const berth_op* op) {
      return RatingTable::kTable.rate(
          detail::to_handle(&model), op, &period, nullptr,
          [](void*, const berth_rated_line*) noexcept -> berth_status { return BERTH_OK; },
          carry.raw());
    });
  }
  berth::kit::Outcome check(berth_bss_verdict* verdict) {
    return run([&](const berth_op* op) {
      return BssTable::kTable.check_order(detail::to_handle(&connector), op, octets("{}"), verdict);
    });
  }
  berth::kit::Outcome deliver() {
    verdicts.clear();
    return run([&](const berth_op* op) {
      return BssTable::kTable.deliver_batch(
          detail::to_handle(&connector), op, &batch, &verdicts,
          [](void* ctx, const berth_bss_receipt* receipt) noexcept -> berth_status {
            *static_cast<std::string*>(ctx) +=
                std::to_string(receipt->verdict) + ":" + std::to_string(receipt->message.len) + " ";
            return BERTH_OK;
          });
    });
  }

  FakeHost host;
  ScriptedRegistrar registrar{Host(host.raw()), Config("{}")};
  ScriptedModel model{Host(host.raw()), Config("{}")};
  ScriptedConnector connector{Host(host.raw()), Config("{}")};
  berth_ds_event event{};
  berth_registration registration{};
  berth_usage_event usage{};
  berth_rating_batch period{};
  CollectingSink carry;
  berth_bss_event told{};
  berth_bss_batch batch{};
  std::string verdicts;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what a draft kind's class throws is told once", "[sdk]") {
  Scripted::behaviour = [] { throw std::runtime_error("boom"); };
  berth_bss_verdict verdict{};
  verdict.struct_size = sizeof verdict;
  for (const auto& outcome : {add(), rate(), check(&verdict), deliver()}) {
    CHECK(outcome.status == BERTH_INTERNAL);
    CHECK(outcome.reason == "plugin.exception");
  }
  CHECK(Scripted::calls == 4);
  CHECK(verdicts == "1:0 ");  // the receipt before stands
  CHECK(verdict.decision == 0);
  Scripted::behaviour = [] { throw Error(BERTH_UNAVAILABLE, "x.away", "gone"); };
  for (const auto& outcome : {add(), rate(), check(&verdict), deliver()}) {
    CHECK(outcome.reason == "x.away");
  }
}

TEST_CASE_METHOD(Fixture, "a class sees what the host passed", "[sdk]") {
  CHECK(add().ok());
  CHECK(registration.outcome == BERTH_REGISTRATION_SAME);
  period.flags = BERTH_RATING_LAST;
  period.carry_in = octets("before");
  CHECK(rate().ok());
  CHECK(carry.content() == "1 last before");
  CHECK(deliver().ok());
  CHECK(verdicts == "1:0 2:256 ");
  berth_bss_verdict verdict{};
  verdict.struct_size = sizeof verdict;
  CHECK(check(&verdict).ok());
  CHECK(verdict.reason_len == 3);
  CHECK(verdict.message_len == BERTH_BSS_MESSAGE_MAX);
}

TEST_CASE_METHOD(Fixture, "a call of a host that breaks the rules never reaches the class",
                 "[sdk]") {
  CHECK(check(nullptr).reason == "plugin.bad_call");
  CHECK(run([&](const berth_op* op) {
          return RegistrarTable::kTable.register_event(detail::to_handle(&registrar), op, nullptr,
                                                       &registration);
        }).reason == "plugin.bad_call");
  CHECK(run([&](const berth_op* op) {
          return RatingTable::kTable.rate(detail::to_handle(&model), op, &period, nullptr, nullptr,
                                          carry.raw());
        }).reason == "plugin.bad_call");
  CHECK(run([&](const berth_op* op) {
          return BssTable::kTable.reconcile(
              detail::to_handle(&connector), op, octets(""), 0, nullptr,
              [](void*, berth_bytes) noexcept -> berth_status { return BERTH_OK; }, carry.raw());
        }).reason == "plugin.bad_call");
  period.stride = 4;
  CHECK(rate().reason == "plugin.bad_call");
  period.stride = sizeof usage;
  period.flags = 8;
  CHECK(rate().reason == "rating.flags");
  batch.stride = sizeof(told) - 8;
  CHECK(deliver().reason == "bss.bad_batch");
  CHECK(Scripted::calls == 0);
}

TEST_CASE_METHOD(Fixture, "a connector that does not reconcile says so", "[sdk]") {
  const auto outcome = run([&](const berth_op* op) {
    return BssTable::kTable.reconcile(
        detail::to_handle(&connector), op, octets(""), 1, nullptr,
        [](void*, berth_bytes) noexcept -> berth_status { return BERTH_OK; }, carry.raw());
  });
  CHECK(outcome.status == BERTH_UNSUPPORTED);
  CHECK(outcome.reason == "bss.unsupported");
}

TEST_CASE("each draft kind answers for what it provides and for nothing else", "[sdk]") {
  CHECK(RegistrarTable::get_interface(nullptr, BERTH_REGISTRAR_V1) == &RegistrarTable::kTable);
  CHECK(RatingTable::get_interface(nullptr, BERTH_RATING_V1) == &RatingTable::kTable);
  CHECK(BssTable::get_interface(nullptr, BERTH_BSS_V1) == &BssTable::kTable);
  for (auto find :
       {&RegistrarTable::get_interface, &RatingTable::get_interface, &BssTable::get_interface}) {
    CHECK(find(nullptr, BERTH_HEALTH_V1) != nullptr);
    CHECK(find(nullptr, "berth.hsm/1") == nullptr);
    CHECK(find(nullptr, nullptr) == nullptr);
  }
}
