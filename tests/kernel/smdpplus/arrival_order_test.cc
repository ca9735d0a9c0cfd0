// Words of cards in whatever order they come, as often as they come: the end is that of the order
// they were signed in, and nothing is ever free that a card may have
// (docs/decisions/quarantine.md).

#include <random>
#include <thread>

#include "kernel/smdpplus/profile_types.h"
#include "tests/kernel/smdpplus/card_words.h"

namespace berth::smdpplus::testing {
namespace {

using rsp::sgp22::HandleNotificationRequest;

enum class Act : std::uint8_t {
  kInstall = 1,    // or "there already", when it is
  kFailTemporary,  // after the look, when it is not there
  kFailPermanent,
  kFailEarly,  // before the look
  kLose,       // the package never reaches the card
  kDelete,     // nothing, when it is not there
  kToggle,     // enabled, then disabled
  kReorder,    // the order expires, and the profile is ordered again for the same card
};
using Script = std::vector<Act>;

Script random_script(std::mt19937& random) {
  Script script;
  const unsigned sessions = 1 + random() % 4;
  for (unsigned i = 0; i < sessions; ++i) {
    if (i > 0 && random() % 4 == 0) script.push_back(Act::kReorder);
    script.push_back(static_cast<Act>(1 + random() % 5));
    if (random() % 3 == 0) script.push_back(Act::kToggle);
    if (random() % 2 == 0) script.push_back(Act::kDelete);
  }
  return script;
}

std::string text_of(const Script& script) {
  std::string text;
  for (const Act act : script) text += "?itpeldxr"[static_cast<int>(act)];
  return text;
}

// One profile, ordered for one card that lives through a script; its words are not sent yet.
class Life {
 public:
  Life(Site& site, const std::string& type, const Script& script) : site_(site), phone_(site) {
    ProfileImport import = site.sample_import(type);
    import.service_provider_name.clear();
    import.profile_name.clear();
    import.owner.reset();
    iccid = must(import_profile(site.tenant(), "test", import)).iccid;
    code_ = site.order([&](OrderRequest& request) {
                  request.iccid = *iccid;
                  request.identifier += site.random.uuid();
                })
                .matching_id.text();
    for (const Act act : script) perform(act);
  }

  std::string send(std::size_t word) {
    return say(site_.es9->handle_notification(site_.tenant(), "test", words[word]));
  }
  ledger::ProfileRecord profile() const { return *must(site_.ledger().profile(*iccid)); }
  std::string standing() const {
    const auto row = profile();
    return std::string(lifecycle::to_string(row.state)) + (row.quarantined ? " quarantined" : "") +
           (row.eid ? " for its card" : "");
  }
  // Free for somebody else, now or at the operator's wish.
  bool is_free() const {
    const auto row = profile();
    return !row.quarantined && row.state != lifecycle::ProfileState::kInstalled &&
           row.state != lifecycle::ProfileState::kUnavailable;
  }

  std::optional<Iccid> iccid;
  std::vector<HandleNotificationRequest> words;  // in the order the card signed them
  bool there = false;                            // on the card, at the end of the script
  bool unheard = false;  // a package was lost, and no later one was looked into

 private:
  void perform(Act act) {
    switch (act) {
      case Act::kDelete:
        if (there) tell(euicc::NotificationEvent::kDelete);
        there = false;
        return;
      case Act::kToggle:
        if (!there) return;
        tell(euicc::NotificationEvent::kEnable);
        tell(euicc::NotificationEvent::kDisable);
        return;
      case Act::kReorder:
        return reorder_it();
      default:
        return download(act);
    }
  }

  void download(Act act) {
    const TransactionId session = phone_.bound(code_).transaction_id;
    if (act == Act::kLose) {
      unheard = true;
      return;
    }
    if (act == Act::kFailEarly) return tell(session, failed_before_the_look());
    unheard = false;
    if (there) return tell(session, there_already());
    if (act != Act::kInstall) {
      return tell(session, act == Act::kFailTemporary ? failed_for_now() : failed_for_good());
    }
    there = true;
    tell(session, installed());
  }

  void reorder_it() {
    site_.clock.advance(std::chrono::hours(2));
    site_.es9->housekeeping(site_.tenant(), false);
    REQUIRE(profile().state == lifecycle::ProfileState::kError);
    ReorderRequest wish;
    wish.call = {"test", site_.random.uuid(), iccid->text()};
    code_ = must(reorder(site_.tenant(), wish)).matching_id.text();
  }

  void tell(const TransactionId& session, const Bytes& outcome) {
    words.push_back(result_word(phone_, ++number_, session, *iccid, outcome));
  }
  void tell(euicc::NotificationEvent event) {
    words.push_back(event_word(phone_, ++number_, event, *iccid));
  }

  Site& site_;
  Phone phone_;
  std::string code_;
  std::uint64_t number_ = 0;
};

SiteOptions options() {
  SiteOptions site;
  site.attempts_max = 50;
  return site;
}

void define(Site& site, const std::string& name, const std::string& reuse) {
  must(define_profile_type(site.tenant(), R"({"name": ")" + name +
                                              R"(", "serviceProviderName": "Alpha",
      "profileName": "Sample", "reuse": ")" + reuse +
                                              R"(", "downloadsMax": 50})"));
}

std::vector<std::size_t> shuffled_with_copies(std::size_t count, std::mt19937& random) {
  std::vector<std::size_t> sequence;
  for (std::size_t i = 0; i < count; ++i) sequence.insert(sequence.end(), 1 + random() % 2, i);
  std::shuffle(sequence.begin(), sequence.end(), random);
  return sequence;
}

}  // namespace

TEST_CASE("words in any order and number end where they end in the card's order",
          "[smdpplus][R72:part][R106:part]") {
  const std::string reuse = GENERATE("anyEid", "sameEid", "never");
  Site site(options());
  define(site, "again", reuse);
  std::mt19937 random(20261123);
  for (int round = 0; round < 25; ++round) {
    const Script script = random_script(random);
    Life straight(site, "again", script);
    for (std::size_t i = 0; i < straight.words.size(); ++i) REQUIRE(straight.send(i) == "ok");
    const std::string expected = straight.standing();  // before more time passes
    Life mixed(site, "again", script);
    std::string order;
    for (const std::size_t word : shuffled_with_copies(mixed.words.size(), random)) {
      order += " " + std::to_string(word + 1);
      CAPTURE(reuse, round, text_of(script), order);
      REQUIRE(mixed.send(word) == "ok");
      if (mixed.is_free()) REQUIRE_FALSE(mixed.there);
    }
    CAPTURE(reuse, round, text_of(script), order);
    CHECK(mixed.standing() == expected);
    const auto row = mixed.profile();
    if (mixed.there) CHECK(row.state == lifecycle::ProfileState::kInstalled);
    // When every package was spoken of, nothing stays stuck.
    if (!mixed.unheard) {
      CHECK_FALSE(row.quarantined);
      if (!mixed.there) CHECK(row.state != lifecycle::ProfileState::kInstalled);
    }
  }
}

TEST_CASE("words that get lost free nothing that a card may have", "[smdpplus][R106:part]") {
  Site site(options());
  define(site, "again", "anyEid");
  std::mt19937 random(4711);
  int freed = 0;
  for (int round = 0; round < 25; ++round) {
    const Script script = random_script(random);
    Life life(site, "again", script);
    std::string order;
    for (const std::size_t word : shuffled_with_copies(life.words.size(), random)) {
      if (random() % 3 == 0) continue;
      order += " " + std::to_string(word + 1);
      CAPTURE(round, text_of(script), order);
      REQUIRE(life.send(word) == "ok");
      if (life.is_free()) REQUIRE_FALSE(life.there);
    }
    freed += life.is_free() ? 1 : 0;
  }
  CHECK(freed > 5);
}

TEST_CASE("words that come at the same time end where they end one by one",
          "[smdpplus][R72:part]") {
  Site site(options());
  define(site, "again", "anyEid");
  std::mt19937 random(815);
  for (int round = 0; round < 15; ++round) {
    const Script script = random_script(random);
    Life straight(site, "again", script);
    for (std::size_t i = 0; i < straight.words.size(); ++i) REQUIRE(straight.send(i) == "ok");
    const std::string expected = straight.standing();
    Life crowded(site, "again", script);
    const auto sequence = shuffled_with_copies(crowded.words.size(), random);
    std::atomic<std::size_t> next = 0;
    std::atomic<int> refused = 0;
    const auto work = [&] {
      for (std::size_t mine = next++; mine < sequence.size(); mine = next++) {
        // A card comes again when others were faster too often.
        for (int tries = 0; crowded.send(sequence[mine]) != "ok"; ++tries) {
          if (tries == 20) ++refused;
          if (tries == 20) break;
        }
      }
    };
    std::vector<std::thread> senders;
    for (int i = 0; i < 3; ++i) senders.emplace_back(work);
    for (std::thread& one : senders) one.join();
    CAPTURE(round, text_of(script));
    CHECK(refused == 0);
    CHECK(crowded.standing() == expected);
  }
}

TEST_CASE("a profile goes to the next card only when it is not on the one before",
          "[smdpplus][R106:part]") {
  Site site(options());
  define(site, "again", "anyEid");
  std::mt19937 random(99);
  int moved = 0;
  for (int round = 0; round < 25; ++round) {
    const Script script = random_script(random);
    Life first(site, "again", script);
    const auto sequence = shuffled_with_copies(first.words.size(), random);
    std::size_t sent = 0;
    while (sent < sequence.size() && first.standing() != "Available") first.send(sequence[sent++]);
    if (first.standing() != "Available") continue;
    CAPTURE(round, text_of(script));
    REQUIRE_FALSE(first.there);
    ++moved;
    Phone second(site, kOtherAlphaEid);
    const OrderAnswer order = site.order([&](OrderRequest& request) {
      request.iccid = *first.iccid;
      request.identifier += site.random.uuid();
    });
    const auto package = second.bound(std::string(order.matching_id.text()));
    while (sent < sequence.size()) REQUIRE(first.send(sequence[sent++]) == "ok");
    CHECK(first.standing() == "Downloaded quarantined for its card");
    must(site.es9->handle_notification(site.tenant(), "test", second.install(package)));
    CHECK(first.standing() == "Installed for its card");
    CHECK(first.profile().eid == Eid::parse(kOtherAlphaEid).value());
  }
  CHECK(moved > 3);
}

}  // namespace berth::smdpplus::testing
