#include "kernel/api/action_journal.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace berth::api {
namespace {

using nlohmann::json;

constexpr const char* kReadType = "operator.read";
constexpr const char* kDeniedType = "operator.denied";

void log_unwritten(const char* what, const Result<void>& written) {
  if (!written) spdlog::error("{} not audited: {}", what, written.error().reason());
}

}  // namespace

Result<void> ActionJournal::write(const Window& one, std::uint64_t times) {
  json details{{"operator", one.who}, {"action", one.entry.action}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) details[name] = value;
  };
  add("tenant", one.entry.tenant);
  add("about", one.entry.about);
  add("requestId", one.entry.request_id);
  add("reason", one.reason);
  add("detail", one.entry.detail);
  if (times > 1) details["times"] = times;
  const ledger::Subject subject =
      one.entry.tenant.empty() ? ledger::Subject{ledger::SubjectKind::kHost, "host"}
                               : ledger::Subject{ledger::SubjectKind::kTenant, one.entry.tenant};
  return ledger_.audit(
      {one.type, subject, details.dump(-1, ' ', false, json::error_handler_t::replace)});
}

Result<void> ActionJournal::acting(const Identity& who, const JournalEntry& entry) {
  return write({.type = "operator.action", .who = who.name, .entry = entry, .reason = {}}, 1);
}

void ActionJournal::refused(const Identity& who, const JournalEntry& entry,
                            const std::string& reason) {
  log_unwritten(
      "a refused action",
      write({.type = "operator.action_refused", .who = who.name, .entry = entry, .reason = reason},
            1));
}

bool ActionJournal::counted(const std::string& key, const Window& one) {
  const std::lock_guard guard(mutex_);
  const auto found = windows_.find(key);
  const UnixMs now = clock_.now_ms();
  if (found == windows_.end()) {
    if (windows_.size() >= kMaxJournalWindows) return false;
    Window& opened = windows_[key];
    opened = one;
    opened.since_ms = now;
    opened.entry.request_id.clear();  // it counts many
    opened.entry.detail.clear();
    return false;
  }
  if (now - found->second.since_ms < std::chrono::milliseconds(kJournalWindow).count()) {
    found->second.more += 1;
    return true;
  }
  found->second.since_ms = now;  // what it had counted is told with what it counts from now on
  return false;
}

Result<void> ActionJournal::note(const Window& one) {
  std::string key = one.type;
  for (const std::string* part :
       {&one.who, &one.entry.action, &one.entry.tenant, &one.entry.about, &one.reason}) {
    key += '\0';
    key += *part;
  }
  if (counted(key, one)) return {};
  Result<void> written = write(one, 1);
  if (written) return written;
  const std::lock_guard guard(mutex_);
  windows_.erase(key);  // the next one is the first again
  return written;
}

Result<void> ActionJournal::reading(const Identity& who, const JournalEntry& entry) {
  return note({.type = kReadType, .who = who.name, .entry = entry, .reason = {}});
}

void ActionJournal::denied(const std::string& who, const JournalEntry& entry,
                           const std::string& reason) {
  log_unwritten("a denied call",
                note({.type = kDeniedType, .who = who, .entry = entry, .reason = reason}));
}

void ActionJournal::flush(bool everything) {
  std::vector<Window> passed;
  {
    const std::lock_guard guard(mutex_);
    const UnixMs before = clock_.now_ms() - std::chrono::milliseconds(kJournalWindow).count();
    for (auto window = windows_.begin(); window != windows_.end();) {
      if (!everything && window->second.since_ms > before) {
        ++window;
        continue;
      }
      if (window->second.more > 0) passed.push_back(std::move(window->second));
      window = windows_.erase(window);
    }
  }
  for (const Window& window : passed) {
    log_unwritten("repeated calls", write(window, window.more));
  }
}

}  // namespace berth::api
