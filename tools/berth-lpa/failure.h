// How an LPA command ends when it does not succeed: who said no, and why.

#pragma once

#include <string>

#include "kernel/base/error.h"

namespace berth::lpa {

enum class FailureKind {
  kServer = 1,  // the server refused with a status pair
  kCard,        // the card refused what the server sent, or the user's wish
  kLpa,         // the LPA itself refused: an answer that does not fit, a missing code
  kNetwork,     // no answer, or none that HTTP and TLS would accept
  kUsage,       // wrong input, before anything was sent
  kInternal,    // file, memory, cryptography
};

struct Failure {
  FailureKind kind = FailureKind::kInternal;
  std::string step;          // "initiate authentication"; may be empty
  std::string subject_code;  // kServer: "8.2.6"
  std::string reason_code;   // kServer: "3.8"
  std::string reason;        // slug, or the card's own word: "invalidSignature"
  std::string message;       // for a person; never a secret

  static Failure of(FailureKind kind, std::string step, const Error& error);
  // A card's or file's error: kCard when the card refused, kInternal otherwise.
  static Failure of_card(std::string step, const Error& error);
};

// Exit status of berth-lpa.
inline constexpr int kExitOk = 0;
inline constexpr int kExitInternal = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitRefused = 3;
inline constexpr int kExitNetwork = 4;
int exit_status(FailureKind kind);
// "server", "card", …
std::string_view to_string(FailureKind kind);
// What a status pair means, in words; empty when the pair is not in the standard's tables.
std::string_view meaning_of(std::string_view subject_code, std::string_view reason_code);

}  // namespace berth::lpa
