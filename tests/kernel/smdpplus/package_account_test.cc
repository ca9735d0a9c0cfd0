#include "kernel/smdpplus/package_account.h"

#include <random>

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using Numbers = std::vector<std::uint64_t>;

// "i5": installed under number 5; "a": there already, "n": not there, "f": failed before the look,
// "-": no word. The latest first; "?" after a word: its number is not known.
CardPapers papers(const std::string& text, const Numbers& deletions = {}) {
  CardPapers made;
  std::istringstream words(text);
  std::string word;
  std::uint8_t id = 0;
  while (words >> word) {
    Delivery one{*TransactionId::from_octets(Bytes(16, ++id)), true, CardWord::kNone, {}};
    switch (word[0]) {
      case 'i':
        one.word = CardWord::kInstalled;
        break;
      case 'a':
        one.word = CardWord::kThereAlready;
        break;
      case 'n':
        one.word = CardWord::kNotThere;
        break;
      case 'f':
        one.word = CardWord::kFailed;
        break;
      default:
        break;
    }
    if (word.size() > 1 && word[1] != '?') one.number = std::stoul(word.substr(1));
    made.deliveries.push_back(one);
  }
  for (const std::uint64_t number : deletions) made.add_deletion(number);
  return made;
}

// "absent", "there" or "unknown", and whether a deletion is what says so.
std::string standing(const CardPapers& papers) {
  const PackageAccount account = account_of(papers);
  std::string text = account.absent ? "absent" : account.complete ? "there" : "unknown";
  if (account.absent) CHECK(account.complete);
  if (account.absent_by_deletion) text += " by deletion";
  if (account.ended) text += ", ended";
  return text;
}

}  // namespace

TEST_CASE("what a card said of its latest packages tells whether the profile is there",
          "[smdpplus][R106:part]") {
  struct Case {
    std::string words;  // the latest package first
    Numbers deletions;
    std::string expected;
  };
  const Case kCases[] = {
      {"", {}, "absent"},
      {"-", {}, "unknown"},
      {"i5", {}, "there"},
      {"n5", {}, "absent"},
      {"a5", {}, "there"},
      {"f5", {}, "absent"},
      // A word speaks of all packages before it, when the card had looked.
      {"i5 -", {}, "there"},
      {"n5 - -", {}, "absent"},
      {"n5 i3", {}, "absent"},
      {"f5 -", {}, "unknown"},
      {"f5 i3", {}, "there"},
      {"f5 n3 -", {}, "absent"},
      {"a5 -", {}, "there"},
      // A package nobody spoke of may be there.
      {"- i5", {}, "unknown"},
      {"- n5", {}, "unknown"},
      // A deletion of a higher number ends what was installed, one of a lower number does not.
      {"i5", {6}, "absent by deletion, ended"},
      {"i5", {4}, "there"},
      {"a5 -", {6}, "absent by deletion, ended"},
      {"a5 -", {4}, "there"},
      {"n5 i3", {4}, "absent, ended"},
      {"n5 i3", {2}, "absent"},
      {"f5 i3", {4}, "absent by deletion, ended"},
      {"f4 i3", {5}, "absent by deletion, ended"},
      // Each package that may be there needs a deletion of its own.
      {"-", {4}, "absent by deletion"},
      {"- -", {4}, "unknown"},
      {"- -", {4, 6}, "absent by deletion"},
      {"- -", {4, 4}, "unknown"},
      {"- i5", {6}, "unknown"},
      {"- i5", {6, 8}, "absent by deletion, ended"},
      {"- i5", {4, 6}, "unknown"},
      {"- n5", {6}, "absent by deletion"},
      {"- n5", {4}, "unknown"},
      {"- f5 -", {6}, "unknown"},
      {"- f5", {6}, "absent by deletion"},
      // A word whose number is not at hand lets no deletion count.
      {"i?", {6}, "there"},
      {"n?", {6}, "absent"},
      {"- n?", {6}, "unknown"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.words, one.deletions);
    CHECK(standing(papers(one.words, one.deletions)) == one.expected);
  }
}

TEST_CASE("of a profile that was sent too often to see its beginning nothing old is believed",
          "[smdpplus][R106:part]") {
  CardPapers many = papers("- -", {4, 6});
  many.whole = false;
  CHECK(standing(many) == "unknown");
  CardPapers failed = papers("f5");
  failed.whole = false;
  CHECK(standing(failed) == "unknown");
  CardPapers known = papers("n5");  // everything before it is spoken for
  known.whole = false;
  CHECK(standing(known) == "absent");
}

TEST_CASE("what belongs to an earlier life ends no later one", "[smdpplus][R106:part]") {
  SECTION("a deletion that was used up") {
    CardPapers next = papers("f5 -", {3});
    next.deliveries[1].of_this_life = false;
    next.deletions[0].of_this_life = false;
    CHECK(standing(next) == "absent");
    next = papers("- -", {3});
    next.deliveries[1].of_this_life = false;
    next.deletions[0].of_this_life = false;
    CHECK(standing(next) == "unknown");
    next.add_deletion(7);
    CHECK(standing(next) == "absent by deletion");
  }
  SECTION("a deletion of which the card told late") {
    CardPapers next = papers("- i3", {2, 4});
    next.deliveries[1].of_this_life = false;
    next.deletions[0].of_this_life = false;  // 4
    CHECK(standing(next) == "unknown");
  }
  SECTION("a deletion from before the card was reset") {
    CardPapers next = papers("i3 i100", {101});
    next.deliveries[1].of_this_life = false;
    next.deletions[0].of_this_life = false;
    CHECK(standing(next) == "there");
    next.add_deletion(4);
    CHECK(standing(next) == "absent by deletion, ended");
  }
  SECTION("a deletion from before a reset within one life") {
    CHECK(standing(papers("i1 i100", {101})) == "there");
    CHECK(standing(papers("- i1 f100", {101, 102})) == "unknown");
  }
  SECTION("packages without a word") {
    CardPapers two = papers("- - n1", {2, 3});
    CHECK(account_of(two).silent == 2);
    two.deliveries[1].of_this_life = false;
    CHECK(account_of(two).silent == 1);
  }
}

TEST_CASE("a result that is about to be committed counts as if it were", "[smdpplus]") {
  CardPapers waiting = papers("- -", {9});
  rsp::sgp22::ProfileInstallationResult result{
      .whole = {},
      .data = {},
      .signature = {},
      .transaction_id = waiting.deliveries[0].transaction_id,
      .metadata = {},
      .smdp_oid = {},
      .result = rsp::sgp22::ProfileInstallationResult::Success{}};
  result.metadata.sequence_number = 8;
  waiting.add(result.transaction_id, result);
  CHECK(standing(waiting) == "absent by deletion, ended");
  result.result = rsp::sgp22::ProfileInstallationResult::Failure{5, 9, {}};
  waiting.add(result.transaction_id, result);
  CHECK(waiting.deliveries[0].word == CardWord::kThereAlready);
  result.result = rsp::sgp22::ProfileInstallationResult::Failure{3, 12, {}};
  waiting.add(result.transaction_id, result);
  CHECK(waiting.deliveries[0].word == CardWord::kFailed);
  result.result = rsp::sgp22::ProfileInstallationResult::Failure{4, 12, {}};
  waiting.add(result.transaction_id, result);
  CHECK(waiting.deliveries[0].word == CardWord::kNotThere);
}

TEST_CASE("no account of a real card's words is ever wrong", "[smdpplus][R106:part]") {
  const auto seed = static_cast<std::uint32_t>(GENERATE(1, 2, 3, 20261123));
  std::mt19937 random(seed);
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  std::size_t complete = 0;
  for (int round = 0; round < 20'000; ++round) {
    CAPTURE(seed, round);
    // A card that lives through some sessions; each word it signs may get lost.
    bool there = false;
    bool lost_deletion = false;
    std::uint64_t number = 0;
    std::vector<Delivery> sessions;
    Numbers deletions;
    const unsigned count = 1 + random() % 4;
    for (unsigned i = 0; i < count; ++i) {
      Delivery one{*TransactionId::from_octets(Bytes(16, static_cast<std::uint8_t>(i + 1))),
                   true,
                   CardWord::kNone,
                   {}};
      if (chance(80)) {  // else the package never reached the card
        const CardWord word = chance(20)   ? CardWord::kFailed
                              : there      ? CardWord::kThereAlready
                              : chance(30) ? CardWord::kNotThere
                                           : CardWord::kInstalled;
        if (word == CardWord::kInstalled) there = true;
        ++number;
        if (chance(70)) {
          one.word = word;
          one.number = number;
        }
      }
      sessions.insert(sessions.begin(), one);
      if (there && chance(40)) {
        there = false;
        ++number;
        if (chance(70)) {
          deletions.push_back(number);
        } else {
          lost_deletion = true;
        }
      }
    }
    CardPapers heard;
    heard.deliveries = sessions;
    for (const std::uint64_t one : deletions) heard.add_deletion(one);
    const PackageAccount account = account_of(heard);
    if (account.absent) REQUIRE_FALSE(there);
    if (account.complete && !account.absent && !lost_deletion) REQUIRE(there);
    if (account.ended) REQUIRE_FALSE(there);
    complete += account.complete ? 1 : 0;
  }
  CHECK(complete > 5'000);
}

}  // namespace berth::smdpplus::testing
