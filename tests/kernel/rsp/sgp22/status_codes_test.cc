#include "kernel/rsp/sgp22/status_codes.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "kernel/rsp/sgp22/status_table.h"

namespace berth::rsp::sgp22 {
namespace {

TEST_CASE("a refused code is explained: what, whose turn, next step", "[rsp][sgp22]") {
  const auto meaning = describe("8.2.6", "3.8");
  REQUIRE(meaning);
  CHECK(meaning->meaning.find("activation code") != std::string::npos);
  CHECK(meaning->whose_turn == "the seller of the activation code");
  CHECK_FALSE(meaning->next_step.empty());
}

TEST_CASE("every pair of ES9+ and ES2+ has a meaning of its own", "[rsp][sgp22]") {
  const std::vector<std::pair<std::string_view, std::string_view>> pairs = {// ES9+
                                                                            {"8.8.1", "3.8"},
                                                                            {"8.8.3", "3.1"},
                                                                            {"8.8.2", "3.1"},
                                                                            {"8.8.4", "3.7"},
                                                                            {"8.1.2", "6.1"},
                                                                            {"8.1.2", "6.3"},
                                                                            {"8.1.3", "6.1"},
                                                                            {"8.1.3", "6.3"},
                                                                            {"8.1", "6.1"},
                                                                            {"8.1", "4.8"},
                                                                            {"8.1.1", "3.8"},
                                                                            {"8.2", "1.2"},
                                                                            {"8.2.5", "4.3"},
                                                                            {"8.2.6", "3.8"},
                                                                            {"8.8.5", "4.10"},
                                                                            {"8.8.5", "6.4"},
                                                                            {"8.10.1", "3.9"},
                                                                            {"8.11.1", "3.9"},
                                                                            {"8.2", "3.7"},
                                                                            {"8.2.7", "2.2"},
                                                                            {"8.2.7", "3.8"},
                                                                            {"8.2.7", "6.4"},
                                                                            {"8.8", "3.10"},
                                                                            // ES2+
                                                                            {"8.2.1", "1.2"},
                                                                            {"8.2.1", "3.3"},
                                                                            {"8.2.1", "3.9"},
                                                                            {"8.2.5", "1.2"},
                                                                            {"8.2.5", "3.7"},
                                                                            {"8.2.5", "3.8"},
                                                                            {"8.2.5", "3.9"},
                                                                            {"8.1.1", "2.2"},
                                                                            {"8.1.1", "3.10"},
                                                                            {"8.2.1", "3.5"},
                                                                            {"8.2.6", "3.3"},
                                                                            {"8.2.6", "2.1"},
                                                                            {"8.2.6", "2.2"},
                                                                            {"8.9", "4.2"},
                                                                            {"8.9", "5.1"},
                                                                            {"8.2.1", "2.2"},
                                                                            {"8.2.1", "3.10"},
                                                                            {"8.2.6", "3.10"}};
  std::set<std::string> meanings;
  for (const auto& [subject, reason] : pairs) {
    CAPTURE(subject, reason);
    const auto meaning = describe(subject, reason);
    REQUIRE(meaning);
    CHECK(meanings.insert(meaning->meaning).second);
    CHECK_FALSE(meaning->whose_turn.empty());
    CHECK_FALSE(meaning->next_step.empty());
  }
}

TEST_CASE("a pair without a meaning is explained from its halves", "[rsp][sgp22]") {
  const auto both = describe("8.2.6", "5.1");
  REQUIRE(both);
  CHECK(both->meaning == "Matching ID: Inaccessible");
  CHECK(describe("8.2.6", "99")->meaning == "Matching ID: an unknown reason");
  CHECK(describe("77", "3.8")->meaning == "an unknown subject: Refused");
  for (const std::string_view reason : {"1.1", "2.1", "3.1", "4.2", "5.1", "6.1"}) {
    const auto meaning = describe("8.12", reason);
    REQUIRE(meaning);
    CHECK_FALSE(meaning->whose_turn.empty());
    CHECK_FALSE(meaning->next_step.empty());
  }
  CHECK_FALSE(describe("77", "99"));
  CHECK_FALSE(describe("", ""));
}

TEST_CASE("every pair in the table has a known subject and reason and comes once", "[rsp][sgp22]") {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const PairEntry& entry : pair_table()) {
    CAPTURE(entry.subject_code, entry.reason_code);
    CHECK_FALSE(subject_name(entry.subject_code).empty());
    CHECK_FALSE(reason_name(entry.reason_code).empty());
    CHECK(seen.emplace(entry.subject_code, entry.reason_code).second);
  }
}

TEST_CASE("reasons whose number ends in 0 keep it", "[rsp][sgp22]") {
  CHECK(reason_name("3.10") == "Invalid Association");
  CHECK(reason_name("4.10") == "Time to Live Expired");
  CHECK(reason_name("3.1") == "Unsupported");
  CHECK(reason_name("4.1").empty());
  CHECK(download_order_expired().pair() == "8.8.5/4.10");
}

TEST_CASE("refusals are built by name with a message for a person", "[rsp][sgp22]") {
  CHECK(matching_id_refused().pair() == "8.2.6/3.8");
  CHECK_FALSE(matching_id_refused().message.empty());
  CHECK(matching_id_refused("used up").message == "used up");
  CHECK(transaction_unknown().pair() == "8.10.1/3.9");
  CHECK(no_certificate_for_verification_ci().pair() == "8.8.4/3.7");
  CHECK(smdp_oid_mismatch().pair() == "8.8/3.10");
  CHECK(confirmation_code_attempts_exceeded().pair() == "8.2.7/6.4");
}

}  // namespace
}  // namespace berth::rsp::sgp22
