#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/plugins/billing/file_feed/file_feed_fixture.h"

namespace {

using namespace berth::bss_kit;
using berth::file_feed_test::content;
using berth::file_feed_test::FeedPlace;
namespace fs = std::filesystem;

std::string refusal_of(const std::string& config) {
  Instance instance(berth::kit::load_plugin(FILE_FEED_SO), config);
  CHECK(instance.created().status == BERTH_INVALID_ARGUMENT);
  CHECK(instance.created().reason == "file_feed.config");
  return instance.created().message;
}

std::string reason_of(Connector& connector, const std::vector<Event>& list) {
  Receipts receipts;
  std::string reason = connector.deliver(list, receipts).reason;
  CHECK((reason.empty() || receipts.verdicts.empty()));
  return reason;
}

}  // namespace

TEST_CASE("a line is the event as it came, with its place before it", "[plugins]") {
  FeedPlace place;
  Connector connector(place);
  Event event{7, "{\"iccid\": \"8944000000000000019\",\n\"n\": 1.50}"};
  event.type = "a\"b";
  CHECK(connector.deliver({event}) == "D");
  CHECK(content(place.file()) ==
        "{\"incarnation\":1,\"sequence\":7,\"eventId\":\"event-1-7\",\"type\":\"a\\\"b\","
        "\"event\":{\"iccid\": \"8944000000000000019\", \"n\": 1.50}}\n");
  CHECK(fs::status(place.file()).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a line torn by a crash is cut off, and its event comes again", "[plugins]") {
  FeedPlace place;
  CHECK(Connector(place).deliver(events(1, 2)) == "DD");
  std::string whole = content(place.file());
  std::ofstream(place.file(), std::ios::app) << R"({"incarnation":1,"sequence":3,"eve)";
  CHECK(Connector(place).deliver(events(3, 3)) == "D");
  CHECK(content(place.file()).starts_with(whole + "{\"incarnation\":1,\"sequence\":3,\"eventId"));
  CHECK(*place.received("bss", "live") ==
        std::vector<std::string>{"event-1-1", "event-1-2", "event-1-3"});
}

TEST_CASE("a file of nothing but a torn line begins anew", "[plugins]") {
  FeedPlace place;
  { Connector made(place); }
  std::ofstream(place.file()) << R"({"incarnation":1,"seq)";
  CHECK(Connector(place).deliver(events(1, 1)) == "D");
  CHECK(place.received("bss", "live")->size() == 1);
}

TEST_CASE("a last line that is not the feed's own stops the lane", "[plugins]") {
  FeedPlace place;
  { Connector made(place); }
  std::ofstream(place.file()) << "somebody's note\n";
  Connector connector(place);
  CHECK(reason_of(connector, events(1, 1)) == "file_feed.damaged");
  CHECK(content(place.file()) == "somebody's note\n");
  CHECK(connector.deliver(events(1, 1), "replay") == "D");
}

TEST_CASE("while another instance appends the batch comes later", "[plugins]") {
  FeedPlace place;
  Connector connector(place);
  CHECK(connector.deliver(events(1, 1)) == "D");
  int other = ::open(place.file().c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(other, LOCK_EX) == 0);
  CHECK(reason_of(connector, events(2, 3)) == "file_feed.locked");
  ::close(other);
  CHECK(connector.deliver(events(2, 3)) == "DD");
}

TEST_CASE("a file that cannot grow takes nothing of the batch, and all of it later", "[plugins]") {
  FeedPlace place;
  Connector connector(place);
  CHECK(connector.deliver(events(1, 2)) == "DD");
  std::string before = content(place.file());
  rlimit old{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
  rlimit small = old;
  small.rlim_cur = before.size() + 150;  // the first event of the next batch, not the second
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string reason = reason_of(connector, events(3, 6));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &old) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(reason == "file_feed.full");
  CHECK(content(place.file()) == before);
  CHECK(connector.deliver(events(3, 6)) == "DDDD");
  CHECK(place.received("bss", "live")->size() == 6);
}

TEST_CASE("an event too large for a line is parked", "[plugins]") {
  FeedPlace place;
  Connector connector(place);
  Event large{1, R"({"x":")" + std::string(256 * 1024, 'x') + R"("})"};
  Event fits{2, R"({"x":")" + std::string(256 * 1024 - 8, 'x') + R"("})"};
  CHECK(connector.deliver({large, fits}) == "PD");
  CHECK(Connector(place).deliver({fits, Event{3}}) == "DD");
  CHECK(place.received("bss", "live")->size() == 2);
}

TEST_CASE("a profile is believed to be where its last event left it", "[plugins]") {
  FeedPlace place;
  Connector connector(place);
  CHECK(connector.deliver(events(1, 5)) == "DDDDD");
  CHECK(connector.deliver(events(1, 2), "replay") == "DD");
  Event silent{6, R"({"eventType":"x"})"};
  CHECK(connector.deliver({silent}) == "D");
  std::vector<std::string> records;
  std::string next;
  CHECK(connector.reconcile("", 10, records, next).ok());
  REQUIRE(records.size() == 3);
  CHECK(nlohmann::json::parse(records[0]) == nlohmann::json{{"iccid", "8944000000000000019"},
                                                            {"lastEventType", "profileBound"},
                                                            {"lastEventId", "event-1-3"},
                                                            {"incarnation", 1},
                                                            {"sequence", 3}});
}

TEST_CASE("rules decide in their order, on what an order says", "[plugins]") {
  FeedPlace place;
  Connector connector(place);
  berth_bss_verdict verdict{};
  auto decide = [&](const std::string& order) {
    CHECK(connector.check(order, verdict).ok());
    return verdict.decision;
  };
  CHECK(decide("{}") == BERTH_BSS_ALLOW);
  CHECK(decide(R"({"iccid":"8944000000000000050"})") == BERTH_BSS_DENY);
  CHECK(std::string(verdict.reason, verdict.reason_len) == "bss.blocked_range");
  CHECK(std::string(verdict.message, verdict.message_len) == "reported lost");
  CHECK(decide(R"({"iccid":"8944000000000000049"})") == BERTH_BSS_ALLOW);
  CHECK(decide(R"({"iccid":"8944000000000000060"})") == BERTH_BSS_ALLOW);
  CHECK(decide(R"({"profileType":"trial","iccid":"8944000000000000050"})") == BERTH_BSS_DENY);
  CHECK(decide(R"({"profileType":"trial"})") == BERTH_BSS_HOLD);
  CHECK(verdict.hold_for_ms == 60000);
  CHECK(decide(R"({"profileType":"starter","iccid":null})") == BERTH_BSS_ALLOW);
}

TEST_CASE("a configuration that is wrong is refused with the place at fault", "[plugins]") {
  const auto rule = [](const std::string& text) {
    return refusal_of(R"({"folder":"/x","orders":[)" + text + "]}");
  };
  const std::string start = R"({"decision":"deny","reason":"a.b","message":"m")";
  CHECK(refusal_of("7").find("object") != std::string::npos);
  CHECK(refusal_of("{}").find("/folder") != std::string::npos);
  CHECK(refusal_of(R"({"folder":"x"})").find("absolute") != std::string::npos);
  CHECK(refusal_of(R"({"folder":"/x","rules":[]})").find("/rules") != std::string::npos);
  CHECK(rule(start + "}").find("/orders/0 fits every order") != std::string::npos);
  CHECK(rule(start + R"(,"eidPrefix":"8x"})").find("/orders/0/eidPrefix") != std::string::npos);
  CHECK(rule(start + R"(,"eidPrefix":"8","holdMs":5000})").find("/holdMs") != std::string::npos);
  CHECK(rule(start + R"(,"iccids":{"from":"2","to":"1"}})").find("/iccids") != std::string::npos);
  CHECK(rule(R"({"decision":"hold","reason":"a","message":"m","eidPrefix":"8"})").find("/holdMs") !=
        std::string::npos);
  CHECK(rule(R"({"decision":"hold","holdMs":1,"reason":"a","message":"m","eidPrefix":"8"})")
            .find("/holdMs") != std::string::npos);
  CHECK(rule(R"({"decision":"allow","reason":"a","message":"m","eidPrefix":"8"})")
            .find("/decision") != std::string::npos);
  CHECK(
      rule(R"({"decision":"deny","reason":"A B","message":"m","eidPrefix":"8"})").find("/reason") !=
      std::string::npos);
}

TEST_CASE("a folder that others may write to is refused at the start", "[plugins]") {
  FeedPlace place;
  fs::create_directory(place.feed());
  REQUIRE(::chmod(place.feed().c_str(), 0777) == 0);
  Instance instance(berth::kit::load_plugin(FILE_FEED_SO), place.config());
  REQUIRE(instance.created().ok());
  CHECK(instance.start().reason == "file_feed.folder_mode");
}
