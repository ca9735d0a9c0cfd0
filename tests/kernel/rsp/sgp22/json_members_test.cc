#include "kernel/rsp/sgp22/json_members.h"

#include <catch2/catch.hpp>
#include <random>

namespace berth::rsp::sgp22 {
namespace {

using Kind = JsonValue::Kind;

std::string reason(std::string_view text, std::size_t depth) {
  const auto members = JsonMembers::read(text, depth);
  return members ? std::string("accepted") : std::string(members.error().reason());
}

TEST_CASE("members are kept down to the depth asked for and no deeper", "[rsp][sgp22]") {
  const std::string_view text =
      R"({"a":"1","b":true,"n":null,"i":7,"o":{"x":"2","p":{"y":"3"}},"l":[{"x":"4"}]})";
  const auto flat = JsonMembers::read(text);
  REQUIRE(flat);
  CHECK(flat->find({"a"})->text == "1");
  CHECK(flat->find({"b"})->boolean);
  CHECK(flat->find({"n"})->kind == Kind::kNull);
  CHECK(flat->find({"i"})->kind == Kind::kNumber);
  CHECK(flat->find({"o"})->kind == Kind::kObject);
  CHECK(flat->find({"l"})->kind == Kind::kOther);
  CHECK(flat->find({"o", "x"}) == nullptr);
  const auto deep = JsonMembers::read(text, 3);
  REQUIRE(deep);
  CHECK(deep->find({"o", "x"})->text == "2");
  CHECK(deep->find({"o", "p", "y"})->text == "3");
  CHECK(deep->find({"l", "x"}) == nullptr);
  CHECK(deep->find({"x"}) == nullptr);
}

TEST_CASE("what follows an array belongs to its own object again", "[rsp][sgp22]") {
  const auto members = JsonMembers::read(R"({"l":[[{"a":"no"}],"b",{}],"o":{"a":"yes"}})", 2);
  REQUIRE(members);
  CHECK(members->find({"o", "a"})->text == "yes");
  CHECK(members->find({"l"})->kind == Kind::kOther);
}

TEST_CASE("a member twice is refused in every object that is kept", "[rsp][sgp22]") {
  CHECK(reason(R"({"a":1,"a":1})", 1) == "json.duplicate");
  CHECK(reason(R"({"o":{"a":1,"a":1}})", 2) == "json.duplicate");
  CHECK(reason(R"({"o":{"a":1,"a":1}})", 1) == "accepted");
  CHECK(reason(R"({"o":{"a":1},"p":{"a":1}})", 2) == "accepted");
  CHECK(reason(R"({"o":{"a":1},"o":{"b":1}})", 2) == "json.duplicate");
}

TEST_CASE("depth and number of members are bounded", "[rsp][sgp22]") {
  CHECK(reason("{\"a\":" + std::string(100'000, '['), 3) == "json.too_deep");
  std::string crowd = R"({"o":{)";
  for (int i = 0; i < 64; ++i) crowd += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  CHECK(reason(crowd + "}}", 2) == "json.too_large");
  CHECK(reason(crowd + "}}", 1) == "accepted");
  for (const char* text : {"", "[]", "7", "{", R"({"a")", "{}x", "\xFF"}) {
    CHECK(reason(text, 2) == "json.invalid");
  }
}

TEST_CASE("random text is an answer, never a crash", "[rsp][sgp22]") {
  const unsigned seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::string_view kAlphabet = "{}[]\",:ab1t\\ ";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = "{\"a\":";
    for (auto size = random() % 24; size != 0; --size) {
      text += kAlphabet[random() % kAlphabet.size()];
    }
    (void)JsonMembers::read(text, 1 + random() % 4).ok();
  }
}

}  // namespace
}  // namespace berth::rsp::sgp22
