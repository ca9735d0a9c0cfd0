// The kit: the same input gives the same octets, however it comes.

#include <thread>

#include "kit/rating/rating_kit.h"

namespace {

using namespace berth::rating_kit;

}  // namespace

TEST_CASE("a period gives lines, and its last batch carries nothing", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  Answer whole = model.rate("", usage, BERTH_RATING_LAST);
  CHECK(whole.outcome.ok());
  CHECK(whole.count > 0);
  CHECK(whole.carry.empty());
}

TEST_CASE("the same input gives the same octets, again and in another instance", "[rating-kit]") {
  auto place = make_place();
  Model one(*place);
  Model two(*place);
  auto usage = place->usage();
  for (std::uint32_t flags : {std::uint32_t{0}, std::uint32_t{BERTH_RATING_LAST}}) {
    Answer first = one.rate("", usage, flags);
    CHECK(first.outcome.ok());
    CHECK(one.rate("", usage, flags) == first);
    CHECK(two.rate("", usage, flags) == first);
  }
}

TEST_CASE("a period cut in two anywhere gives what it gives whole", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  std::span<const Usage> all(usage);
  for (std::uint32_t flags : {std::uint32_t{0}, std::uint32_t{BERTH_RATING_LAST}}) {
    Answer whole = model.rate("", all, flags);
    REQUIRE(whole.outcome.ok());
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
      CAPTURE(cut, flags);
      Answer first = model.rate("", all.first(cut), 0);
      REQUIRE(first.outcome.ok());
      Answer second = model.rate(first.carry, all.subspan(cut), flags);
      CHECK(second.outcome.ok());
      CHECK(first.lines + second.lines == whole.lines);
      CHECK(second.carry == whole.carry);
    }
  }
}

TEST_CASE("a period event by event gives what it gives whole", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  std::span<const Usage> all(usage);
  std::string lines;
  std::string carry;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Answer one = model.rate(carry, all.subspan(i, 1), 0);
    REQUIRE(one.outcome.ok());
    lines += one.lines;
    carry = one.carry;
  }
  Answer end = model.rate(carry, {}, BERTH_RATING_LAST);
  CHECK(lines + end.lines == model.rate("", all, BERTH_RATING_LAST).lines);
}

TEST_CASE("two instances with configurations of their own do not disturb one another",
          "[rating-kit]") {
  auto place = make_place();
  auto usage = place->usage();
  std::span<const Usage> all(usage);
  Answer alone = Model(*place).rate("", all, BERTH_RATING_LAST);
  Answer other_alone = Model(*place, place->other_config()).rate("", all, BERTH_RATING_LAST);
  if (place->config() != place->other_config()) CHECK_FALSE(alone == other_alone);
  Model one(*place);
  Model two(*place, place->other_config());
  std::size_t half = all.size() / 2;
  Answer first = one.rate("", all.first(half), 0);
  Answer other_first = two.rate("", all.first(half), 0);
  Answer second = one.rate(first.carry, all.subspan(half), BERTH_RATING_LAST);
  Answer other_second = two.rate(other_first.carry, all.subspan(half), BERTH_RATING_LAST);
  CHECK(first.lines + second.lines == alone.lines);
  CHECK(other_first.lines + other_second.lines == other_alone.lines);
}

TEST_CASE("many threads get the same answer", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  Answer alone = model.rate("", usage, BERTH_RATING_LAST);
  std::vector<Answer> answers(4);
  std::vector<std::thread> threads;
  for (Answer& answer : answers) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        berth::kit::FakeOp op;
        answer.outcome.status = model.rate_with(op.raw(), "", usage, BERTH_RATING_LAST, answer);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Answer& answer : answers) CHECK(answer == alone);
}

TEST_CASE("elements of a newer host, which are longer, are read as well", "[rating-kit]") {
  auto place = make_place();
  Model model(*place);
  auto usage = place->usage();
  struct Longer {
    berth_usage_event known;
    std::uint64_t unknown;
  };
  std::vector<Longer> longer;
  for (const berth_usage_event& event : Model::to_abi(usage)) longer.push_back({event, ~0ull});
  berth_rating_batch batch{};
  batch.struct_size = sizeof batch;
  batch.flags = BERTH_RATING_LAST;
  batch.events = longer.data();
  batch.stride = sizeof(Longer);
  batch.count = longer.size();
  LineText lines;
  berth::kit::CollectingSink carry;
  CHECK(run([&](const berth_op* op) { return model.call(op, batch, lines, carry); }).ok());
  CHECK(lines.text == model.rate("", usage, BERTH_RATING_LAST).lines);
}
