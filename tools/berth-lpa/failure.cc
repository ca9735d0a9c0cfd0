#include "tools/berth-lpa/failure.h"

#include <array>

namespace berth::lpa {
namespace {

struct Meaning {
  std::string_view subject_code;
  std::string_view reason_code;
  std::string_view text;
};

// ES9+ status pairs, SGP.22 §5.6.
constexpr std::array kMeanings = {
    Meaning{"8.1", "4.8", "not enough memory on the card for this profile"},
    Meaning{"8.1", "6.1", "the server could not verify the card's signature"},
    Meaning{"8.1.1", "3.8", "the order is for another card (EID)"},
    Meaning{"8.1.2", "6.1", "the EUM certificate does not verify"},
    Meaning{"8.1.2", "6.3", "the EUM certificate has expired"},
    Meaning{"8.1.3", "6.1", "the eUICC certificate does not verify"},
    Meaning{"8.1.3", "6.3", "the eUICC certificate has expired"},
    Meaning{"8.2", "1.2", "the profile has not been released yet"},
    Meaning{"8.2", "3.7", "the package is bound to another one-time key"},
    Meaning{"8.2.5", "4.3", "no profile of this order suits this card"},
    Meaning{"8.2.6", "3.8", "the matching id (activation code) is not accepted"},
    Meaning{"8.2.7", "2.2", "a confirmation code is needed"},
    Meaning{"8.2.7", "3.8", "the confirmation code is wrong"},
    Meaning{"8.2.7", "6.4", "too many wrong confirmation codes; the order is closed"},
    Meaning{"8.8", "3.10", "the card named another SM-DP+"},
    Meaning{"8.8.1", "3.8", "the server does not answer to this address"},
    Meaning{"8.8.2", "3.1", "the server knows none of the card's CIs"},
    Meaning{"8.8.3", "3.1", "the server does not support the card's version"},
    Meaning{"8.8.4", "3.7", "the server has no certificate under a CI this card trusts"},
    Meaning{"8.8.5", "4.10", "the order has expired"},
    Meaning{"8.8.5", "6.4", "too many download attempts; the order is closed"},
    Meaning{"8.10.1", "3.9", "the server does not know this transaction"},
    Meaning{"8.11.1", "3.9", "the server does not know the CI of the card's EUM"},
};

}  // namespace

Failure Failure::of(FailureKind kind, std::string step, const Error& error) {
  Failure failure;
  failure.kind = kind;
  failure.step = std::move(step);
  failure.reason = std::string(error.reason());
  failure.message = error.message();
  return failure;
}

Failure Failure::of_card(std::string step, const Error& error) {
  const bool refused = error.reason().starts_with("card.profile_") ||
                       error.reason() == "card.notification_unknown" ||
                       error.reason() == "card.notifications_full";
  return of(refused ? FailureKind::kCard : FailureKind::kInternal, std::move(step), error);
}

int exit_status(FailureKind kind) {
  switch (kind) {
    case FailureKind::kServer:
    case FailureKind::kCard:
    case FailureKind::kLpa:
      return kExitRefused;
    case FailureKind::kNetwork:
      return kExitNetwork;
    case FailureKind::kUsage:
      return kExitUsage;
    case FailureKind::kInternal:
      break;
  }
  return kExitInternal;
}

std::string_view to_string(FailureKind kind) {
  switch (kind) {
    case FailureKind::kServer:
      return "server";
    case FailureKind::kCard:
      return "card";
    case FailureKind::kLpa:
      return "lpa";
    case FailureKind::kNetwork:
      return "network";
    case FailureKind::kUsage:
      return "usage";
    case FailureKind::kInternal:
      break;
  }
  return "internal";
}

std::string_view meaning_of(std::string_view subject_code, std::string_view reason_code) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.subject_code == subject_code && meaning.reason_code == reason_code) {
      return meaning.text;
    }
  }
  return {};
}

}  // namespace berth::lpa
