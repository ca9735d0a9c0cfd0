// The kit: what an event may be, and hosts older than the plugin.

#include <vector>

#include "kit/discovery/discovery_kit.h"

namespace {

using namespace berth::discovery_kit;

Event with_id(std::string id) {
  Event event;
  event.event_id = std::move(id);
  return event;
}

}  // namespace

TEST_CASE("every event id within the limits is a name of its own", "[discovery-kit]") {
  auto place = make_place();
  Registrar registrar(*place);
  std::string longest(BERTH_DS_EVENT_ID_MAX, 'A');
  std::string nearly = longest;
  nearly.back() = 'B';
  std::vector<std::string> ids = {"A",   "a",  ".",     "..",      "/",       "../A",   "A/B",
                                  "%2F", "\\", "\"'",   "A;B|C&D", "$(x)`y`", "{}[]<>", "-rf",
                                  "*",   "~",  "A.new", "A.json",  longest,   nearly};
  for (const std::string& id : ids) {
    CAPTURE(id);
    CHECK(registrar.add(with_id(id)) == BERTH_REGISTRATION_NEW);
  }
  for (const std::string& id : ids) {
    CAPTURE(id);
    CHECK(is_there(registrar.add(with_id(id))));
    CHECK(registrar.remove(kEid, id).ok());
    CHECK(registrar.add(with_id(id)) == BERTH_REGISTRATION_NEW);
  }
}

TEST_CASE("an event outside the limits is refused and registers nothing", "[discovery-kit]") {
  auto place = make_place();
  Registrar registrar(*place);
  std::vector<Event> bad;
  for (const char* eid : {"", "8904903200100000000000000000011", "8904903200100000000000000000011X",
                          "890490320010000000000000000001120"}) {
    bad.push_back(Event{});
    bad.back().eid = eid;
  }
  for (const std::string& id :
       {std::string(), std::string("A B"), std::string("A\nB"), std::string("A\0B", 3),
        std::string("\xC3\xA9"), std::string(BERTH_DS_EVENT_ID_MAX + 1, 'A')}) {
    bad.push_back(with_id(id));
  }
  for (const std::string& server :
       {std::string(), std::string("RSP.example"), std::string("https://rsp.example"),
        std::string("a b"), std::string(BERTH_DS_SERVER_NAME_MAX + 1, 'a')}) {
    bad.push_back(Event{});
    bad.back().server_address = server;
  }
  for (const Event& event : bad) {
    CAPTURE(event.eid, event.event_id, event.server_address);
    std::uint32_t found = 0;
    Outcome outcome = registrar.add(event, found);
    CHECK(outcome.status == BERTH_INVALID_ARGUMENT);
    CHECK(outcome.reason == "registrar.bad_event");
  }
  CHECK(registrar.remove("1", "A").status == BERTH_INVALID_ARGUMENT);
  CHECK(registrar.remove(kEid, "").status == BERTH_INVALID_ARGUMENT);
  CHECK(registrar.add(Event{}) == BERTH_REGISTRATION_NEW);
}

TEST_CASE("a host that offers no room for the outcome gets none", "[discovery-kit]") {
  auto place = make_place();
  Registrar registrar(*place);
  berth_registration out{};
  out.struct_size = sizeof(out.struct_size);
  out.outcome = 77;
  CHECK(run([&](const berth_op* op) { return registrar.add_with(op, Event{}, &out); }).ok());
  CHECK(out.outcome == 77);
  CHECK(out.struct_size == sizeof(out.struct_size));
}

TEST_CASE("a call that nobody waits for any more ends, and says so or is done", "[discovery-kit]") {
  auto place = make_place();
  Registrar registrar(*place);
  berth::kit::FakeOp op;
  op.cancel();
  berth_registration out{};
  out.struct_size = sizeof out;
  berth_status status = registrar.add_with(op.raw(), Event{}, &out);
  CHECK((status == BERTH_OK || status == BERTH_CANCELLED || status == BERTH_DEADLINE_EXCEEDED));
  CHECK(op.fails() == (status == BERTH_OK ? 0 : 1));
  CHECK(registrar.remove(Event{}).ok());
  CHECK(registrar.add(Event{}) == BERTH_REGISTRATION_NEW);
}
