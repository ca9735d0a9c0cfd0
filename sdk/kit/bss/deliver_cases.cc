// The kit: events arrive once and in order, however often and in whatever batches they come.

#include <thread>

#include "kit/bss/bss_kit.h"

namespace {

using namespace berth::bss_kit;

std::vector<std::string> ids(const std::vector<Event>& list) {
  std::vector<std::string> all;
  for (const Event& event : list) all.push_back(event.event_id());
  return all;
}

// The BSS has exactly these of the lane, in this order, where a test can look.
void check_received(const Place& place, const std::vector<Event>& list,
                    const std::string& lane = "live", const std::string& endpoint = "bss") {
  auto received = place.received(endpoint, lane);
  if (received) CHECK(*received == ids(list));
}

}  // namespace

TEST_CASE("a batch is delivered, event by event", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  CHECK(connector.deliver(events(1, 1)) == "D");
  CHECK(connector.deliver(events(2, 6)) == "DDDDD");
  check_received(*place, events(1, 6));
}

TEST_CASE("what comes again is delivered and not doubled", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  CHECK(connector.deliver(events(1, 5)) == "DDDDD");
  std::string before = place->trace();
  std::vector<Event> again = events(1, 5);
  for (Event& event : again) event.delivery_attempt = 2;
  CHECK(connector.deliver(again) == "DDDDD");
  CHECK(place->trace() == before);
  check_received(*place, events(1, 5));
}

TEST_CASE("what comes again in other batches fills up what is missing", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  CHECK(connector.deliver(events(1, 4)) == "DDDD");
  CHECK(connector.deliver(events(3, 8)) == "DDDDDD");
  CHECK(connector.deliver(events(2, 3)) == "DD");
  CHECK(connector.deliver(events(8, 9)) == "DD");
  check_received(*place, events(1, 9));
}

TEST_CASE("a restart forgets nothing that was delivered", "[bss-kit]") {
  auto place = make_place();
  CHECK(Connector(*place).deliver(events(1, 3)) == "DDD");
  CHECK(Connector(*place).deliver(events(1, 5)) == "DDDDD");
  check_received(*place, events(1, 5));
}

TEST_CASE("two instances over one place, as while a plugin is swapped, double nothing",
          "[bss-kit]") {
  auto place = make_place();
  Connector old_one(*place);
  CHECK(old_one.deliver(events(1, 3)) == "DDD");
  Connector new_one(*place);
  CHECK(new_one.deliver(events(2, 5)) == "DDDD");
  CHECK(old_one.deliver(events(4, 6)) == "DDD");
  CHECK(new_one.deliver(events(5, 7)) == "DDD");
  check_received(*place, events(1, 7));
}

TEST_CASE("lanes and endpoints stand where they stand, each for itself", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  CHECK(connector.deliver(events(5, 9)) == "DDDDD");
  CHECK(connector.deliver(events(1, 3), "replay") == "DDD");
  CHECK(connector.deliver(events(5, 6), "live", "ocs") == "DD");
  check_received(*place, events(5, 9));
  check_received(*place, events(1, 3), "replay");
  check_received(*place, events(5, 6), "live", "ocs");
}

TEST_CASE("gaps of a filter and a new incarnation are no duplicates", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  Event one{10};
  Event two{25};
  Event restored{1};
  restored.incarnation = 2;
  CHECK(connector.deliver({one, two, restored}) == "DDD");
  CHECK(connector.deliver({restored}) == "D");
  check_received(*place, {one, two, restored});
}

TEST_CASE("a poisoned event is parked each time and the next is delivered", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  std::vector<Event> batch = events(1, 3);
  batch[1].body = "{\"iccid\":";
  for (int attempt = 0; attempt < 2; ++attempt) {
    Receipts receipts;
    CHECK(connector.deliver(batch, receipts).ok());
    CHECK(receipts.verdicts == "DPD");
    REQUIRE(receipts.reasons.size() == 3);
    CHECK(receipts.reasons[1] == "bss.bad_event");
  }
  check_received(*place, {batch[0], batch[2]});
}

TEST_CASE("a host that stops listening is given its own status, and loses nothing", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  Receipts receipts;
  receipts.limit = 2;
  berth::kit::FakeOp op;
  CHECK(connector.deliver_with(op.raw(), events(1, 5), receipts, "live", "bss") == BERTH_ABORTED);
  CHECK(op.fails() == 0);
  CHECK(receipts.verdicts == "DD");
  CHECK(connector.deliver(events(3, 5)) == "DDD");
  check_received(*place, events(1, 5));
}

TEST_CASE("a batch that breaks the rules is refused and leaves nothing", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  std::string before = place->trace();
  std::vector<Event> backwards = {Event{5}, Event{4}};
  std::vector<Event> twice = {Event{5}, Event{5}};
  Event unborn{1};
  unborn.incarnation = 0;
  Event unsent{1};
  unsent.delivery_attempt = 0;
  for (const std::vector<Event>& bad : {std::vector<Event>{},
                                        backwards,
                                        twice,
                                        {Event{0}},
                                        {unborn},
                                        {unsent},
                                        events(1, BERTH_BSS_BATCH_MAX + 1)}) {
    Receipts receipts;
    Outcome outcome = connector.deliver(bad, receipts);
    CHECK(outcome.status == BERTH_INVALID_ARGUMENT);
    CHECK(outcome.reason == "bss.bad_batch");
    CHECK(receipts.verdicts.empty());
  }
  for (const std::string& name : {std::string(), std::string("LIVE"), std::string("../x"),
                                  std::string("a/b"), std::string(65, 'a')}) {
    Receipts receipts;
    CHECK(connector.deliver(events(1, 1), receipts, name).reason == "bss.bad_batch");
    CHECK(connector.deliver(events(1, 1), receipts, "live", name).reason == "bss.bad_batch");
  }
  CHECK(place->trace() == before);
}

TEST_CASE("two connectors with configurations of their own know nothing of one another",
          "[bss-kit]") {
  auto place = make_place();
  auto elsewhere = make_place();
  Connector one(*place);
  Connector two(*elsewhere);
  CHECK(one.deliver(events(1, 4)) == "DDDD");
  CHECK(two.deliver(events(2, 3)) == "DD");
  CHECK(one.deliver(events(5, 5)) == "D");
  check_received(*place, events(1, 5));
  check_received(*elsewhere, events(2, 3));
}

TEST_CASE("lanes are delivered beside one another", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  std::vector<std::string> verdicts(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    threads.emplace_back([&, i] {
      for (std::uint64_t from = 1; from <= 20; from += 2) {
        Receipts receipts;
        berth::kit::FakeOp op;
        std::string lane = "lane-" + std::to_string(i);
        connector.deliver_with(op.raw(), events(from, from + 1), receipts, lane, "bss");
        verdicts[i] += receipts.verdicts;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    CHECK(verdicts[i] == std::string(20, 'D'));
    check_received(*place, events(1, 20), "lane-" + std::to_string(i));
  }
}
