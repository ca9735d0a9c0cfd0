// The tables behind describe(). Private to this room; static data, thread-safe.

#pragma once

#include <span>
#include <string_view>

namespace berth::rsp::sgp22 {

struct CodeName {
  std::string_view code;
  std::string_view name;
};

struct PairEntry {
  std::string_view subject_code;
  std::string_view reason_code;
  std::string_view meaning;
  std::string_view whose_turn;
  std::string_view next_step;
};

std::span<const CodeName> subject_table();
std::span<const CodeName> reason_table();
std::span<const PairEntry> pair_table();

}  // namespace berth::rsp::sgp22
