#include "kernel/ledger/postgres_batch.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("the batch function has a case for every statement and a name of its own text",
          "[ledger]") {
  const std::string sql = batch_functions_sql();
  CHECK(sql.find('@') == std::string::npos);
  for (std::size_t i = 0; i < all_writes().size(); ++i) {
    INFO(all_writes()[i]->sql);
    CHECK(sql.find("when " + std::to_string(i) + " then") != std::string::npos);
    const auto& statement = *all_writes()[i];
    CHECK(std::count(statement.sql.begin(), statement.sql.end(), ':') >=
          static_cast<std::ptrdiff_t>(statement.parameters.size()));
  }
  CHECK(sql.find(batch_function_name() + "(") != std::string::npos);
  CHECK(batch_function_name().size() == std::string("berth_commit_").size() + 12);
}

TEST_CASE("a batch's answer is taken whole or not at all", "[ledger]") {
  const BatchReply reply = parse_batch_reply("c 1 7 9 1000;k 1 0 3 900;r 2 4", 3);
  CHECK(reply[0].wrote);
  const auto& first = std::get<Committed>(reply[0].answer);
  CHECK(first.event_sequence == 7);
  CHECK(first.audit_sequence == 9);
  CHECK(first.time_ms == 1000);
  CHECK_FALSE(reply[1].wrote);
  CHECK_FALSE(std::get<Committed>(reply[1].answer).event_sequence.has_value());
  CHECK(std::get<Refused>(reply[2].answer).reason == RefusalReason::kDuplicate);
  CHECK(std::get<Refused>(reply[2].answer).change == 4);
  for (const std::string_view text :
       {"", "c 1 7 9 1000;k 1 0 3 900", "c", "c ", "r 0 1;r 1 1;r 1 1", "r 9 1;r 1 1;r 1 1",
        "c x 1 1 1;r 1 1;r 1 1", "r 1 1;r 1 1;r 1 1;r 1 1"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_batch_reply(text, 3), CorruptRow);
  }
}

TEST_CASE("a text that looks like what only the commit knows stays a text",
          "[.][ledger][postgres]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  Unit unit = fixture.unit({});
  ProfileRecord record = profile(1);
  record.profile_name = R"("@00000000:1" @0123456789ABCDEF:2 \"\\ {} '; drop table event; --)";
  record.service_provider_name = "{\"a\",NULL}";
  unit.changes = {InsertProfile{record}};
  committed(ledger.commit(std::move(unit)));
  const ProfileRecord stored = must(ledger.profile(iccid(1))).value();
  CHECK(stored.profile_name == record.profile_name);
  CHECK(stored.service_provider_name == record.service_provider_name);
}

TEST_CASE("in one statement a refused unit takes back its own writes alone",
          "[.][ledger][postgres][R79]") {
  TenantFixture fixture;
  fixture.open();
  fixture.ledger.reset();
  auto session = open_postgres({fixture.options.postgres->connection});
  session->serve("aurora");
  const std::string tenant = "aurora";
  UpdateProfile missing{.next = profile(3), .from_revision = 1};
  missing.next.revision = 2;
  std::vector<UnitPlan> plans;
  for (std::vector<Change> changes : {std::vector<Change>{InsertProfile{profile(1)}},
                                      std::vector<Change>{InsertProfile{profile(2)}, missing},
                                      std::vector<Change>{InsertProfile{profile(1)}},
                                      std::vector<Change>{InsertOrder{order("o", 9)}},
                                      std::vector<Change>{InsertProfile{profile(4)}}}) {
    plans.push_back(plan_unit(tenant, {fixture.unit(std::move(changes))}, fixture.random));
  }
  std::vector<const UnitPlan*> batch;
  for (const UnitPlan& plan : plans) batch.push_back(&plan);
  batch.push_back(&plans[0]);  // sent again
  const BatchReply reply = session->whole_batches()->write_batch({tenant, 1, kNow, batch});
  REQUIRE(reply.size() == 6);
  const auto refusal = [&](std::size_t i) { return std::get<Refused>(reply[i].answer); };
  CHECK(reply[0].wrote);
  CHECK(refusal(1).reason == RefusalReason::kGuard);
  CHECK(refusal(1).change == 1);
  CHECK(refusal(2).reason == RefusalReason::kDuplicate);
  CHECK(refusal(3).reason == RefusalReason::kGuard);
  CHECK(std::get<Committed>(reply[4].answer).event_sequence == 2);
  CHECK_FALSE(reply[5].wrote);
  CHECK(std::get<Committed>(reply[5].answer).event_sequence == 1);

  CHECK_THROWS_AS(session->whole_batches()->write_batch({tenant, 2, kNow, batch}), EpochMoved);
  TenantLedger& ledger = fixture.open();
  CHECK(must(ledger.profiles("", 10)).size() == 2);
  CHECK(must(ledger.events(0, 10)).size() == 2);
  require_intact(ledger);
}

}  // namespace
}  // namespace berth::ledger
