// The kit: input that cannot be rated, and callers who stop.

#include <algorithm>
#include <limits>

#include "kit/rating/rating_kit.h"

namespace {

using namespace berth::rating_kit;

}  // namespace

TEST_CASE("sequences that do not ascend are refused, within a batch and over two", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  auto swapped = usage;
  std::swap(swapped[1].sequence, swapped[2].sequence);
  auto doubled = usage;
  doubled[1].sequence = doubled[0].sequence;
  auto zero = usage;
  zero[0].sequence = 0;
  for (const auto& bad : {swapped, doubled, zero}) {
    Answer answer = model.rate("", bad, 0);
    CHECK(answer.outcome.status == BERTH_INVALID_ARGUMENT);
    CHECK(answer.outcome.reason == "rating.order");
  }
  Answer first = model.rate("", usage, 0);
  CHECK(model.rate(first.carry, usage, 0).outcome.reason == "rating.order");
}

TEST_CASE("a carry that the model did not write is refused", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  std::string good = model.rate("", std::span(usage).first(6), 0).carry;
  std::vector<std::string> bad = {"x", "{}", std::string(1, '\0'), std::string(5000, '['),
                                  good + " "};
  for (const std::string& carry : bad) {
    CAPTURE(carry.substr(0, 40));
    Answer answer = model.rate(carry, std::span(usage).subspan(6), 0);
    CHECK(answer.outcome.status == BERTH_INVALID_ARGUMENT);
    CHECK(answer.outcome.reason == "rating.carry");
  }
}

TEST_CASE("a carry that was altered or cut is refused, or is a carry all the same",
          "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  std::string good = model.rate("", std::span(usage).first(6), 0).carry;
  std::vector<std::string> altered;
  for (std::size_t i = 0; i < good.size(); ++i) {
    altered.push_back(good.substr(0, i));
    for (char flip : {'\x01', '\x10', '\x40'}) {
      altered.push_back(good);
      altered.back()[i] = static_cast<char>(good[i] ^ flip);
    }
  }
  for (const std::string& carry : altered) {
    Answer answer = model.rate(carry, std::span(usage).subspan(6), BERTH_RATING_LAST);
    std::string reason = answer.outcome.reason;
    CAPTURE(carry, reason);
    CHECK((answer.outcome.ok() || reason == "rating.carry" || reason == "rating.order" ||
           reason == "rating.overflow"));
  }
}

TEST_CASE("what does not fit is refused and never wraps", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  for (Usage& one : usage) one.quantity_milli = std::numeric_limits<std::int64_t>::max();
  Answer answer = model.rate("", usage, BERTH_RATING_LAST);
  CHECK(answer.outcome.status == BERTH_INVALID_ARGUMENT);
  CHECK(answer.outcome.reason == "rating.overflow");
}

TEST_CASE("a flag that the model does not know is not overlooked", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  CHECK(model.rate("", place->usage(), 1u << 31).outcome.status == BERTH_UNSUPPORTED);
}

TEST_CASE("a caller who takes no more lines or carry gets his own status back", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  std::vector<berth_usage_event> events = Model::to_abi(usage);
  berth_rating_batch batch{};
  batch.struct_size = sizeof batch;
  batch.events = events.data();
  batch.stride = sizeof(berth_usage_event);
  batch.count = events.size();
  auto refused = [&](std::uint32_t flags, std::size_t lines_taken, std::size_t carry_octets) {
    batch.flags = flags;
    berth::kit::FakeOp op;
    LineText lines;
    lines.limit = lines_taken;
    berth::kit::CollectingSink carry(carry_octets, BERTH_ABORTED);
    berth_status status = model.call(op.raw(), batch, lines, carry);
    CHECK(op.fails() == 0);
    return status;
  };
  CHECK(refused(BERTH_RATING_LAST, 0, 100000) == BERTH_ABORTED);
  if (!model.rate("", usage, 0).carry.empty()) CHECK(refused(0, 1000, 0) == BERTH_ABORTED);
}
