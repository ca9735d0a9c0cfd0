#include "kernel/ledger/subjects.h"

#include <set>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("history is found by name although the name stands in one place only",
          "[ledger][R24][sqlite]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const Subject profile_a{SubjectKind::kProfile, "IDENTITY-CANARY"};
  const Subject code_a{SubjectKind::kCode, "IDENTITY-CANARY"};
  const Subject card{SubjectKind::kEuicc, "card"};
  committed(ledger.commit(fixture.note("{\"n\":1}", profile_a)));
  committed(ledger.commit(fixture.note("{\"n\":2}", card)));
  committed(ledger.commit(fixture.note("{\"n\":3}", code_a)));
  committed(ledger.commit(fixture.note("{\"n\":4}", profile_a)));

  const auto about = [&](std::vector<Subject> subjects) {
    std::vector<std::int64_t> sequences;
    for (const AuditRecord& record : must(ledger.history(subjects))) {
      sequences.push_back(record.sequence);
    }
    return sequences;
  };
  CHECK(about({profile_a}) == std::vector<std::int64_t>{1, 4});
  CHECK(about({code_a}) == std::vector<std::int64_t>{3});
  CHECK(about({card, profile_a, card}) == std::vector<std::int64_t>{1, 2, 4});
  CHECK(about({{SubjectKind::kEuicc, "nobody"}}).empty());
  CHECK(about({}).empty());

  // Erasing the name in its one place leaves an intact, anonymous history.
  fixture.tamper("update subject set identity = null where identity = 'IDENTITY-CANARY'");
  CHECK(about({profile_a}).empty());
  CHECK(must(ledger.audit(0, 10)).size() == 4);
  require_intact(ledger);
  fixture.ledger.reset();
  CHECK(read_file(fixture.file()).find("IDENTITY-CANARY") == std::string::npos);
}

TEST_CASE("two subjects never share a reference", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  std::set<std::string> references;
  for (int i = 0; i < 50; ++i) {
    committed(ledger.commit(fixture.note("{}", {SubjectKind::kProfile, std::to_string(i)})));
  }
  for (const AuditRecord& record : must(ledger.audit(0, 100))) {
    references.insert(record.subject_ref);
  }
  CHECK(references.size() == 50);
}

}  // namespace
}  // namespace berth::ledger
