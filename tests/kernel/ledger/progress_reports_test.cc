#include "kernel/ledger/progress_reports.h"

#include <algorithm>
#include <map>
#include <random>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

ProgressReportRecord report(std::string id, int profile_number, std::uint32_t position = 0,
                            UnixMs next_ms = 0) {
  ProgressReportRecord record{.report_id = std::move(id), .iccid = iccid(profile_number)};
  record.position = position;
  record.point = 3;
  record.body = R"({"notificationPointId":3,"ä":"漢"})";
  record.next_ms = next_ms;
  return record;
}

struct ReportsFixture : TenantFixture {
  ReportsFixture() { open(); }
  void insert(ProgressReportRecord record) { committed(put({InsertProgressReport{record}})); }
  void move(const std::string& id, ReportState state, UnixMs next_ms = 0) {
    ProgressReportRecord next = must(ledger->progress_report(id)).value();
    next.state = state;
    next.next_ms = next_ms;
    ++next.tries;
    const std::int64_t from = next.revision++;
    committed(put({UpdateProgressReport{next, from}}));
  }
  static std::string ids(const std::vector<ProgressReportRecord>& records) {
    std::string found;
    for (const auto& record : records) found += record.report_id;
    return found;
  }
  std::string due(UnixMs now, std::size_t max = 100) {
    return ids(must(ledger->due_progress_reports(now, max)));
  }
};

TEST_CASE("a report keeps its octets and the number of its commit", "[ledger]") {
  ReportsFixture fixture;
  committed(fixture.put({}));
  ProgressReportRecord made = report("a", 1, 4, kNow + 7);
  made.commit_sequence = 99;  // the ledger knows better
  made.problem = "none yet";
  fixture.insert(made);
  const ProgressReportRecord read = must(fixture.ledger->progress_report("a")).value();
  CHECK(read.report_id == "a");
  CHECK(read.commit_sequence == 2);
  CHECK(read.position == 4);
  CHECK(read.revision == 1);
  CHECK(read.iccid == iccid(1));
  CHECK(read.point == 3);
  CHECK(read.body == made.body);
  CHECK(read.state == ReportState::kPending);
  CHECK(read.tries == 0);
  CHECK(read.next_ms == kNow + 7);
  CHECK(read.created_ms == kNow);
  CHECK(read.problem == "none yet");
  CHECK_FALSE(must(fixture.ledger->progress_report("b")).has_value());
  CHECK(refused(fixture.put({InsertProgressReport{made}})) == RefusalReason::kDuplicate);
}

TEST_CASE("a try changes how a report stands, never what it says or its place", "[ledger]") {
  ReportsFixture fixture;
  fixture.insert(report("a", 1));
  ProgressReportRecord next = must(fixture.ledger->progress_report("a")).value();
  next.state = ReportState::kDead;
  next.tries = 9;
  next.next_ms = 5;
  next.problem = "no answer";
  next.revision = 2;
  next.body = "other";
  next.commit_sequence = 77;
  next.position = 7;
  next.iccid = iccid(2);
  committed(fixture.put({UpdateProgressReport{next, 1}}));
  CHECK(refused(fixture.put({UpdateProgressReport{next, 1}})) == RefusalReason::kGuard);
  const ProgressReportRecord read = must(fixture.ledger->progress_report("a")).value();
  CHECK(read.state == ReportState::kDead);
  CHECK(read.tries == 9);
  CHECK(read.next_ms == 5);
  CHECK(read.problem == "no answer");
  CHECK(read.body == report("a", 1).body);
  CHECK(read.commit_sequence == 1);
  CHECK(read.position == 0);
  CHECK(read.iccid == iccid(1));
}

TEST_CASE("only the first pending report of an ICCID may leave, and only when it is due",
          "[ledger]") {
  ReportsFixture fixture;
  // b and a in one commit: the position decides, not the id.
  committed(fixture.put({InsertProgressReport{report("b", 1, 0, kNow + 10)},
                         InsertProgressReport{report("a", 1, 1)}}));
  fixture.insert(report("c", 2));
  fixture.insert(report("d", 1));
  fixture.insert(report("e", 2));
  CHECK(fixture.due(kNow + 9) == "c");  // b holds back a and d, not the other ICCID
  CHECK(fixture.due(kNow + 10) == "bc");
  CHECK(fixture.due(kNow + 10, 1) == "b");
  CHECK(fixture.due(kNow + 10, 0).empty());

  fixture.move("b", ReportState::kDelivered);
  CHECK(fixture.due(kNow) == "ac");
  fixture.move("a", ReportState::kPending, kNow + 100);  // tried in vain
  CHECK(fixture.due(kNow) == "c");
  fixture.move("a", ReportState::kDead);
  CHECK(fixture.due(kNow) == "cd");
  fixture.move("c", ReportState::kRefused);
  CHECK(fixture.due(kNow) == "de");
  fixture.move("a", ReportState::kPending);  // a person set it going again: it is first once more
  CHECK(fixture.due(kNow) == "ae");
}

TEST_CASE("two reports may not claim one place", "[ledger]") {
  ReportsFixture fixture;
  CHECK(refused(fixture.put({InsertProgressReport{report("a", 1)},
                             InsertProgressReport{report("b", 1)}})) == RefusalReason::kDuplicate);
  committed(
      fixture.put({InsertProgressReport{report("a", 1)}, InsertProgressReport{report("b", 2)}}));
}

TEST_CASE("reports are listed by state, oldest first, and outlive the program", "[ledger]") {
  ReportsFixture fixture;
  for (const char* id : {"d", "c", "b", "a"}) fixture.insert(report(id, 1));
  fixture.move("c", ReportState::kDead);
  fixture.move("a", ReportState::kDead);
  fixture.move("d", ReportState::kDelivered);
  TenantLedger& ledger = fixture.open();
  const auto in = [&](ReportState state, std::size_t max) {
    return ReportsFixture::ids(must(ledger.progress_reports(state, max)));
  };
  CHECK(in(ReportState::kDead, 10) == "ca");
  CHECK(in(ReportState::kDead, 1) == "c");
  CHECK(in(ReportState::kPending, 10) == "b");
  CHECK(in(ReportState::kDelivered, 10) == "d");
  CHECK(in(ReportState::kRefused, 10).empty());
  fixture.tamper("update progress_report set state = 5 where report_id = 'b'");
  CHECK(ledger.progress_report("b").error().reason() == "ledger.corrupt_row");
}

TEST_CASE("random reports leave in order for each ICCID, whatever happens to others",
          "[ledger][property]") {
  const auto seed = static_cast<std::uint32_t>(GENERATE(3, 20261123));
  CAPTURE(seed);
  std::mt19937 random(seed);
  ReportsFixture fixture;
  fixture.ledger.reset();
  fixture.forget_durability();
  fixture.open();
  std::vector<ProgressReportRecord> model;  // in order of insertion
  for (int step = 0; step < 300; ++step) {
    const UnixMs now = kNow + step;
    if (model.empty() || random() % 3 == 0) {
      const int number = 1 + static_cast<int>(random() % 4);
      model.push_back(report("r" + std::to_string(step), number, 0, now + random() % 20));
      fixture.insert(model.back());
    } else {
      ProgressReportRecord& one = model[random() % model.size()];
      one.state = static_cast<ReportState>(1 + random() % 4);
      one.next_ms = now + random() % 20;
      fixture.move(one.report_id, one.state, one.next_ms);
    }
    std::string expected;
    std::map<std::string, int> seen;
    for (const auto& one : model) {
      if (one.state != ReportState::kPending || seen[one.iccid.text()]++ != 0) continue;
      if (one.next_ms <= now) expected += one.report_id;
    }
    CAPTURE(step);
    REQUIRE(fixture.due(now) == expected);
  }
}

}  // namespace
}  // namespace berth::ledger
