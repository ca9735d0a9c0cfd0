// The kit: registering and deleting, once, twice, beside others, over a restart.

#include <atomic>
#include <thread>
#include <vector>

#include "kit/discovery/discovery_kit.h"

namespace {

using namespace berth::discovery_kit;

}  // namespace

TEST_CASE("an event is new once, then there, and after it was deleted new again",
          "[discovery-kit]") {
  auto place = make_place();
  Registrar registrar(*place);
  Event event;
  CHECK(registrar.add(event) == BERTH_REGISTRATION_NEW);
  CHECK(is_there(registrar.add(event)));
  CHECK(is_there(registrar.add(event)));
  CHECK(registrar.remove(event).ok());
  CHECK(registrar.add(event) == BERTH_REGISTRATION_NEW);
}

TEST_CASE("deleting twice, or what never was, is done", "[discovery-kit]") {
  auto place = make_place();
  Registrar registrar(*place);
  CHECK(registrar.remove(kEid, "NEVER").ok());
  Event event;
  CHECK(registrar.add(event) == BERTH_REGISTRATION_NEW);
  CHECK(registrar.remove(event).ok());
  CHECK(registrar.remove(event).ok());
}

TEST_CASE("another content under a taken name is a conflict, or a duplicate of unknown content",
          "[discovery-kit]") {
  auto place = make_place();
  Registrar registrar(*place);
  Event event;
  CHECK(registrar.add(event) == BERTH_REGISTRATION_NEW);
  bool tells_content = registrar.add(event) == BERTH_REGISTRATION_SAME;
  Event elsewhere = event;
  elsewhere.server_address = "rsp.bravo.example";
  Event forwarded = event;
  forwarded.forwarding = true;
  for (const Event& other : {elsewhere, forwarded}) {
    std::uint32_t found = 0;
    Outcome outcome = registrar.add(other, found);
    if (tells_content) {
      CHECK(outcome.status == BERTH_ALREADY_EXISTS);
      CHECK(outcome.reason == "registrar.conflict");
    } else {
      CHECK(outcome.ok());
      CHECK(found == BERTH_REGISTRATION_DUPLICATE);
    }
  }
  // The first one stayed as it was.
  CHECK(registrar.add(event) ==
        (tells_content ? BERTH_REGISTRATION_SAME : BERTH_REGISTRATION_DUPLICATE));
}

TEST_CASE("events are told apart by card and by name", "[discovery-kit]") {
  auto place = make_place();
  Registrar registrar(*place);
  Event one;
  Event other_name;
  other_name.event_id = "EVENT-2";
  Event other_card;
  other_card.eid = kOtherEid;
  for (const Event& event : {one, other_name, other_card}) {
    CHECK(registrar.add(event) == BERTH_REGISTRATION_NEW);
  }
  CHECK(registrar.remove(one).ok());
  CHECK(is_there(registrar.add(other_name)));
  CHECK(is_there(registrar.add(other_card)));
}

TEST_CASE("registrations outlive the instance that made them", "[discovery-kit]") {
  auto place = make_place();
  Event event;
  CHECK(Registrar(*place).add(event) == BERTH_REGISTRATION_NEW);
  CHECK(is_there(Registrar(*place).add(event)));
  CHECK(Registrar(*place).remove(event).ok());
  CHECK(Registrar(*place).add(event) == BERTH_REGISTRATION_NEW);
}

TEST_CASE("two instances with configurations of their own know nothing of one another",
          "[discovery-kit]") {
  auto place = make_place();
  auto elsewhere = make_place();
  Registrar one(*place);
  Registrar two(*elsewhere);
  Event event;
  CHECK(one.add(event) == BERTH_REGISTRATION_NEW);
  CHECK(two.add(event) == BERTH_REGISTRATION_NEW);
  CHECK(two.remove(event).ok());
  CHECK(is_there(one.add(event)));
  CHECK(two.add(event) == BERTH_REGISTRATION_NEW);
}

TEST_CASE("of many callers with one new event one is told that it is new", "[discovery-kit]") {
  auto place = make_place();
  Registrar registrar(*place);
  Event event;
  std::atomic<int> fresh{0};
  std::atomic<int> there{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      berth::kit::FakeOp op;
      berth_registration out{};
      out.struct_size = sizeof out;
      if (registrar.add_with(op.raw(), event, &out) != BERTH_OK) return;
      if (out.outcome == BERTH_REGISTRATION_NEW) ++fresh;
      if (is_there(out.outcome)) ++there;
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(fresh == 1);
  CHECK(there == 7);
}
