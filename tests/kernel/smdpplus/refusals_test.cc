#include "kernel/smdpplus/refusals.h"

#include <map>
#include <nlohmann/json.hpp>

#include "kernel/smdpplus/drafts.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

RefusedDownload refused(const std::string& stage = "code") {
  return {.function = "AuthenticateClient",
          .stage = stage,
          .route = "alpha: orders of this tenant",
          .remedy = "order again",
          .error = {"8.2.6", "3.8", "not valid"},
          .eid = *Eid::parse(kAlphaEid),
          .iccid = std::nullopt,
          .matching_id = *MatchingId::parse("TOKEN-1")};
}

// Of one of many cards.
RefusedDownload refused_card(std::uint32_t number) {
  RefusedDownload refusal = refused();
  refusal.eid = *Eid::parse("890490320010000000000000" + std::to_string(10'000'000 + number));
  return refusal;
}

nlohmann::json payload(const ledger::AuditRecord& record) {
  return nlohmann::json::parse(record.payload.value());
}

}  // namespace

TEST_CASE("an authenticated refusal is one record about what is known of it", "[smdpplus]") {
  Site site;
  RefusalJournal journal;
  const Mark before = site.mark();
  journal.authenticated(site.tenant(), refused());
  const auto audit = site.audit(before);
  REQUIRE(audit.size() == 1);
  CHECK(audit.front().type == "download.refused");
  const auto said = payload(audit.front());
  CHECK(said.at("function") == "AuthenticateClient");
  CHECK(said.at("stage") == "code");
  CHECK(said.at("status") == "8.2.6/3.8");
  CHECK(said.at("route") == "alpha: orders of this tenant");
  CHECK(said.at("remedy") == "order again");
  CHECK(said.at("eid") == kAlphaEid);

  // About the profile when it is known, else the code, else the card.
  auto about_profile = refused();
  about_profile.iccid = *Iccid::parse("8900000000000000007");
  journal.authenticated(site.tenant(), about_profile);
  auto about_card = refused();
  about_card.matching_id.reset();
  journal.authenticated(site.tenant(), about_card);
  for (const ledger::Subject& subject :
       {code_subject(*MatchingId::parse("TOKEN-1")),
        ledger::Subject{ledger::SubjectKind::kProfile, "8900000000000000007"},
        ledger::Subject{ledger::SubjectKind::kEuicc, std::string(kAlphaEid)}}) {
    INFO(subject.identity);
    CHECK(must(site.ledger().history({&subject, 1})).size() == 1);
  }
}

TEST_CASE("anonymous refusals are one record per cause and minute", "[smdpplus]") {
  Site site;
  RefusalJournal journal;
  const Mark before = site.mark();
  for (int i = 0; i < 1000; ++i) journal.anonymous(site.tenant(), "malformed json.invalid");
  journal.anonymous(site.tenant(), "method");
  CHECK(site.audit(before).empty());
  journal.flush(site.tenant(), false);  // the minute is not over
  CHECK(site.audit(before).empty());
  site.clock.advance(std::chrono::minutes(1));
  journal.flush(site.tenant(), false);
  const auto audit = site.audit(before);
  REQUIRE(audit.size() == 2);
  CHECK(audit[0].type == "refusals.aggregated");
  CHECK(payload(audit[0]).at("cause") == "malformed json.invalid");
  CHECK(payload(audit[0]).at("count") == "1000");
  CHECK(payload(audit[0]).at("minute") == to_rfc3339(kStart / 60'000 * 60'000));
  CHECK(payload(audit[1]).at("count") == "1");
  journal.flush(site.tenant(), true);
  CHECK(site.audit(before).size() == 2);
}

TEST_CASE("the first refusal of the next minute writes the one before", "[smdpplus]") {
  Site site;
  RefusalJournal journal;
  const Mark before = site.mark();
  journal.anonymous(site.tenant(), "method");
  site.clock.advance(std::chrono::minutes(1));
  journal.anonymous(site.tenant(), "method");
  CHECK(site.audit(before).size() == 1);
  journal.flush(site.tenant(), true);  // before the host stops
  CHECK(site.audit(before).size() == 2);
}

TEST_CASE("over the limit authenticated refusals are counted too, until the next minute",
          "[smdpplus]") {
  Site site;
  RefusalJournal journal;
  const Mark before = site.mark();
  for (std::uint32_t i = 0; i < kMaxSingleRefusalsPerMinute + 25; ++i) {
    journal.authenticated(site.tenant(), refused_card(i / 20));
  }
  CHECK(site.audit(before).size() == kMaxSingleRefusalsPerMinute);
  site.clock.advance(std::chrono::minutes(1));
  journal.authenticated(site.tenant(), refused());
  const auto audit = site.audit(before);
  REQUIRE(audit.size() == kMaxSingleRefusalsPerMinute + 2);
  CHECK(audit[audit.size() - 2].type == "refusals.aggregated");
  CHECK(payload(audit[audit.size() - 2]).at("count") == "25");
  CHECK(audit.back().type == "download.refused");
  CHECK(journal.totals(site.tenant().id()).at("AuthenticateClient 8.2.6/3.8") ==
        kMaxSingleRefusalsPerMinute + 26);
}

TEST_CASE("one card's flood leaves other orders their records and reports", "[smdpplus]") {
  Site site({.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.progress =
        tenancy::ProgressEndpoint{.url = "https://bss.example", .requester_identifier = "SMDP-1"};
  }});
  RefusalJournal journal;
  const auto failed = [](RefusedDownload refusal, const char* iccid) {
    refusal.iccid = *Iccid::parse(iccid);
    refusal.progress = Progress{.point = 1,
                                .eid = refusal.eid,
                                .iccid = *refusal.iccid,
                                .profile_type = "gold",
                                .failure = refusal.error,
                                .result_data = {}};
    return refusal;
  };
  const auto flood = failed(refused(), "8944500000000000018");
  const auto other = failed(refused_card(1), "8944500000000000026");
  const auto reports = [&] {
    std::map<std::string, std::uint32_t> count;
    for (const auto& report :
         must(site.ledger().progress_reports(ledger::ReportState::kPending, 1000))) {
      ++count[report.iccid.text()];
    }
    return count;
  };
  const Mark before = site.mark();
  for (std::uint32_t i = 0; i < 2 * kMaxSingleRefusalsPerMinute; ++i) {
    journal.authenticated(site.tenant(), flood);
  }
  journal.authenticated(site.tenant(), other);
  CHECK(site.audit(before).size() == kMaxSingleRefusalsPerCard + 1);
  CHECK(reports()[flood.iccid->text()] == kMaxSingleRefusalsPerCard);
  CHECK(reports()[other.iccid->text()] == 1);
  // What had no record of its own is counted, and the next minute begins anew.
  site.clock.advance(std::chrono::minutes(1));
  journal.authenticated(site.tenant(), flood);
  const auto audit = site.audit(before);
  REQUIRE(audit.size() == kMaxSingleRefusalsPerCard + 3);
  CHECK(payload(audit[audit.size() - 2]).at("count") ==
        std::to_string(2 * kMaxSingleRefusalsPerMinute - kMaxSingleRefusalsPerCard));
  CHECK(audit.back().type == "download.refused");
}

TEST_CASE("causes are bounded, whatever peers invent", "[smdpplus]") {
  Site site;
  RefusalJournal journal;
  for (int i = 0; i < 1000; ++i) journal.anonymous(site.tenant(), "cause " + std::to_string(i));
  const auto totals = journal.totals(site.tenant().id());
  CHECK(totals.size() == kMaxRefusalCauses + 1);
  CHECK(totals.at("other") == 1000 - kMaxRefusalCauses);
  const Mark before = site.mark();
  journal.flush(site.tenant(), true);
  CHECK(site.audit(before).size() == kMaxRefusalCauses + 1);
}

TEST_CASE("each tenant's refusals are its own", "[smdpplus][R6:part]") {
  Site site;
  RefusalJournal journal;
  const Mark bravo = site.mark(site.bravo);
  journal.anonymous(site.tenant(), "method");
  CHECK(journal.totals(site.bravo.context->id()).empty());
  journal.flush(*site.bravo.context, true);
  CHECK(site.told(site.bravo, bravo) == "events: -; usage: -; audit: -");
}

TEST_CASE("a ledger that cannot take a refusal does not turn it into an outage", "[smdpplus]") {
  Site site;
  RefusalJournal journal;
  site.clock.advance(std::chrono::hours(1));
  auto hostile = refused("\xFF\"\n");  // and neither do octets of a peer
  journal.authenticated(site.tenant(), hostile);
  CHECK(journal.totals(site.tenant().id()).size() == 1);
}

}  // namespace berth::smdpplus::testing
