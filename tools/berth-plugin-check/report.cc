#include "tools/berth-plugin-check/report.h"

#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

namespace berth::plugin_check {
namespace {

constexpr std::size_t kVerdictWidth = 8;
constexpr std::size_t kCheckWidth = 14;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string crash(int signal) {
  const char* name = ::sigabbrev_np(signal);
  const std::string which = name == nullptr ? std::to_string(signal) : "SIG" + std::string(name);
  if (signal == SIGABRT) {
    return "it ended the process with " + which +
           ": an exception left its code, an assertion failed or memory was overwritten; catch "
           "everything before it crosses the C boundary, as berth::sdk does";
  }
  return "it crashed with " + which +
         ": run it under a debugger, or build it with -fsanitize=address";
}

}  // namespace

Finding finding_of(const std::string& check, const ChildEnd& end, std::chrono::milliseconds time) {
  constexpr std::string_view kOk = "ok ";
  constexpr std::string_view kFailed = "FAILED ";
  if (end.timed_out) {
    return {
        check, false,
        "it had not come back after " + std::to_string(time.count() / 1000) +
            " s and was ended: a call hangs; poll op.cancelled() and give every wait a deadline"};
  }
  if (end.signal != 0) return {check, false, crash(end.signal)};
  if (end.told.starts_with(kOk)) return {check, true, end.told.substr(kOk.size())};
  if (end.told.starts_with(kFailed)) return {check, false, end.told.substr(kFailed.size())};
  return {check, false,
          "it ended the process with exit code " + std::to_string(end.exit_code) +
              ": the process is not the plugin's"};
}

std::string line_of(const Finding& finding) {
  std::string text =
      padded(finding.ok ? "ok" : "FAILED", kVerdictWidth) + padded(finding.check, kCheckWidth);
  for (const char c : finding.detail) {
    text += c;
    if (c == '\n') text += std::string(kVerdictWidth + 2, ' ');
  }
  return text + "\n";
}

std::string json_of(const std::string& library, const std::vector<Finding>& findings) {
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  bool ok = true;
  for (const Finding& finding : findings) {
    ok = ok && finding.ok;
    checks.push_back({{"check", finding.check}, {"ok", finding.ok}, {"detail", finding.detail}});
  }
  const nlohmann::ordered_json report{{"library", library}, {"ok", ok}, {"checks", checks}};
  // What a plugin says need not be UTF-8.
  return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace berth::plugin_check
