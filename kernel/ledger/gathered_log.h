// SQLite's own files with one difference: what is written to a write-ahead log is kept together
// until its transaction ends, and goes to the system in one piece. SQLite writes a log page by
// page, head and page apart; a commit of twenty pages is forty calls, each of which touches one or
// two pages of the system's cache. The log also grows by kLogStep at a time, so that most commits
// change its octets and not its size, which would be a second write for the disk to confirm.
//
// What is durable, and when, is as before: a commit's octets are written with its last page, before
// SQLite syncs them and before it lets any reader see them. A write that fails is told there, and
// the commit fails with it. A log that ends in zeros ends there for SQLite's recovery.

#pragma once

#include <cstddef>

namespace berth::ledger {

// The log's size is a multiple of this, in octets.
inline constexpr std::size_t kLogStep = std::size_t{1} << 20;

// For the parameter `vfs` of a database's URI; registers it on first use. nullptr: SQLite has no
// files of its own to build upon. Thread-safe.
const char* gathered_log_vfs();

}  // namespace berth::ledger
