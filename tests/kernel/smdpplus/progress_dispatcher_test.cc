#include "kernel/smdpplus/progress_dispatcher.h"

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>

#include "kernel/smdpplus/progress_report.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using ledger::ReportState;

const SiteOptions kWithEndpoint{.configure = [](tenancy::TenantConfiguration& tenant) {
  tenant.progress =
      tenancy::ProgressEndpoint{.url = "https://bss.example", .requester_identifier = "SMDP-1"};
}};

// An operator whose answers are scripted, and what it was sent.
struct Receiver {
  Result<ReportAnswer> answer = ReportAnswer{204, "", {}};
  std::function<void(const std::string&)> on_send;
  std::mutex mutex;
  std::vector<std::string> bodies;

  ReportTransport transport() {
    return [this](const context::TenantContext&, const std::string& body) {
      {
        const std::lock_guard lock(mutex);
        bodies.push_back(body);
      }
      if (on_send) on_send(body);
      return answer;
    };
  }
  // "018:1 018:3": the ICCIDs' last digits and the points, in order.
  std::string received() {
    const std::lock_guard lock(mutex);
    std::string text;
    for (const std::string& body : bodies) {
      const auto json = nlohmann::json::parse(body);
      const std::string iccid = json.at("iccid");
      text += (text.empty() ? "" : " ") + iccid.substr(iccid.size() - 3) + ":" +
              json.at("notificationPointId").dump();
    }
    return text;
  }
};

const char* const kIccids[] = {"8944500000000000018", "8944500000000000026", "8944500000000000034",
                               "8944500000000000042", "8944500000000000059", "8944500000000000067"};

// A commit that leaves reports of these points for one ICCID.
void happen(Site& site, const char* iccid, std::initializer_list<std::uint32_t> points) {
  ledger::Unit unit;
  unit.commit_id = to_hex(site.random.bytes(16));
  unit.audit = {"test.progress", {ledger::SubjectKind::kProfile, iccid}, "{}"};
  for (const std::uint32_t point : points) {
    add_progress(site.tenant(), unit,
                 {.point = point,
                  .eid = std::nullopt,
                  .iccid = *Iccid::parse(iccid),
                  .profile_type = "gold",
                  .failure = std::nullopt,
                  .result_data = {}});
  }
  REQUIRE(std::holds_alternative<ledger::Committed>(site.ledger().real().commit(std::move(unit))));
}

std::vector<ledger::ProgressReportRecord> in_state(Site& site, ReportState state) {
  return must(site.ledger().progress_reports(state, 1000));
}

std::size_t send(Site& site, Receiver& receiver) {
  return must(send_due_reports(site.tenant(), receiver.transport())).sent;
}

}  // namespace

TEST_CASE("reports of one ICCID leave in order, one at a time; of several at once", "[smdpplus]") {
  Site site(kWithEndpoint);
  Receiver receiver;
  happen(site, kIccids[0], {1, 3});
  happen(site, kIccids[0], {4});
  CHECK(send(site, receiver) == 1);
  CHECK(send(site, receiver) == 1);
  CHECK(send(site, receiver) == 1);
  CHECK(send(site, receiver) == 0);
  CHECK(receiver.received() == "018:1 018:3 018:4");
  for (const char* iccid : kIccids) happen(site, iccid, {1});
  CHECK(send(site, receiver) == kReportsAtOnce);
  CHECK(send(site, receiver) == std::size(kIccids) - kReportsAtOnce);
  CHECK(in_state(site, ReportState::kDelivered).size() == 3 + std::size(kIccids));
}

TEST_CASE("a report that is not taken blocks its own ICCID alone and is repeated as it was",
          "[smdpplus][R85]") {
  Site site(kWithEndpoint);
  Receiver receiver;
  happen(site, kIccids[0], {1});
  happen(site, kIccids[0], {3});
  receiver.answer = ReportAnswer{503, "", {}};
  CHECK(send(site, receiver) == 1);
  CHECK(send(site, receiver) == 0);  // not due yet
  auto waiting = in_state(site, ReportState::kPending);
  REQUIRE(waiting.size() == 2);
  CHECK(waiting[0].tries == 1);
  CHECK(waiting[0].problem == "HTTP status 503");
  CHECK(waiting[0].next_ms >= kStart + 4000);
  CHECK(waiting[0].next_ms <= kStart + 6000);
  happen(site, kIccids[1], {1});
  receiver.answer = ReportAnswer{204, "", {}};
  CHECK(send(site, receiver) == 1);
  site.clock.advance(std::chrono::seconds(6));
  CHECK(send(site, receiver) == 1);
  CHECK(send(site, receiver) == 1);
  CHECK(receiver.received() == "018:1 026:1 018:1 018:3");
  CHECK(receiver.bodies[0] == receiver.bodies[2]);  // the same call identifier and time
}

TEST_CASE("each answer has its meaning", "[smdpplus]") {
  struct Row {
    Result<ReportAnswer> answer;
    ReportState state;
    std::string problem;
  };
  const auto failed_with = [](const std::string& subject, const std::string& reason) {
    return R"({"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":)"
           R"({"subjectCode":")" +
           subject + R"(","reasonCode":")" + reason + R"("}}}})";
  };
  const std::string failed = failed_with("8.2.1", "3.9");
  const std::string long_code = std::string(31, '9') + "\xC3\xA9";  // the cut goes through it
  const std::string success =
      R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}}})";
  const Row rows[] = {
      {ReportAnswer{204, "", {}}, ReportState::kDelivered, ""},
      {ReportAnswer{200, success, {}}, ReportState::kDelivered, ""},
      {ReportAnswer{200, failed, {}}, ReportState::kRefused, "8.2.1/3.9"},
      {ReportAnswer{200, R"({"header":{"functionExecutionStatus":{"status":"Failed"}}})", {}},
       ReportState::kRefused, "Failed without a status code"},
      {ReportAnswer{202, "", {}}, ReportState::kPending, "HTTP status 202"},
      {ReportAnswer{301, "", {}}, ReportState::kPending, "HTTP status 301"},
      {ReportAnswer{404, "", {}}, ReportState::kPending, "HTTP status 404"},
      {ReportAnswer{500, failed, {}}, ReportState::kPending, "HTTP status 500"},
      {Error(ErrorCode::kUnavailable, "egress.timeout", "no answer"), ReportState::kPending,
       "egress.timeout: no answer"},
      // What others wrote is kept as printable ASCII, cut to a bound.
      {Error(ErrorCode::kUnavailable, "egress.http", std::string("a\0b\r\n\x7F\xFF", 7)),
       ReportState::kPending, "egress.http: a?b????"},
      {Error(ErrorCode::kUnavailable, "e", std::string(1000, 'x')), ReportState::kPending,
       "e: " + std::string(kMaxReportProblem - 3, 'x')},
      {ReportAnswer{200, failed_with("8\\u0000\\n.1", long_code), {}}, ReportState::kRefused,
       "8??.1/" + std::string(31, '9') + "?"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.problem);
    Site site(kWithEndpoint);
    Receiver receiver;
    receiver.answer = row.answer;
    happen(site, kIccids[0], {1});
    send(site, receiver);
    const auto reports = in_state(site, row.state);
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].problem == row.problem);
    CHECK(reports[0].tries == 1);
  }
}

TEST_CASE("an operator may ask for more patience, within the longest delay",
          "[smdpplus][R84:part]") {
  for (const auto& [asked, expected] : {std::pair{600, 600}, {1'000'000, 3600}}) {
    Site site(kWithEndpoint);
    Receiver receiver;
    receiver.answer = ReportAnswer{503, "", std::chrono::seconds(asked)};
    happen(site, kIccids[0], {1});
    send(site, receiver);
    CHECK(in_state(site, ReportState::kPending)[0].next_ms == kStart + expected * 1000);
  }
}

TEST_CASE("delays double from five seconds to an hour, spread, for some three days",
          "[smdpplus][R84:part]") {
  std::chrono::milliseconds all{0};
  for (std::uint32_t tries = 1; tries < kMaxReportTries; ++tries) {
    const auto least = report_delay(tries, 0);
    const auto most = report_delay(tries, 65535);
    const auto middle = (least + most) / 2;
    CAPTURE(tries);
    CHECK(least * 5 == middle * 4);
    CHECK(most * 5 == middle * 6);
    CHECK(middle <= kLongestReportDelay);
    CHECK(middle >= report_delay(tries > 1 ? tries - 1 : 1, 32767));
    all += middle;
  }
  CHECK(report_delay(1, 32768).count() / 10 == 500);
  CHECK(all > std::chrono::hours(72));
  CHECK(all < std::chrono::hours(80));
}

TEST_CASE("a report nobody takes is given up, frees its ICCID, and waits for a person",
          "[smdpplus][R84:part][R86:part]") {
  Site site(kWithEndpoint);
  Receiver receiver;
  happen(site, kIccids[0], {1, 3});
  receiver.answer = Error(ErrorCode::kUnavailable, "egress.refused", "nobody there");
  for (std::uint32_t i = 0; i < kMaxReportTries; ++i) {
    CHECK(send(site, receiver) == 1);
    site.clock.advance(std::chrono::minutes(73));
  }
  const auto dead = in_state(site, ReportState::kDead);
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].point == 1);
  receiver.answer = ReportAnswer{204, "", {}};
  CHECK(send(site, receiver) == 1);
  const std::string& id = dead[0].report_id;
  CHECK(say(retry_report(site.tenant(), "nothing")) == "not_found report.unknown");
  CHECK(say(retry_report(site.tenant(), in_state(site, ReportState::kDelivered)[0].report_id)) ==
        "failed_precondition report.not_dead");
  CHECK(say(retry_report(site.tenant(), id)) == "ok");
  CHECK(send(site, receiver) == 1);
  CHECK(in_state(site, ReportState::kDead).empty());
  CHECK(in_state(site, ReportState::kDelivered).size() == 2);
}

TEST_CASE("an outcome the ledger did not take is found again by sending again", "[smdpplus][R79]") {
  Site site(kWithEndpoint);
  Receiver receiver;
  happen(site, kIccids[0], {1});
  site.ledger().on_commit = [](const ledger::Unit&) {
    return ledger::Refused{ledger::RefusalReason::kUnavailable};
  };
  CHECK(send(site, receiver) == 1);
  site.ledger().on_commit = nullptr;
  CHECK(send(site, receiver) == 1);
  CHECK(send(site, receiver) == 0);
  REQUIRE(receiver.bodies.size() == 2);
  CHECK(receiver.bodies[0] == receiver.bodies[1]);
}

TEST_CASE("a sender that throws costs a try, and no exception leaves its thread",
          "[smdpplus][R79]") {
  Site site(kWithEndpoint);
  Receiver receiver;
  for (const char* iccid : {kIccids[0], kIccids[1], kIccids[2]}) happen(site, iccid, {1});
  receiver.on_send = [](const std::string&) { throw std::runtime_error("secret"); };
  auto round = must(send_due_reports(site.tenant(), receiver.transport()));
  CHECK(round.sent == 3);
  CHECK(round.taken == 0);
  CHECK(round.written == 3);
  const auto waiting = in_state(site, ReportState::kPending);
  REQUIRE(waiting.size() == 3);
  for (const auto& report : waiting) {
    CHECK(report.tries == 1);
    CHECK(report.problem == "internal error while sending");
  }
  // Neither does one of the ledger.
  receiver.on_send = nullptr;
  site.clock.advance(std::chrono::seconds(6));
  site.ledger().on_commit = [](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    throw std::runtime_error("secret");
  };
  round = must(send_due_reports(site.tenant(), receiver.transport()));
  CHECK(round.sent == 3);
  CHECK(round.written == 0);
  site.ledger().on_commit = nullptr;
  round = must(send_due_reports(site.tenant(), receiver.transport()));
  CHECK(round.taken == 3);
  CHECK(round.written == 3);
}

TEST_CASE("the dispatcher rests as long as there is no use in going on", "[smdpplus][R79][R85]") {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  ReportPace pace;
  constexpr std::size_t kFull = kReportsAtOnce;
  CHECK(pace.after(ReportRound{kFull, kFull, kFull}) == milliseconds(0));
  CHECK(pace.after(ReportRound{kFull, 1, kFull}) == milliseconds(0));
  CHECK(pace.after(ReportRound{1, 1, 1}) == kReportPause);
  CHECK(pace.after(ReportRound{}) == kIdleReportPause);
  CHECK(pace.after(std::nullopt) == kFirstReportDelay);
  // A ledger that takes no outcome: the same reports would go out again.
  CHECK(pace.after(ReportRound{kFull, kFull, kFull - 1}) == kFirstReportDelay);
  CHECK(pace.after(ReportRound{kFull, kFull, 0}) == kFirstReportDelay);
  // An operator that is away.
  for (const int expected : {5, 10, 20, 40, 80, 160, 300, 300}) {
    CHECK(pace.after(ReportRound{kFull, 0, kFull}) == seconds(expected));
    CHECK(pace.after(ReportRound{}) == kIdleReportPause);  // which does not end it
  }
  CHECK(pace.after(ReportRound{1, 0, 0}) == kLongestOutagePause);
  CHECK(pace.after(ReportRound{1, 1, 1}) == kReportPause);
  CHECK(pace.after(ReportRound{1, 0, 1}) == kFirstOutagePause);
}

TEST_CASE("the dispatcher sends no storm while the ledger takes no outcome or the operator is away",
          "[smdpplus][R79][R85]") {
  for (const int status : {204, 503}) {
    CAPTURE(status);
    Site site(kWithEndpoint);
    Receiver receiver;
    receiver.answer = ReportAnswer{status, "", {}};
    for (const char* iccid : kIccids) happen(site, iccid, {1});
    if (status == 204) {
      site.ledger().on_commit = [](const ledger::Unit&) {
        return ledger::Refused{ledger::RefusalReason::kUnavailable};
      };
    }
    context::Tenants tenants(std::make_shared<const tenancy::RouteTable>());
    tenants.add(std::make_unique<context::TenantContext>(*site.alpha.context));
    const auto begin = std::chrono::steady_clock::now();
    {
      const ProgressDispatcher dispatcher(tenants, receiver.transport(), *site.share.leases);
      std::this_thread::sleep_for(std::chrono::milliseconds(1200));
    }
    // Stopping does not wait for a pause to end.
    CHECK(std::chrono::steady_clock::now() - begin < kFirstReportDelay);
    CHECK(receiver.bodies.size() == kReportsAtOnce);
  }
}

TEST_CASE("the dispatcher sends by itself, tenant by tenant, and one that hangs holds up no other",
          "[smdpplus][R85]") {
  Site site(kWithEndpoint);
  context::Tenants tenants(std::make_shared<const tenancy::RouteTable>());
  tenants.add(std::make_unique<context::TenantContext>(*site.alpha.context));
  tenants.add(std::make_unique<context::TenantContext>(*site.bravo.context));
  happen(site, kIccids[0], {1, 3, 4});
  ledger::Unit unit;
  unit.commit_id = to_hex(site.random.bytes(16));
  unit.audit = {"test.progress", {ledger::SubjectKind::kTenant, "bravo"}, "{}"};
  add_progress(*site.bravo.context, unit,
               {.point = 1,
                .eid = std::nullopt,
                .iccid = *Iccid::parse(kIccids[1]),
                .profile_type = "gold",
                .failure = std::nullopt,
                .result_data = {}});
  REQUIRE(
      std::holds_alternative<ledger::Committed>(site.bravo.ledger->real().commit(std::move(unit))));

  std::atomic<bool> released = false;
  std::atomic<int> alphas = 0;
  {
    const ProgressDispatcher dispatcher(
        tenants,
        [&](const context::TenantContext& tenant, const std::string&) {
          if (tenant.id().text() == "bravo") {
            while (!released) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          } else {
            ++alphas;
          }
          return Result<ReportAnswer>(ReportAnswer{204, "", {}});
        },
        *site.share.leases);
    for (int i = 0; i < 10'000 && alphas < 3; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(alphas == 3);
    released = true;
  }
  CHECK(in_state(site, ReportState::kDelivered).size() == 3);
}

TEST_CASE("a tenant that comes later is sent for by its own transport", "[smdpplus][R85]") {
  Site site(kWithEndpoint);
  context::Tenants tenants(std::make_shared<const tenancy::RouteTable>());
  happen(site, kIccids[0], {1, 3});
  Receiver others;
  std::atomic<int> sent = 0;
  {
    ProgressDispatcher dispatcher(tenants, others.transport(), *site.share.leases);
    dispatcher.add(std::make_shared<context::TenantContext>(*site.alpha.context),
                   [&](const context::TenantContext& tenant, const std::string&) {
                     if (tenant.id().text() == "alpha") ++sent;
                     return Result<ReportAnswer>(ReportAnswer{204, "", {}});
                   });
    for (int i = 0; i < 10'000 && sent < 2; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  CHECK(sent == 2);
  CHECK(others.bodies.empty());
  CHECK(in_state(site, ReportState::kDelivered).size() == 2);
}

}  // namespace berth::smdpplus::testing
