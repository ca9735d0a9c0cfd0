#include "kernel/smdpplus/result_code.h"

#include <algorithm>

#include "kernel/rsp/sgp22/cancel_reason.h"
#include "kernel/rsp/sgp22/install_result.h"

namespace berth::smdpplus {
namespace {

// The last number of a band stands for every larger one.
constexpr std::uint64_t kBandEnd = 99;

std::string banded(std::uint64_t band, std::uint64_t number) {
  return "RSP-" + std::to_string(band + std::min<std::uint64_t>(number, kBandEnd));
}

struct InstallPair {
  std::uint64_t error_reason;
  std::string_view subject_code;
  std::string_view reason_code;
};

constexpr InstallPair kInstallPairs[] = {
    {1, "8.2.10", "2.1"},  {2, "8.2.10", "6.1"},   {3, "8.10.1", "3.9"},   {4, "8.2.10", "3.1"},
    {5, "8.2.10", "3.1"},  {6, "8.2.9", "3.1"},    {7, "8.2.10", "2.1"},   {8, "8.2.10", "6.1"},
    {9, "8.2.1", "3.3"},   {10, "8.1", "4.8"},     {11, "8.2.10", "4.2"},  {12, "8.2.10", "4.2"},
    {13, "8.2.9", "3.10"}, {14, "8.2.10", "3.8"},  {15, "8.2.8", "1.2"},   {17, "8.2.13", "3.1"},
    {18, "8.2.13", "1.2"}, {19, "8.2.13", "3.8"},  {20, "8.2.13", "3.12"}, {21, "8.2.13", "3.8"},
    {22, "8.2.13", "3.8"}, {23, "8.2.14", "3.1"},  {26, "8.2.9", "3.1"},   {31, "8.1", "3.8"},
    {32, "8.8.1", "3.8"},  {127, "8.2.10", "4.2"},
};
constexpr InstallPair kAnyOther{0, "8.2.10", "4.2"};

// The reasons of a cancelled session that end an order, as far as any release names them.
constexpr std::uint64_t kLastCancelReason = 127;

std::string band_name(std::string_view name, std::uint64_t number) {
  return number >= kBandEnd ? std::string(name) + ", or any number above 98" : std::string(name);
}

}  // namespace

std::string install_error_code(std::uint64_t error_reason) { return banded(4100, error_reason); }
std::string cancel_code(std::uint64_t reason) { return banded(4200, reason); }

rsp::RspError install_error_report(std::uint64_t error_reason) {
  const auto* found =
      std::find_if(std::begin(kInstallPairs), std::end(kInstallPairs),
                   [&](const InstallPair& pair) { return pair.error_reason == error_reason; });
  const InstallPair& pair = found == std::end(kInstallPairs) ? kAnyOther : *found;
  return {std::string(pair.subject_code), std::string(pair.reason_code),
          "the card could not install the profile: " +
              std::string(rsp::sgp22::install_failure(error_reason).name)};
}

std::vector<ResultEntry> result_registry() {
  std::vector<ResultEntry> entries = {{std::string(kResultSuccess), "SUCCESS", "", "installed"}};
  for (const InstallPair& pair : kInstallPairs) {
    entries.push_back(
        {install_error_code(pair.error_reason), "FAILED",
         install_error_report(pair.error_reason).pair(),
         band_name(rsp::sgp22::install_failure(pair.error_reason).name, pair.error_reason)});
  }
  for (std::uint64_t reason = 0; reason <= kLastCancelReason; ++reason) {
    const rsp::sgp22::CancelReason meaning = rsp::sgp22::cancel_reason(reason);
    if (meaning.name == "unknown" || !meaning.report) continue;
    entries.push_back({cancel_code(reason), "CANCELLED", meaning.report->pair(),
                       band_name(meaning.name, reason)});
  }
  entries.push_back(
      {std::string(kResultAttemptsExceeded), "FAILED", "8.8.5/6.4", "download attempts exceeded"});
  entries.push_back({std::string(kResultCodeAttemptsExceeded), "FAILED", "8.2.7/6.4",
                     "confirmation code attempts exceeded"});
  entries.push_back({std::string(kResultAbandoned), "FAILED", "", "no package was fetched"});
  entries.push_back({std::string(kResultIneligible), "FAILED", "8.2.5/4.3", "not eligible"});
  entries.push_back({std::string(kResultOrderExpired), "FAILED", "8.8.5/4.10", "order expired"});
  entries.push_back({std::string(kResultUnknown), "UNKNOWN", "", "no result came in time"});
  return entries;
}

}  // namespace berth::smdpplus
