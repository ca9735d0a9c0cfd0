// Reads for what leaves the house: refused while a batch is in doubt.

#pragma once

#include <utility>

#include "kernel/ledger/read_pool.h"
#include "kernel/ledger/writer.h"

namespace berth::ledger {

// "ledger.in_doubt", to be tried again.
Error in_doubt_error();

// Runs work(Session&) on a connection of `reads`. Doubt is asked for before and after, since it may
// begin between.
template <class Work>
auto read_settled(ReadPool& reads, const Writer& writer, Work work)
    -> decltype(reads.read(std::move(work))) {
  if (writer.in_doubt()) return in_doubt_error();
  auto result = reads.read(std::move(work));
  if (writer.in_doubt()) return in_doubt_error();
  return result;
}

}  // namespace berth::ledger
