#include "kernel/routing/realm_traffic.h"

#include <nlohmann/json.hpp>

namespace berth::routing {
namespace {

using nlohmann::json;

constexpr char kKind[] = "realm_traffic";
constexpr std::size_t kDaySize = 10;  // "2026-05-07"
constexpr std::size_t kPage = 1000;
constexpr int kMaxTries = 8;  // of nodes that write at the same time

std::string key_of(const std::string& day, const std::string& name) { return day + " " + name; }

Result<NameTraffic> read(const ledger::HostRecord& record) {
  const json body = json::parse(record.body, nullptr, false);
  if (!body.is_object() || record.record_id.size() <= kDaySize + 1) {
    return Error(ErrorCode::kDataLoss, "routes.damaged",
                 "a count of the traffic to former realms is damaged; restore the host's ledger");
  }
  return NameTraffic{record.record_id.substr(0, kDaySize), record.record_id.substr(kDaySize + 1),
                     body.value("served", std::uint64_t{0}),
                     body.value("refused", std::uint64_t{0})};
}

}  // namespace

void RealmTraffic::count(const HostName& name, bool served) {
  const std::string day = to_rfc3339(clock_.now_ms()).substr(0, kDaySize);
  const std::string key = key_of(day, name.text());
  const std::lock_guard lock(mutex_);
  auto found = counts_.find(key);
  if (found == counts_.end()) {
    if (counts_.size() >= kMaxCountedNames) return;
    found = counts_.emplace(key, NameTraffic{day, name.text()}).first;
  }
  ++(served ? found->second.served : found->second.refused);
}

void RealmTraffic::put_back(const NameTraffic& more) {
  const std::lock_guard lock(mutex_);
  NameTraffic& counted = counts_[key_of(more.day, more.name)];
  counted.day = more.day;
  counted.name = more.name;
  counted.served += more.served;
  counted.refused += more.refused;
}

Result<void> RealmTraffic::add(const NameTraffic& more) {
  for (int tries = 0; tries < kMaxTries; ++tries) {
    BERTH_TRY(before, ledger_.record(kKind, key_of(more.day, more.name)));
    NameTraffic sum = more;
    if (before) {
      BERTH_TRY(counted, read(*before));
      sum.served += counted.served;
      sum.refused += counted.refused;
    }
    ledger::HostRecord next;
    next.kind = kKind;
    next.record_id = key_of(more.day, more.name);
    next.state = "counted";
    next.body = json{{"served", sum.served}, {"refused", sum.refused}}.dump();
    BERTH_TRY(written, ledger_.put_record(std::move(next), before ? before->revision : 0,
                                          {"routes.traffic_counted",
                                           {ledger::SubjectKind::kHost, "host"},
                                           json{{"day", more.day}, {"realm", more.name}}.dump()}));
    if (written) return {};
  }
  return Error(ErrorCode::kAborted, "routes.changed_meanwhile",
               "other nodes write the same count at the same time; it is tried again");
}

Result<void> RealmTraffic::write() {
  Counts taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(counts_);
  }
  Result<void> done;
  for (const auto& [key, more] : taken) {
    if (done) done = add(more);
    if (!done) put_back(more);
  }
  return done;
}

Result<std::vector<NameTraffic>> RealmTraffic::report(const std::string& from_day) const {
  Counts all;
  {
    const std::lock_guard lock(mutex_);
    all = counts_;
  }
  std::erase_if(all, [&](const auto& one) { return one.second.day < from_day; });
  std::string after = from_day;
  for (;;) {
    BERTH_TRY(records, ledger_.records(kKind, "", after, kPage));
    for (const ledger::HostRecord& record : records) {
      BERTH_TRY(written, read(record));
      NameTraffic& sum =
          all.emplace(record.record_id, NameTraffic{written.day, written.name}).first->second;
      sum.served += written.served;
      sum.refused += written.refused;
    }
    if (records.size() < kPage) break;
    after = records.back().record_id;
  }
  std::vector<NameTraffic> listed;
  for (auto& [key, one] : all) listed.push_back(std::move(one));
  return listed;
}

}  // namespace berth::routing
