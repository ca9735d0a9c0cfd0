#include "kernel/ledger/sql.h"

#include <catch2/catch.hpp>

namespace berth::ledger {
namespace {

constexpr Column kColumns[] = {{"tenant_id", 't'}, {"k", 'i'}, {"a", 'b'}, {"b", 't'}};
constexpr Table kTable{"things", kColumns, 2};

TEST_CASE("statements follow from a table's columns", "[ledger]") {
  CHECK(insert_into(kTable).sql ==
        "insert into things (tenant_id, k, a, b) values (:tenant_id, :k, :a, :b)");
  CHECK(insert_into(kTable).columns.empty());
  CHECK(update_of(kTable).sql ==
        "update things set a = :a, b = :b where tenant_id = :tenant_id and k = :k");
  const Statement select = select_from(kTable, "where k = :k");
  CHECK(select.sql == "select tenant_id, k, a, b from things where k = :k");
  CHECK(select.columns == "tibt");
}

TEST_CASE("a cell of the wrong kind is damage", "[ledger]") {
  const Value nothing;
  const Value number = std::int64_t{-5};
  const Value text = std::string("x");
  const Value octets = Bytes{1, 2};
  CHECK(value_number(number) == -5);
  CHECK(value_text(text) == "x");
  CHECK(value_octets(octets) == Bytes{1, 2});
  CHECK(value_octets(nothing).empty());
  CHECK(value_text_or_empty(nothing).empty());
  CHECK_THROWS_AS(value_number(nothing), CorruptRow);
  CHECK_THROWS_AS(value_number(text), CorruptRow);
  CHECK_THROWS_AS(value_text(nothing), CorruptRow);
  CHECK_THROWS_AS(value_text(octets), CorruptRow);
  CHECK_THROWS_AS(value_text_or_empty(number), CorruptRow);
  CHECK_THROWS_AS(value_octets(text), CorruptRow);
}

TEST_CASE("a count fits 32 bits", "[ledger]") {
  CHECK(value_count(std::int64_t{0}) == 0);
  CHECK(value_count(std::int64_t{UINT32_MAX}) == UINT32_MAX);
  CHECK_THROWS_AS(value_count(std::int64_t{-1}), CorruptRow);
  CHECK_THROWS_AS(value_count(std::int64_t{UINT32_MAX} + 1), CorruptRow);
}

TEST_CASE("a digest has its size", "[ledger]") {
  CHECK(value_array<2>(Bytes{7, 8})[1] == 8);
  CHECK_THROWS_AS(value_array<2>(Bytes{7}), CorruptRow);
  CHECK_THROWS_AS(value_array<2>(Bytes{7, 8, 9}), CorruptRow);
  CHECK_THROWS_AS(value_array<2>(std::monostate{}), CorruptRow);
}

TEST_CASE("a stored identifier that no longer parses is damage, without its value",
          "[ledger][R24]") {
  const std::string good = "8944500000000000018";
  CHECK(stored(Iccid::parse(good)).text() == good);
  CHECK(stored_optional<Iccid>(good)->text() == good);
  CHECK_FALSE(stored_optional<Iccid>(std::monostate{}).has_value());
  CHECK(optional_text(std::optional<Iccid>()) == Value());
  CHECK(optional_text(std::optional(stored(Iccid::parse(good)))) == Value(good));
  try {
    stored_optional<Iccid>(std::string("CANARY"));
    FAIL("parsed");
  } catch (const CorruptRow& damage) {
    CHECK(std::string(damage.what()).find("CANARY") == std::string::npos);
  }
}

}  // namespace
}  // namespace berth::ledger
