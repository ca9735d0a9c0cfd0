#include "kernel/smdpplus/drafts.h"

#include <nlohmann/json.hpp>
#include <set>

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {

TEST_CASE("an event says what the document asks for, and nothing that is empty",
          "[smdpplus][R73][R75]") {
  Site site;
  const auto full = event_draft(site.tenant(), "profileDownloadResult",
                                {.correlation_id = "c-1",
                                 .order_id = "o-1",
                                 .eid = *Eid::parse(kAlphaEid),
                                 .iccid = *Iccid::parse("8900000000000000007"),
                                 .stage = "bound",
                                 .result = "FAILED",
                                 .result_code = "RSP-4112",
                                 .attempt = 3});
  CHECK(full.type == "profileDownloadResult");
  const auto body = nlohmann::json::parse(full.body_open);
  const nlohmann::json expected = {{"eventType", "profileDownloadResult"},
                                   {"eventId", full.event_id},
                                   {"tenantId", "alpha"},
                                   {"correlationId", "c-1"},
                                   {"orderId", "o-1"},
                                   {"eid", kAlphaEid},
                                   {"iccid", "8900000000000000007"},
                                   {"stage", "bound"},
                                   {"result", "FAILED"},
                                   {"resultCode", "RSP-4112"},
                                   {"attempt", 3},
                                   {"completedAt", to_rfc3339(kStart)}};
  CHECK(body == expected);
  CHECK(full.event_id.size() == 36);

  const auto bare = event_draft(site.tenant(), "x",
                                {.correlation_id = "",
                                 .order_id = "",
                                 .eid = std::nullopt,
                                 .iccid = std::nullopt,
                                 .stage = "",
                                 .result = "",
                                 .result_code = ""});
  CHECK(nlohmann::json::parse(bare.body_open).size() == 5);
  CHECK(nlohmann::json::parse(bare.body_open).contains("correlationId"));  // on every event
  CHECK(bare.event_id != full.event_id);
}

TEST_CASE("a peer's invalid UTF-8 or quotes cannot break the history", "[smdpplus]") {
  const std::string hostile = "a\"},{\"x\":1\xFF\xC3\n";
  const auto parsed = nlohmann::json::parse(details_json({{"name", hostile}, {"empty", ""}}));
  CHECK(parsed.size() == 1);
  CHECK(parsed.at("name").get<std::string>().starts_with("a\"},{\"x\":1"));
  CHECK(details_json({}) == "{}");
}

TEST_CASE("a usage fact is one unit about an order", "[smdpplus]") {
  const auto usage = usage_draft("profile.downloaded", "o-1", {{"resultCode", "RSP-2000"}});
  CHECK(usage.kind == "profile.downloaded");
  CHECK(usage.subject == "o-1");
  CHECK(usage.quantity_milli == 1000);
  CHECK(usage.attributes_json == R"({"resultCode":"RSP-2000"})");
  CHECK(usage_draft("x", "").attributes_json == "{}");
}

TEST_CASE("an audit draft names type and subject", "[smdpplus]") {
  const auto audit =
      audit_draft("order.created", {ledger::SubjectKind::kCode, "TOKEN"}, {{"orderId", "o-1"}});
  CHECK(audit.type == "order.created");
  CHECK(audit.subject.kind == ledger::SubjectKind::kCode);
  CHECK(audit.subject.identity == "TOKEN");
  CHECK(audit.payload_json == R"({"orderId":"o-1"})");
}

TEST_CASE("commit ids are 32 hexadecimal digits, never the same, and rise with time",
          "[smdpplus]") {
  Site site;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_commit_id(site.tenant());
    CHECK(id.size() == 32);
    CHECK(id.find_first_not_of("0123456789ABCDEFabcdef") == std::string::npos);
    seen.insert(id);
  }
  CHECK(seen.size() == 1000);
  site.clock.advance(std::chrono::milliseconds(1));
  CHECK(new_commit_id(site.tenant()) > *seen.rbegin());
}

}  // namespace berth::smdpplus::testing
