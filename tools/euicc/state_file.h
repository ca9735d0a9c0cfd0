// A card in one JSON file, mode 0600, replaced atomically: a crash leaves the old card or the new
// one, never half of either.
//
// Holds the private keys in clear, as a test card may: whoever can read the file is the card. An
// exclusive lock is held on "<path>.lock" while the object lives, so two commands cannot use one
// card at once.

#pragma once

#include <filesystem>
#include <memory>

#include "tools/euicc/card_state.h"

namespace berth::euicc {

inline constexpr std::size_t kMaxStateFileSize = 128 * 1024 * 1024;

class StateFile final : public CardStore {
 public:
  // Takes the lock. "card.file_locked" when another process has it, "card.file_unusable" when the
  // folder cannot be written.
  static Result<std::unique_ptr<StateFile>> open(std::filesystem::path path);
  ~StateFile() override;
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  // "card.file_missing", "card.file_unusable", "card.file_invalid" (which member, never its value).
  Result<CardState> load() const;
  // "card.file_unusable".
  Result<void> save(const CardState& state) override;
  bool exists() const;

 private:
  StateFile(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

}  // namespace berth::euicc
