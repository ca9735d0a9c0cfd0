#include "kernel/plugins/registrar_adapter.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/draft_fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::reason_of;

struct Fixture : berth::plugins::testing::DraftFixture {
  std::unique_ptr<Registrar> registrar(const std::string& defect = "{}") {
    return *make_registrar(with_defect(defect));
  }
  const Eid eid = *Eid::parse("89049032001000000000000000000112");
  DsEvent event{eid, "EVENT-1", "rsp.alpha.example", false};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a registration comes back with what is known of it", "[plugins]") {
  const auto good = registrar();
  CHECK(*good->register_event(op, event) == Registration::kNew);
  event.forwarding = true;
  CHECK(*good->register_event(op, event) == Registration::kDuplicate);
  CHECK(good->delete_event(op, eid, "EVENT-1"));
  CHECK(reason_of(registrar("away")->delete_event(op, eid, "EVENT-1")) == "registrar.away");
}

TEST_CASE_METHOD(Fixture, "a registration with an outcome that does not exist is misbehaviour",
                 "[plugins]") {
  CHECK(reason_of(registrar("no-outcome")->register_event(op, event)) == "plugin.misbehaved");
  CHECK(reason_of(registrar("outcome-4")->register_event(op, event)) == "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "an event outside the limits never reaches the registrar", "[plugins]") {
  const auto good = registrar("no-outcome");  // would misbehave if it were called
  const auto refused = [&](const DsEvent& bad) {
    return reason_of(good->register_event(op, bad)) == "registrar.bad_event";
  };
  const std::string long_id(256, 'A');
  const std::string long_name(256, 'a');
  for (const std::string_view id : {std::string_view(), std::string_view("A B"),
                                    std::string_view("A\nB"), std::string_view(long_id)}) {
    CHECK(refused({eid, id, "rsp.alpha.example", false}));
    CHECK(reason_of(good->delete_event(op, eid, id)) == "registrar.bad_event");
  }
  for (const std::string_view name :
       {std::string_view(), std::string_view("RSP.example"), std::string_view("https://a"),
        std::string_view("a:443"), std::string_view(long_name)}) {
    CHECK(refused({eid, "EVENT-1", name, false}));
  }
}

TEST_CASE_METHOD(Fixture, "no registrar is called without time left", "[plugins]") {
  const Op late = within(std::chrono::milliseconds(-1));
  CHECK(reason_of(registrar()->register_event(late, event)) == "plugin.deadline");
  CHECK(reason_of(registrar()->delete_event(late, eid, "EVENT-1")) == "plugin.deadline");
}

TEST_CASE_METHOD(Fixture, "a plugin of another kind is no registrar", "[plugins]") {
  CHECK(reason_of(make_registrar(*create("good"))) == "plugin.interface_missing");
}
