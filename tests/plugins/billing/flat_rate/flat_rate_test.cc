#include <limits>

#include "tests/plugins/billing/flat_rate/flat_rate_fixture.h"

namespace {

using namespace berth::rating_kit;
using berth::flat_rate_test::list;
using berth::flat_rate_test::ListPlace;

constexpr std::uint32_t kLast = BERTH_RATING_LAST;

std::string refusal_of(const std::string& config) {
  Instance instance(berth::kit::load_plugin(FLAT_RATE_SO), config);
  CHECK(instance.created().status == BERTH_INVALID_ARGUMENT);
  CHECK(instance.created().reason == "flat_rate.config");
  return instance.created().message;
}

// One price for "x", rounded as said.
Model model_of(const std::string& price, const std::string& to, const std::string& mode) {
  return Model(ListPlace(), list(R"({"x":{"code":"X","tiers":[{"price":")" + price + R"("}]}})",
                                 R"(,"rounding":{"to":")" + to + R"(","mode":")" + mode + R"("})"));
}

// The amount in micros of `quantity_milli` units at that price.
std::string amount(const std::string& price, std::int64_t quantity_milli, const std::string& to,
                   const std::string& mode) {
  Model model = model_of(price, to, mode);
  Usage usage{1, "x", quantity_milli};
  std::string line = model.rate("", {&usage, 1}, kLast).lines;
  // first|last|quantity|price|amount|...
  for (int i = 0; i < 4; ++i) line.erase(0, line.find('|') + 1);
  return line.substr(0, line.find('|'));
}

}  // namespace

TEST_CASE("units fill the tiers in the order of their events", "[plugins]") {
  ListPlace place;
  Model model(place);
  std::vector<Usage> usage = {{1, "profile.downloaded", 4000},
                              {2, "download.attempted", 3000},
                              {5, "profile.downloaded", 5500},
                              {9, "profile.downloaded", 3500}};
  Answer answer = model.rate("", usage, kLast);
  CHECK(answer.outcome.ok());
  CHECK(answer.lines ==
        "2|2|3000|10000|30000|TRY|EUR|3 x 0.01 EUR, download.attempted, all units of the period|\n"
        "1|9|10000|500000|5000000|DL|EUR|10 x 0.5 EUR, profile.downloaded, units above 0 up to 10 "
        "of the period|\n"
        "9|9|3000|305000|920000|DL|EUR|3 x 0.305 EUR, profile.downloaded, units above 10 of the "
        "period, rounded half-even to 0.01|\n");
}

TEST_CASE("an amount is rounded once and the way that was asked", "[plugins]") {
  CHECK(amount("0.305", 3000, "0.01", "half-up") == "920000");    // 0.915
  CHECK(amount("0.305", 3000, "0.01", "half-even") == "920000");  // 0.915 lies between 91 and 92
  CHECK(amount("0.305", 1000, "0.01", "half-even") == "300000");  // 0.305 between 30 and 31
  CHECK(amount("0.305", 1000, "0.01", "half-up") == "310000");
  CHECK(amount("0.305", 1000, "0.01", "down") == "300000");
  CHECK(amount("0.301", 1000, "0.01", "up") == "310000");
  CHECK(amount("0.30", 1000, "0.01", "up") == "300000");
  CHECK(amount("0.000001", 1, "0.000001", "down") == "0");
  CHECK(amount("0.000001", 1, "0.000001", "up") == "1");
  CHECK(amount("0.000001", 500, "0.000001", "half-up") == "1");
  CHECK(amount("0.000001", 499, "0.000001", "half-up") == "0");
  CHECK(amount("7", 1000, "5", "half-up") == "5000000");
}

TEST_CASE("the largest amount is exact, and one more is refused", "[plugins]") {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  // kMost thousandths at 0.001 are kMost / 1e6 units of currency: exact to a millionth.
  CHECK(amount("0.001", kMost, "0.000001", "half-up") == "9223372036854775807");
  Model model = model_of("0.001", "0.000001", "half-up");
  std::vector<Usage> two = {{1, "x", kMost}, {2, "x", 1}};
  CHECK(model.rate("", two, kLast).outcome.reason == "rating.overflow");
  Model dear = model_of("999999999.999999", "0.000001", "half-up");
  Usage much{1, "x", kMost};
  CHECK(dear.rate("", {&much, 1}, kLast).outcome.reason == "rating.overflow");
}

TEST_CASE("usage without a price is refused, or passed over where the list says so", "[plugins]") {
  std::vector<Usage> usage = {{1, "profile.downloaded", 1000}, {2, "code.expired", 1000}};
  ListPlace place;
  Answer refused = Model(place).rate("", usage, kLast);
  CHECK(refused.outcome.reason == "rating.unpriced");
  CHECK(refused.outcome.message.find("event 2 (code.expired)") != std::string::npos);
  std::string config = place.config();
  config.insert(1, R"("unpriced":"ignore",)");
  CHECK(Model(place, config).rate("", usage, kLast).count == 1);
}

TEST_CASE("a quantity below 0 is refused, and 0 costs nothing", "[plugins]") {
  ListPlace place;
  Model model(place);
  Usage negative{1, "profile.downloaded", -1};
  CHECK(model.rate("", {&negative, 1}, kLast).outcome.reason == "rating.bad_event");
  Usage none{1, "profile.downloaded", 0};
  CHECK(model.rate("", {&none, 1}, kLast).lines.empty());
}

TEST_CASE("a carry of another price list is refused", "[plugins]") {
  ListPlace place;
  Model model(place);
  Model other(place, place.other_config());
  auto usage = place.usage();
  std::string carry = model.rate("", std::span(usage).first(3), 0).carry;
  CHECK(model.rate(carry, std::span(usage).subspan(3), kLast).outcome.ok());
  CHECK(other.rate(carry, std::span(usage).subspan(3), kLast).outcome.reason == "rating.carry");
}

TEST_CASE("a carry with more units than a tier holds is refused", "[plugins]") {
  ListPlace place;
  Model model(place);
  Usage usage{1, "profile.downloaded", 10'000};
  std::string carry = model.rate("", {&usage, 1}, 0).carry;
  std::size_t at = carry.find("[10000,");
  REQUIRE(at != std::string::npos);
  for (const char* units : {"10001", "18446744073709551615", "-1", "1e3", "\"1\""}) {
    CAPTURE(units);
    std::string forged = carry;
    forged.replace(at + 1, 5, units);
    CHECK(model.rate(forged, {}, kLast).outcome.reason == "rating.carry");
  }
}

TEST_CASE("a price list that is wrong is refused with the place at fault", "[plugins]") {
  const auto tiers = [](const std::string& text) {
    return refusal_of(list(R"({"x":{"code":"X","tiers":)" + text + "}}"));
  };
  CHECK(refusal_of("[]").find("object") != std::string::npos);
  CHECK(refusal_of(R"({"currency":"EUR"})").find("/prices") != std::string::npos);
  CHECK(refusal_of(R"({"currency":"eur","prices":{}})").find("/currency") != std::string::npos);
  CHECK(refusal_of(list("{}")).find("/prices") != std::string::npos);
  CHECK(
      refusal_of(list(R"({"x":{"code":"a b","tiers":[{"price":"1"}]}})")).find("/prices/x/code") !=
      std::string::npos);
  CHECK(refusal_of(list(R"({"x":{"code":"X","tiers":[{"price":"1"}]}})", R"(,"more":1)"))
            .find("/more") != std::string::npos);
  CHECK(tiers("[]").find("/prices/x/tiers") != std::string::npos);
  for (const char* price : {"1.0000001", "-1", "1,5", "", "1.", ".5", "1e3", "1000000000", " 1"}) {
    CAPTURE(price);
    CHECK(tiers(R"([{"price":")" + std::string(price) + R"("}])").find("/tiers/0/price") !=
          std::string::npos);
  }
  CHECK(tiers(R"([{"price":1}])").find("/tiers/0/price") != std::string::npos);
  CHECK(tiers(R"([{"price":"1","upTo":5}])").find("/tiers/0/upTo") != std::string::npos);
  CHECK(tiers(R"([{"price":"1"},{"price":"2"}])").find("/tiers/0/upTo") != std::string::npos);
  CHECK(tiers(R"([{"price":"1","upTo":5},{"price":"1","upTo":5},{"price":"2"}])")
            .find("/tiers/1/upTo") != std::string::npos);
  CHECK(tiers(R"([{"price":"1","upTo":0},{"price":"2"}])").find("/tiers/0/upTo") !=
        std::string::npos);
  for (const char* rounding : {R"({"to":"0","mode":"up"})", R"({"to":"0.01","mode":"nearest"})",
                               R"({"to":"0.01"})", R"("up")"}) {
    CAPTURE(rounding);
    CHECK(refusal_of(list(R"({"x":{"code":"X","tiers":[{"price":"1"}]}})",
                          R"(,"rounding":)" + std::string(rounding)))
              .find("/rounding") != std::string::npos);
  }
}
