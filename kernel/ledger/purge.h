// Deleting what the audit says while keeping that it was said.

#pragma once

#include "kernel/ledger/writer.h"

namespace berth::ledger {

// Announces the purge in the chain, then deletes in bounded steps, so that commits pass between
// them. A crash in between leaves an announcement that the next purge makes good.
Result<std::int64_t> purge_chain(Writer& writer, const std::string& chain, UnixMs up_to_ms,
                                 Random& random);

}  // namespace berth::ledger
