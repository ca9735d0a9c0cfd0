// The local profile assistant: carries a download, and a card's notifications, between card and
// server, and checks on the way what is the LPA's to check (SGP.22 §3.0.1, §3.1.3, §3.5).
//
// Borrows everything; one use at a time. Cards keep their notifications until a server has taken
// them, so whatever fails here can be repeated.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/rsp/sgp22/activation_code.h"
#include "tools/berth-lpa/es9_client.h"
#include "tools/euicc/card.h"

namespace berth::lpa {

// CancelSessionReason, SGP.22 §5.7.14.
inline constexpr std::uint8_t kCancelEndUserRejection = 0;
inline constexpr std::uint8_t kCancelPostponed = 1;
inline constexpr std::uint8_t kCancelMetadataMismatch = 4;
inline constexpr std::uint8_t kCancelUndefined = 127;

enum class StopPoint { kNever = 1, kAuthenticated, kBound };

struct DownloadOptions {
  // Tried in order when the server asks for a code; further ones after a wrong one.
  std::vector<std::string> confirmation_codes;
  // Where to cancel with `cancel_reason`, as a user would who changes their mind.
  StopPoint cancel_after = StopPoint::kNever;
  std::uint8_t cancel_reason = kCancelEndUserRejection;
  // Give up without a word to the server, as a phone whose battery dies. kNever or kBound.
  StopPoint abandon_after = StopPoint::kNever;
  euicc::DeviceFields device;
};

struct Step {
  std::string name;
  std::chrono::microseconds took{0};
  std::string detail;  // may be empty
};

struct NotificationReport {
  std::uint64_t sequence_number = 0;
  std::string address;
  std::optional<Failure> failure;  // kept on the card then
};

enum class DownloadEnd { kInstalled = 1, kCancelled, kAbandoned };

struct DownloadReport {
  DownloadEnd end = DownloadEnd::kInstalled;
  Iccid iccid;
  std::string service_provider_name;
  std::string profile_name;
  std::string package_sha256;  // hexadecimal; empty unless installed
  std::vector<Step> steps;
  std::vector<NotificationReport> notifications;
};

class Lpa {
 public:
  // Called after each step, also the one that fails.
  using Progress = std::function<void(const Step& step, bool ok)>;

  Lpa(euicc::Card& card, Transport& transport, const Clock& clock, Progress progress,
      Binding binding = Binding::kJson)
      : card_(card),
        transport_(transport),
        clock_(clock),
        progress_(std::move(progress)),
        binding_(binding) {}

  Outcome<DownloadReport> download(const rsp::sgp22::ActivationCode& code,
                                   const DownloadOptions& options);
  // Sends what is pending, oldest first; an address that fails once is not tried again. Taken
  // notifications are removed from the card.
  std::vector<NotificationReport> send_notifications();
  // Only those of this card with sequence numbers from `first` on.
  std::vector<NotificationReport> send_notifications_from(std::uint64_t first);

 private:
  struct Download;
  template <class T>
  Outcome<T> timed(Download& download, std::string name, const std::function<Outcome<T>()>& work);

  Outcome<void> authenticate_server(Download& download);
  Outcome<void> authenticate_client(Download& download);
  Outcome<void> prepare(Download& download, const std::string& code);
  Outcome<void> fetch_package(Download& download);
  // Prepares and fetches, once more for each further confirmation code.
  Outcome<void> fetch_with_codes(Download& download);
  Outcome<void> install(Download& download);
  Outcome<DownloadReport> finish(Download& download, DownloadEnd end);
  // Tells the server, then ends with `failure`; what the server says to it changes nothing.
  Failure cancel_because(Download& download, std::uint8_t reason, Failure failure);
  Outcome<void> cancel(Download& download, std::uint8_t reason);

  euicc::Card& card_;
  Transport& transport_;
  const Clock& clock_;
  Progress progress_;
  Binding binding_;
};

}  // namespace berth::lpa
