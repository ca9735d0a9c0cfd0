#include "kernel/smdpplus/package_account.h"

#include <algorithm>
#include <set>

namespace berth::smdpplus {
namespace {

using ledger::AttemptState;
using rsp::sgp22::ProfileInstallationResult;

// BppCommandIds behind the card's look whether it has the ICCID already (SGP.22 §2.5.6).
constexpr std::uint64_t kReplaceSessionKeys = 4;
constexpr std::uint64_t kLoadProfileElements = 5;
constexpr std::uint64_t kIccidAlreadyExists = 9;

bool says_present(CardWord word) {
  return word == CardWord::kInstalled || word == CardWord::kThereAlready;
}

CardWord word_of(const ProfileInstallationResult& result) {
  const auto* failure = std::get_if<ProfileInstallationResult::Failure>(&result.result);
  if (failure == nullptr) return CardWord::kInstalled;
  if (failure->error_reason == kIccidAlreadyExists) return CardWord::kThereAlready;
  const bool looked = failure->bpp_command_id == kReplaceSessionKeys ||
                      failure->bpp_command_id == kLoadProfileElements;
  return looked ? CardWord::kNotThere : CardWord::kFailed;
}

// The orders of these attempts, the latest first; that of the profile before all.
std::vector<std::string> orders_of(const std::string& current,
                                   const std::vector<ledger::AttemptRecord>& deliveries) {
  std::vector<std::string> orders = {current};
  for (const ledger::AttemptRecord& one : deliveries) {
    if (std::find(orders.begin(), orders.end(), one.order_id) == orders.end()) {
      orders.push_back(one.order_id);
    }
  }
  return orders;
}

// By orders, then by their own counting: a clock that was put back changes nothing.
void sort_by_session(const std::vector<std::string>& orders,
                     std::vector<ledger::AttemptRecord>& deliveries) {
  const auto rank = [&](const ledger::AttemptRecord& one) {
    return std::find(orders.begin(), orders.end(), one.order_id) - orders.begin();
  };
  std::stable_sort(deliveries.begin(), deliveries.end(), [&](const auto& a, const auto& b) {
    return std::pair(rank(a), b.number) < std::pair(rank(b), a.number);
  });
}

struct Life {
  std::set<std::string> orders;
  UnixMs since_ms = 0;
};

Result<Life, Failure> this_life(context::TenantContext& tenant,
                                const std::optional<ledger::OrderRecord>& current,
                                const std::vector<std::string>& orders) {
  Life life;
  if (!current) return life;
  ledger::OrderRecord order = *current;
  for (std::size_t next = 1;; ++next) {
    life.orders.insert(order.order_id);
    life.since_ms = order.created_ms;
    if (!order.inherits_quarantine || next >= orders.size()) return life;
    auto before = tenant.ledger().order(orders[next]);
    if (!before) return Failure(std::move(before).error());
    if (!*before) return life;
    order = std::move(**before);
  }
}

// What the state says stands; the evidence tells more of it.
Delivery delivery_of(const ledger::AttemptRecord& attempt, const Life& life) {
  CardWord word = CardWord::kNone;
  if (attempt.state == AttemptState::kInstalled) word = CardWord::kInstalled;
  if (attempt.state == AttemptState::kFailed) word = CardWord::kFailed;
  return {attempt.transaction_id, life.orders.contains(attempt.order_id), word, std::nullopt};
}

// Of two results of one session the one that came first is the attempt's; of equal ones the later
// number counts.
void note_result(CardPapers& papers, const ProfileInstallationResult& result) {
  const auto found =
      std::find_if(papers.deliveries.begin(), papers.deliveries.end(),
                   [&](const auto& one) { return one.transaction_id == result.transaction_id; });
  if (found == papers.deliveries.end() || found->word == CardWord::kNone) return;
  const CardWord word = word_of(result);
  if ((word == CardWord::kInstalled) != (found->word == CardWord::kInstalled)) return;
  if (found->number && *found->number >= result.metadata.sequence_number) return;
  found->word = word;
  found->number = result.metadata.sequence_number;
}

struct View {
  bool absent = false;
  bool all_known = false;
  bool deleted_since_present = false;
  std::uint32_t silent = 0;      // packages without a word since the card last looked
  std::uint32_t candidates = 0;  // what may be there, unless it was deleted
};

// Else the card was reset in the midst of this life, and no number says what came first.
bool numbers_rise(const CardPapers& papers) {
  std::uint64_t later = UINT64_MAX;
  for (const Delivery& one : papers.deliveries) {
    if (!one.of_this_life || !one.number) continue;
    if (*one.number > later) return false;
    later = *one.number;
  }
  return true;
}

// Of this life alone, or of all. Either can err where the other does not: a late notice of a life
// before has a lower number, and a card that was reset since then counts from 1 again.
View look(const CardPapers& papers, bool this_life) {
  View view;
  // Back to the latest word that says whether the profile was on the card.
  const Delivery* last_look = nullptr;
  const Delivery* last_present = nullptr;
  for (const Delivery& one : papers.deliveries) {
    if (this_life && !one.of_this_life) continue;
    if (last_look == nullptr && one.word == CardWord::kNone) ++view.silent;
    if (last_look == nullptr && (one.word == CardWord::kNotThere || says_present(one.word))) {
      last_look = &one;
    }
    if (says_present(one.word)) {
      last_present = &one;
      break;
    }
  }
  const bool comparable = !this_life || numbers_rise(papers);
  const auto deletions_after = [&](const Delivery* word) -> std::size_t {
    if (!comparable || (word != nullptr && !word->number)) return 0;
    return static_cast<std::size_t>(
        std::count_if(papers.deletions.begin(), papers.deletions.end(), [&](const Deletion& one) {
          return (!this_life || one.of_this_life) &&
                 (word == nullptr || one.number > *word->number);
        }));
  };
  view.all_known = papers.whole || last_look != nullptr;
  view.candidates = view.silent + (last_look != nullptr && says_present(last_look->word) ? 1U : 0U);
  view.absent = view.all_known && deletions_after(last_look) >= view.candidates;
  view.deleted_since_present = last_present != nullptr && deletions_after(last_present) > 0;
  return view;
}

}  // namespace

void CardPapers::add(const TransactionId& transaction_id, const ProfileInstallationResult& result) {
  for (Delivery& one : deliveries) {
    if (one.transaction_id != transaction_id) continue;
    one.word = word_of(result);
    one.number = result.metadata.sequence_number;
  }
}

void CardPapers::add_deletion(std::uint64_t number) {
  const auto before = std::find_if(deletions.begin(), deletions.end(),
                                   [&](const Deletion& one) { return one.number <= number; });
  if (before != deletions.end() && before->number == number) return;
  deletions.insert(before, {number, true});
}

PackageAccount account_of(const CardPapers& papers) {
  const View life = look(papers, true);
  const View all = look(papers, false);
  PackageAccount account;
  account.absent = life.absent && all.absent;
  account.complete = account.absent || (life.all_known && life.silent == 0);
  account.absent_by_deletion = account.absent && life.candidates > 0;
  account.ended = account.absent && life.deleted_since_present;
  account.silent = life.silent;
  return account;
}

Result<CardPapers, Failure> papers_of(context::TenantContext& tenant,
                                      const ledger::ProfileRecord& profile,
                                      const std::optional<ledger::OrderRecord>& order,
                                      std::vector<ledger::AttemptRecord> deliveries) {
  const std::vector<std::string> orders = orders_of(profile.order_id, deliveries);
  sort_by_session(orders, deliveries);
  auto life = this_life(tenant, order, orders);
  if (!life) return std::move(life).error();
  auto evidence = tenant.ledger().evidence_of(*profile.eid, profile.iccid, kMaxDeliveries);
  if (!evidence) return Failure(std::move(evidence).error());
  CardPapers papers;
  papers.whole = deliveries.size() < kMaxDeliveries;
  for (const ledger::AttemptRecord& one : deliveries) {
    if (one.eid == *profile.eid) papers.deliveries.push_back(delivery_of(one, *life));
  }
  for (const ledger::EvidenceRecord& one : *evidence) {  // the highest number first
    if (one.operation == "delete") {
      if (papers.deletions.empty() || papers.deletions.back().number != one.sequence_number) {
        papers.deletions.push_back({one.sequence_number, one.received_ms >= life->since_ms});
      }
      continue;
    }
    const auto request = rsp::sgp22::parse_pending_notification(one.notification);
    if (!request) continue;
    if (const auto* result = std::get_if<ProfileInstallationResult>(&request->notification)) {
      note_result(papers, *result);
    }
  }
  return papers;
}

}  // namespace berth::smdpplus
