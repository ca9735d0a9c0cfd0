#include "kernel/plugins/rating_adapter.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/draft_fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::reason_of;

struct Fixture : berth::plugins::testing::DraftFixture {
  std::unique_ptr<RatingModel> model(const std::string& defect = "{}") {
    return *make_rating_model(with_defect(defect));
  }
  const std::vector<UsageEvent> events{{7, 1, 1000, "profile.downloaded", "o-1", "{}"},
                                       {9, 2, 1000, "profile.downloaded", "o-2", "{}"}};
  RatingBatch batch{{}, events, false};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "lines and carry come back as the model gave them", "[plugins]") {
  const auto rated = model()->rate(op, batch);
  REQUIRE(rated);
  REQUIRE(rated->lines.size() == 1);
  const RatedLine& line = rated->lines.front();
  CHECK(line.first_sequence == 7);
  CHECK(line.last_sequence == 9);
  CHECK(line.charge_code == "DL");
  CHECK(line.currency == "EUR");
  CHECK(line.amount_micro == -5);
  CHECK(line.explanation == "a\\x0Ab");  // fit for a page
  CHECK(rated->carry_out == Bytes{'c', 'c', 'c'});
  batch.last = true;
  CHECK(model()->rate(op, batch)->carry_out.empty());
}

TEST_CASE_METHOD(Fixture, "a model's refusal passes through and its lines are thrown away",
                 "[plugins]") {
  CHECK(reason_of(model("overflow")->rate(op, batch)) == "rating.overflow");
}

TEST_CASE_METHOD(Fixture, "what no model may answer is misbehaviour", "[plugins]") {
  batch.last = true;
  for (const char* defect : {"short-line", "line-before", "line-beyond", "no-code", "no-currency",
                             "endless-lines", "carries-on"}) {
    INFO(defect);
    CHECK(reason_of(model(defect)->rate(op, batch)) == "plugin.misbehaved");
  }
  batch.last = false;
  CHECK(reason_of(model("huge-carry")->rate(op, batch)) == "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "a batch beyond the limits is refused before the model sees it",
                 "[plugins]") {
  const auto good = model("overflow");
  const std::vector<UsageEvent> many(RatingModel::kMaxBatchEvents + 1, events.front());
  CHECK(reason_of(good->rate(op, {{}, many, false})) == "rating.batch_too_large");
  const Bytes carry(1024 * 1024 + 1);
  CHECK(reason_of(good->rate(op, {carry, events, false})) == "rating.batch_too_large");
  CHECK(reason_of(good->rate(within(std::chrono::milliseconds(-1)), batch)) == "plugin.deadline");
  CHECK(reason_of(make_rating_model(*create("good"))) == "plugin.interface_missing");
}
