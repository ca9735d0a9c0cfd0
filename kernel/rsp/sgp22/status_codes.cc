#include "kernel/rsp/sgp22/status_codes.h"

#include <algorithm>
#include <span>

#include "kernel/rsp/sgp22/status_table.h"

namespace berth::rsp::sgp22 {
namespace {

std::string_view name_in(std::span<const CodeName> table, std::string_view code) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const CodeName& entry) { return entry.code == code; });
  return found == table.end() ? std::string_view() : found->name;
}

struct Advice {
  std::string_view whose_turn;
  std::string_view next_step;
};

// What the class of a reason (its first digit) says about the way on, whatever the subject.
Advice advice_for(std::string_view reason_code) {
  switch (reason_code.empty() ? '0' : reason_code.front()) {
    case '1':
      return {"the operator of this server",
              "check who the caller is and what it has been allowed to do"};
    case '2':
      return {"the caller", "correct the named element of the request and send it again"};
    case '3':
      return {"the caller", "compare the request with the present state of the named object"};
    case '4':
      return {"the operator of this server", "look at the events of this time for the cause"};
    case '5':
      return {"the operator of this server", "check the address and the path to the other server"};
    case '6':
      return {"the caller", "check certificates, signatures and remaining attempts"};
    default:
      return {"the caller", "look up the code in the specification of the peer's release"};
  }
}

}  // namespace

std::string_view subject_name(std::string_view subject_code) {
  return name_in(subject_table(), subject_code);
}

std::string_view reason_name(std::string_view reason_code) {
  return name_in(reason_table(), reason_code);
}

std::optional<StatusMeaning> describe(std::string_view subject_code, std::string_view reason_code) {
  for (const PairEntry& entry : pair_table()) {
    if (entry.subject_code == subject_code && entry.reason_code == reason_code) {
      return StatusMeaning{std::string(entry.meaning), std::string(entry.whose_turn),
                           std::string(entry.next_step)};
    }
  }
  const std::string_view subject = subject_name(subject_code);
  const std::string_view reason = reason_name(reason_code);
  if (subject.empty() && reason.empty()) return std::nullopt;
  const Advice advice = advice_for(reason.empty() ? std::string_view() : reason_code);
  std::string meaning(subject.empty() ? "an unknown subject" : subject);
  meaning += ": ";
  meaning += reason.empty() ? "an unknown reason" : reason;
  return StatusMeaning{std::move(meaning), std::string(advice.whose_turn),
                       std::string(advice.next_step)};
}

std::string told(const RspError& error) {
  if (error.message.empty()) return {};
  for (const PairEntry& entry : pair_table()) {
    if (entry.subject_code != error.subject_code || entry.reason_code != error.reason_code) {
      continue;
    }
    return error.message + " (" + std::string(entry.whose_turn) + ": " +
           std::string(entry.next_step) + ")";
  }
  return error.message;
}

}  // namespace berth::rsp::sgp22
