#include "kernel/host/departures.h"

#include <thread>

#include "kernel/ledger/leaving.h"
#include "kernel/routing/digests.h"

namespace berth::host {
namespace {

constexpr std::chrono::seconds kStoreDeadline{30};
constexpr std::size_t kPage = 500;
// For requests that have the tenant's context; what goes on longer finds no key any more.
constexpr std::chrono::seconds kGrace{5};
constexpr std::chrono::milliseconds kLook{10};

Result<std::uint64_t> each_page(TenantRuntime& runtime, const std::string& prefix,
                                const std::function<plugins::Op()>& op,
                                const std::function<Result<void>(const std::string&)>& use) {
  std::uint64_t count = 0;
  for (std::string after;;) {
    BERTH_TRY(page, runtime.store->list(op(), prefix, after, kPage));
    for (const std::string& name : page) BERTH_TRY_VOID(use(name));
    count += page.size();
    if (page.size() < kPage) return count;
    after = page.back();
  }
}

}  // namespace

plugins::Op Departures::op() const {
  return {"exit", "", parts_.foundations.clock.monotonic() + kStoreDeadline};
}

std::filesystem::path Departures::folder(const TenantId& tenant) {
  return parts_.configuration.host.data_folder / "exits" / tenant.text();
}

Result<std::size_t> Departures::sessions(const TenantId& tenant) {
  BERTH_TRY_VOID(parts_.sessions.drop_expired(tenant, parts_.foundations.clock.now_ms()));
  return parts_.sessions.size(tenant);
}

Result<TenantRuntime*> Departures::remains(const TenantId& tenant) {
  const auto served = parts_.runtimes.now();  // whose members stay in later generations
  if (const auto found = served->find(tenant); found != served->end()) return found->second.get();
  const std::lock_guard lock(mutex_);
  if (const auto found = opened_.find(tenant); found != opened_.end()) return found->second.get();
  const auto file = parts_.configuration.tenants.find(tenant);
  if (file == parts_.configuration.tenants.end()) {
    return Error(ErrorCode::kFailedPrecondition, "exit.no_tenant_file",
                 "the exit of '" + tenant.text() +
                     "' has not come to its end, and its file is gone, which says where its "
                     "objects are; put it back and restart the host");
  }
  BERTH_TRY(opened, start_remains(parts_.foundations, file->second));
  return opened_.emplace(tenant, std::move(opened)).first->second.get();
}

Result<void> Departures::close(const TenantId& tenant) {
  const std::weak_ptr<context::TenantContext> last = parts_.tenants.remove(tenant);
  for (auto waited = std::chrono::nanoseconds(0); !last.expired() && waited < kGrace;
       waited += kLook) {
    std::this_thread::sleep_for(kLook);
  }
  const auto served = parts_.runtimes.now();
  const auto runtime = served->find(tenant);
  if (runtime == served->end()) return {};
  runtime->second->departed = true;
  runtime->second->vault->forget();
  return {};
}

Result<api::TenantSecrets> Departures::secrets(const TenantId& tenant) {
  BERTH_TRY(runtime, remains(tenant));
  BERTH_TRY(records, runtime->ledger->data_keys());
  api::TenantSecrets secrets;
  for (const ledger::DataKeyRecord& record : records) {
    if (record.wrapped.empty()) continue;
    secrets.keys.push_back(
        {record.key_id, record.created_ms, routing::lower_hex(sha256(record.wrapped))});
  }
  BERTH_TRY(objects, each_page(
                         *runtime, tenant.text() + "/", [this] { return op(); },
                         [](const std::string&) { return Result<void>(); }));
  secrets.objects = objects;
  return secrets;
}

Result<void> Departures::destroy_keys(const TenantId& tenant) {
  BERTH_TRY(runtime, remains(tenant));
  return destroy_data_keys(*runtime->ledger, parts_.foundations.random);
}

Result<void> Departures::remove_objects(const TenantId& tenant) {
  BERTH_TRY(runtime, remains(tenant));
  BERTH_TRY(removed, each_page(
                         *runtime, tenant.text() + "/", [this] { return op(); },
                         [this, runtime](const std::string& name) {
                           return runtime->store->remove(op(), name);
                         }));
  static_cast<void>(removed);  // counted before the first of them went
  return {};
}

Result<ledger::TenantHead> Departures::erase_rows(const TenantId& tenant) {
  BERTH_TRY(runtime, remains(tenant));
  ledger::Leaving* const leaving = ledger::leaving_of(*runtime->ledger);
  BERTH_ASSERT(leaving != nullptr);
  BERTH_TRY_VOID(leaving->erase_secrets());
  return runtime->ledger->head();
}

}  // namespace berth::host
