#include "kernel/rsp/sgp22/status_table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace berth::rsp::sgp22 {
namespace {

bool is_code(std::string_view code) {
  const bool digits = std::all_of(code.begin(), code.end(),
                                  [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
  return digits && !code.empty() && code.front() != '.' && code.back() != '.' &&
         code.find("..") == std::string_view::npos;
}

TEST_CASE("every code is dotted digits, comes once and has a name", "[rsp][sgp22]") {
  for (const auto table : {subject_table(), reason_table()}) {
    std::set<std::string_view> seen;
    for (const CodeName& entry : table) {
      CAPTURE(entry.code);
      CHECK(is_code(entry.code));
      CHECK(seen.insert(entry.code).second);
      CHECK_FALSE(entry.name.empty());
      // A code stands below one that the table names, too.
      const std::size_t dot = entry.code.rfind('.');
      CHECK((dot == std::string_view::npos || seen.contains(entry.code.substr(0, dot)) ||
             entry.code.substr(0, dot).find('.') == std::string_view::npos));
    }
  }
}

TEST_CASE("every pair says what happened, whose turn it is and what to do", "[rsp][sgp22]") {
  CHECK(pair_table().size() > 40);
  for (const PairEntry& entry : pair_table()) {
    CAPTURE(entry.subject_code, entry.reason_code);
    CHECK_FALSE(entry.meaning.empty());
    CHECK_FALSE(entry.whose_turn.empty());
    CHECK_FALSE(entry.next_step.empty());
    // Clauses that others put into sentences: no capital, no full stop.
    for (const std::string_view text : {entry.whose_turn, entry.next_step}) {
      CHECK(text.back() != '.');
    }
  }
}

}  // namespace
}  // namespace berth::rsp::sgp22
