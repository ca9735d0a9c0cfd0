// What has become of the packages of a profile that left for its card, as far as the card's own
// signed words tell (docs/decisions/quarantine.md). Private to this folder.
//
// A card works off one session after the other: a word about one of them speaks of all before it,
// too, once the card had looked whether the ICCID is there. And it numbers what it signs, so that
// words need not come in the order they were signed in. Pure values, but for papers_of().

#pragma once

#include <optional>
#include <vector>

#include "kernel/context/tenant_context.h"
#include "kernel/rsp/sgp22/messages.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// Packages of one profile that are looked at; of a profile sent more often nothing old is believed.
inline constexpr std::size_t kMaxDeliveries = 1000;

enum class CardWord : std::uint8_t {
  kNone = 1,
  kInstalled,
  kThereAlready,  // failed: the ICCID was on the card
  kNotThere,      // failed after the card had looked for the ICCID
  kFailed,        // failed before that: this package is not there, others may be
};

struct Delivery {
  TransactionId transaction_id;
  bool of_this_life = true;
  CardWord word = CardWord::kNone;
  std::optional<std::uint64_t>
      number;  // the card's; empty: no word, or its evidence is not at hand
};
struct Deletion {
  std::uint64_t number = 0;
  bool of_this_life = true;
};

// The words of one card about one profile. A life of the profile goes from one stock to the next:
// the orders since then, each of which took over what the one before had left open.
struct CardPapers {
  std::vector<Delivery> deliveries;  // the latest first
  std::vector<Deletion> deletions;   // distinct numbers, the highest first
  bool whole = true;                 // else there are older deliveries

  // This word is about to be committed.
  void add(const TransactionId& transaction_id,
           const rsp::sgp22::ProfileInstallationResult& result);
  void add_deletion(std::uint64_t number);
};

struct PackageAccount {
  bool absent = false;    // proven: the profile is not on the card
  bool complete = false;  // proven whether it is
  // It is absent for no other reason than deletions of this life.
  bool absent_by_deletion = false;
  // The latest installation known was followed by a deletion, and it is absent.
  bool ended = false;
  // Packages of this life without a word; when it is absent, each of them was deleted.
  std::uint32_t silent = 0;
};
PackageAccount account_of(const CardPapers& papers);

// Of `profile.eid`, which must be set. `deliveries` as the ledger gives them; they are put into the
// order their sessions had. `order`: the profile's own, if it has one.
Result<CardPapers, Failure> papers_of(context::TenantContext& tenant,
                                      const ledger::ProfileRecord& profile,
                                      const std::optional<ledger::OrderRecord>& order,
                                      std::vector<ledger::AttemptRecord> deliveries);

}  // namespace berth::smdpplus
