#include "tools/berthctl/output.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace berth;
using namespace berth::berthctl;
using nlohmann::ordered_json;

TEST_CASE("columns align by characters, not octets", "[berthctl]") {
  CHECK(table({{"A", "B"}, {"für", "x"}, {"long", "y"}}) == "A     B\nfür   x\nlong  y\n");
}

TEST_CASE("a story is a timeline with the time since the step before", "[berthctl]") {
  const ordered_json story = ordered_json::parse(R"({"tenant":"a","iccid":"i","state":"Installed",
    "steps":[{"time":"T1","timeMs":1000,"title":"ordered","detail":"d1"},
             {"time":"T2","timeMs":1250,"title":"bound","detail":"d2"},
             {"time":"T3","timeMs":61250,"title":"installed","detail":"d3"}]})");
  const std::string text = story_text(story);
  CHECK(text.find("tenant a  iccid i  state Installed\n") == 0);
  CHECK(text.find("+250 ms  bound") != std::string::npos);
  CHECK(text.find("+60 s") != std::string::npos);
}

TEST_CASE("a code that is no order has a line of its own instead of an empty heading",
          "[berthctl]") {
  const auto story = ordered_json::parse(R"({"tenant":"acme","iccid":"","state":"","steps":[]})");
  CHECK(story_text(story) == "tenant acme: this code is no order here\n");
}

TEST_CASE("an unknown code of a pair is said, and nobody's turn is made up", "[berthctl]") {
  const auto meaning = ordered_json::parse(R"({"pair":"8.2.6/9.9","subject":"Matching ID",
    "reason":"","meaning":"m","whoseTurn":"operator","nextStep":"n"})");
  CHECK(explain_text(meaning) ==
        "subject code 8.2.6: Matching ID\nreason code 9.9 is not in the standard's tables; check "
        "it for a typing error\n");
}

TEST_CASE("the doctor's red lines carry their remedy and colour only for a terminal",
          "[berthctl]") {
  const ordered_json report = ordered_json::parse(R"({"red":true,"findings":[
    {"name":"clock","grade":"ok","detail":"fine","remedy":""},
    {"name":"disk","grade":"red","detail":"full","remedy":"make room"}]})");
  CHECK(doctor_text(report, false) == "ok    clock  fine\nred   disk   full\n      make room\n");
  CHECK(doctor_text(report, true).find("\x1b[31m") != std::string::npos);
}

TEST_CASE("control characters never reach the terminal", "[berthctl]") {
  CHECK(printable("a\x1b[31m\n\x7f"
                  "b") == "a?[31m??b");
  CHECK(error_line(Error(ErrorCode::kNotFound, "x.y", "a\nb")) == "berthctl: a?b [x.y]");
}

TEST_CASE("a broken chain names the place", "[berthctl]") {
  CHECK(verdict_text("host", ordered_json::parse(R"({"intact":true,"records":3,"purged":1})")) ==
        "host: intact, 3 records, 1 purged\n");
  CHECK(verdict_text("host", ordered_json::parse(
                                 R"({"intact":false,"records":3,"purged":0,"firstBadSequence":2,
                                     "reason":"hash"})"))
            .find("BROKEN at sequence 2: hash") != std::string::npos);
}

TEST_CASE("a list of things takes a line each", "[berthctl]") {
  const std::string text = properties(ordered_json::parse(
      R"({"plugins":[{"id":"a.hsm","signedBy":null},{"id":"b.store","signedBy":"aa"}]})"));
  CHECK(text.find("id a.hsm, signedBy null\n") != std::string::npos);
  CHECK(text.find("id b.store, signedBy aa\n") != std::string::npos);
}
