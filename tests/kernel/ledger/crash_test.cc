// A ledger whose process is killed at any moment holds whole commits only.

#include <signal.h>
#include <sys/wait.h>

#include <random>
#include <thread>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

constexpr int kRounds = 12;
constexpr int kThreads = 3;

// Commits profiles from several threads until it is killed; tells each acknowledged one by the
// pipe. Runs in a child of its own.
[[noreturn]] void commit_until_killed(const std::filesystem::path& file, int round, int pipe) {
  ManualClock clock{kNow};
  SystemRandom random;
  auto ledger = open_tenant_ledger(file, *TenantId::parse("aurora"), {}, clock, random);
  if (!ledger.ok()) ::_exit(3);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        const int number = (round * kThreads + t) * 100'000 + i;
        ProfileRecord record{.iccid = iccid(number)};
        record.package.object_name = "p";
        Unit unit;
        unit.commit_id = to_hex(random.bytes(16));
        unit.changes = {InsertProfile{record}};
        unit.event =
            EventDraft{random.uuid(), "made", "{\"iccid\":\"" + record.iccid.text() + "\"}"};
        unit.usage = UsageDraft{.kind = "profile.made", .subject = "o"};
        unit.audit = {"made", {SubjectKind::kProfile, record.iccid.text()}, "{}"};
        const Outcome outcome = (*ledger)->commit(std::move(unit));
        if (!std::holds_alternative<Committed>(outcome)) ::_exit(4);
        if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(5);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ::_exit(0);
}

std::vector<int> read_all(int pipe) {
  std::vector<int> numbers;
  int number = 0;
  while (::read(pipe, &number, sizeof number) == sizeof number) numbers.push_back(number);
  return numbers;
}

void require_whole(TenantLedger& ledger) {
  std::int64_t sequence = 0;
  std::int64_t usage_after = 0;
  std::size_t profiles = 0;
  while (true) {
    const auto events = must(ledger.events(sequence, 1000));
    if (events.empty()) break;
    const auto usage = must(ledger.usage(usage_after, 1000));
    REQUIRE(usage.size() == events.size());
    usage_after = usage.back().sequence;
    for (const EventRecord& event : events) {
      REQUIRE(event.sequence == ++sequence);  // gap-free
      const std::string iccid_text = event.body.substr(10, 19);
      const auto iccid_of_event = must(Iccid::parse(iccid_text));
      REQUIRE(must(ledger.profile(iccid_of_event)).has_value());  // no event without its state
    }
  }
  std::string after;
  while (true) {
    const auto page = must(ledger.profiles(after, 1000));
    if (page.empty()) break;
    profiles += page.size();
    after = page.back().iccid.text();
  }
  REQUIRE(profiles == static_cast<std::size_t>(sequence));  // and no state without its event
  const TenantHead head = must(ledger.head());
  REQUIRE(head.last_event_sequence == sequence);
  REQUIRE(head.last_audit_sequence == sequence);
  require_intact(ledger);
}

}  // namespace

TEST_CASE("killed at any moment, a ledger holds whole commits and every answered one",
          "[ledger][R76][R79][sqlite]") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  TenantFixture fixture;
  std::size_t answered = 0;
  for (int round = 0; round < kRounds; ++round) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(pipe[0]);
      commit_until_killed(fixture.file(), round, pipe[1]);
    }
    ::close(pipe[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(20'000 + random() % 130'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);  // nor did it break an invariant before
    const std::vector<int> numbers = read_all(pipe[0]);
    ::close(pipe[0]);
    TenantLedger& ledger = fixture.open();
    for (const int number : numbers) REQUIRE(must(ledger.profile(iccid(number))).has_value());
    require_whole(ledger);
    answered += numbers.size();
    fixture.ledger.reset();
  }
  CHECK(answered > 0);
}

}  // namespace berth::ledger
