#include "kernel/vault/collector.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace berth::vault {
namespace {

constexpr std::string_view kOwnerObject = "store-owner";
constexpr std::string_view kOwnerText =
    "this store is kept in order by the ledger that can read this";

std::uint64_t hash_of(const std::string& name) { return std::hash<std::string>{}(name); }

}  // namespace

Collector::Collector(Vault& vault, const Clock& clock, std::string prefix)
    : vault_(vault),
      clock_(clock),
      prefix_(std::move(prefix)),
      next_round_(clock.monotonic() + kFirstRound) {}

Result<bool> Collector::step(const plugins::Op& op, References& references) {
  auto more = advance(op, references);
  if (!more) {
    phase_ = Phase::kIdle;
    next_round_ = clock_.monotonic() + kRetryPause;
  }
  return more;
}

Result<bool> Collector::advance(const plugins::Op& op, References& references) {
  switch (phase_) {
    case Phase::kIdle:
      if (clock_.monotonic() < next_round_) return false;
      BERTH_TRY_VOID(begin(op));
      return true;
    case Phase::kRead:
      BERTH_TRY_VOID(read(references));
      return true;
    case Phase::kList:
      BERTH_TRY_VOID(list(op));
      return true;
    case Phase::kJudge:
      BERTH_TRY_VOID(judge(op, references));
      break;
  }
  return phase_ != Phase::kIdle;
}

Result<void> Collector::begin(const plugins::Op& op) {
  const std::string owner = prefix_ + std::string(kOwnerObject);
  const auto read = vault_.get(op, owner, kOwnerText.size());
  if (!read) {
    const ErrorCode code = read.error().code();
    if (code == ErrorCode::kDataLoss || code == ErrorCode::kFailedPrecondition ||
        code == ErrorCode::kResourceExhausted) {
      return Error{
          ErrorCode::kFailedPrecondition, "vault.foreign_store",
          "object " + owner +
              " was put by a host with another ledger: this store is not "
              "this tenant's alone, so nothing in it is removed; give each ledger a folder, "
              "bucket or prefix of its own"};
    }
    if (code != ErrorCode::kNotFound) return read.error();
  }
  BERTH_TRY_VOID(vault_.put(op, owner, as_bytes(kOwnerText)));
  BERTH_TRY(info, vault_.stat(op, owner));
  if (info.modified_ms <= 0) {
    return Error{ErrorCode::kFailedPrecondition, "vault.store_clock",
                 "the store does not tell when an object was put, so nothing in it is removed"};
  }
  store_now_ = info.modified_ms;
  cursor_.clear();
  referenced_ = {hash_of(owner)};
  found_.clear();
  judged_ = 0;
  next_suspects_.clear();
  phase_ = Phase::kRead;
  return {};
}

Result<void> Collector::read(References& references) {
  BERTH_TRY(page, references.page(cursor_));
  if (page.names.size() > kMaxReferences - referenced_.size()) {
    return Error{ErrorCode::kResourceExhausted, "vault.too_many_objects",
                 "the ledger refers to more objects than a round can hold, so nothing is removed"};
  }
  for (const std::string& name : page.names) referenced_.push_back(hash_of(name));
  cursor_ = std::move(page.next);
  if (!cursor_.empty()) return {};
  std::sort(referenced_.begin(), referenced_.end());
  phase_ = Phase::kList;
  return {};
}

bool Collector::is_referenced(const std::string& name) const {
  return std::binary_search(referenced_.begin(), referenced_.end(), hash_of(name));
}

Result<void> Collector::list(const plugins::Op& op) {
  BERTH_TRY(names, vault_.list(op, prefix_, cursor_, kListPage));
  for (const std::string& name : names) {
    if (!is_referenced(name) && found_.size() < kMaxSuspects) found_.push_back(name);
  }
  if (names.size() < kListPage || found_.size() == kMaxSuspects) {
    referenced_ = {};
    phase_ = Phase::kJudge;
  } else {
    cursor_ = names.back();
  }
  return {};
}

Result<bool> Collector::is_old(const plugins::Op& op, const std::string& name) const {
  const auto info = vault_.stat(op, name);
  if (!info) {
    if (info.error().code() == ErrorCode::kNotFound) return false;  // another node was faster
    return info.error();
  }
  return info->modified_ms > 0 &&
         store_now_ - info->modified_ms > std::chrono::milliseconds(kCollectedAfter).count();
}

Result<void> Collector::judge(const plugins::Op& op, References& references) {
  const auto now = clock_.monotonic();
  std::vector<std::string> doomed;
  const std::size_t until = std::min(found_.size(), judged_ + kRemovalBatch);
  for (; judged_ < until; ++judged_) {
    const std::string& name = found_[judged_];
    const auto suspected = suspects_.find(name);
    const auto since = suspected == suspects_.end() ? now : suspected->second;
    next_suspects_.emplace(name, since);
    if (now - since < kSuspicion) continue;
    BERTH_TRY(old, is_old(op, name));
    if (old) doomed.push_back(name);
  }
  if (!doomed.empty()) {
    BERTH_TRY_VOID(references.announce(doomed));
    for (const std::string& name : doomed) {
      BERTH_TRY_VOID(vault_.remove(op, name));
      next_suspects_.erase(name);
    }
  }
  if (judged_ == found_.size()) end();
  return {};
}

void Collector::end() {
  suspects_ = std::exchange(next_suspects_, {});
  next_round_ = clock_.monotonic() + (suspects_.empty() ? kRoundPause : kSuspicion);
  phase_ = Phase::kIdle;
}

}  // namespace berth::vault
