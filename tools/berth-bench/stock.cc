#include "tools/berth-bench/stock.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "kernel/context/tenants.h"
#include "kernel/rsp/der/der.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/orders.h"
#include "tools/berth-bench/must.h"
#include "tools/sample-profile/identity.h"
#include "tools/sample-profile/sample_profile.h"

namespace berth::bench {
namespace {

constexpr const char* kType = "bench";
// They wait for the disk most of the time; the ledger commits them in batches.
constexpr std::size_t kStockThreads = 32;
constexpr std::size_t kPage = 1000;
// About what an operator's profile with an applet or two has.
constexpr std::size_t kPackageOctets = 12'000;

// The host keeps it: nothing changes the routes meanwhile.
context::TenantContext& tenant_of(host::Host& host, std::size_t tenant) {
  const auto found = host.tenants().find(must(TenantId::parse(World::tenant_id(tenant))));
  if (found == nullptr) throw std::runtime_error("no tenant " + World::tenant_id(tenant));
  return *found;
}

// Runs `work` for 0..count-1 on several threads; the first exception ends it and is thrown here.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto loop = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(kStockThreads, count); ++i) threads.emplace_back(loop);
  }
  if (failure) std::rethrow_exception(failure);
}

// The sample package is small for one with applets: what is missing goes into an element that only
// the card reads, before the last one.
Bytes grown(const Bytes& small) {
  using rsp::der::tlv;
  const auto header = [](std::uint64_t number) {
    return tlv(0xA0, {tlv(0x80, ByteView()), tlv(0x81, rsp::der::integer_contents(number))});
  };
  rsp::der::Reader reader(small);
  ByteView last;
  std::uint64_t elements = 0;  // the header has no number
  while (!reader.at_end()) {
    last = must(reader.next()).whole;
    ++elements;
  }
  const std::size_t before = small.size() - last.size();
  constexpr std::size_t kFrame = 64;
  const Bytes content(kPackageOctets - small.size() - kFrame, 0x5A);
  Bytes package(small.begin(), small.begin() + static_cast<std::ptrdiff_t>(before));
  append(package,
         tlv(0xA9, {header(elements - 1), tlv(0x81, must(rsp::der::oid_from_text("2.999.1"))),
                    tlv(0x82, content)}));
  append(package, tlv(0xAA, header(elements)));
  return package;
}

Bytes make_package(World& world, std::size_t tenant, std::size_t number) {
  const std::string operator_code = World::mcc_mnc(tenant);
  std::string subscriber = std::to_string(number);
  subscriber.insert(0, 9 - subscriber.size(), '0');
  return grown(must(sample_profile::build({.iccid = sample_profile::numbered_iccid(number),
                                           .imsi = operator_code + subscriber,
                                           .mnc_digits = 3,
                                           .name = "Bench"},
                                          world.random())));
}

Iccid import_one(World& world, context::TenantContext& tenant, std::size_t index,
                 std::size_t number) {
  smdpplus::ProfileImport import;
  import.package = make_package(world, index, number);
  import.profile_type = kType;
  import.service_provider_name = "Bench operator";
  import.profile_name = "Bench profile";
  import.owner = tenancy::OperatorIdentity{must(MccMnc::parse(World::mcc_mnc(index))), "", ""};
  return must(smdpplus::import_profile(tenant, "bench", import)).iccid;
}

OpenOrder order_one(context::TenantContext& tenant, std::size_t index, const Iccid& iccid) {
  smdpplus::OrderRequest request;
  request.requester = "bench";
  request.identifier = "order-" + iccid.text();
  request.iccid = iccid;
  const auto answer = must(smdpplus::create_order(tenant, "bench", request));
  return {index, iccid.text(), answer.matching_id.text()};
}

// A further row on a package that is in the store.
void insert_row(const context::TenantContext& tenant, ledger::ProfileRecord profile,
                std::size_t number) {
  profile.iccid = sample_profile::numbered_iccid(number);
  profile.created_ms = 0;
  ledger::Unit unit;
  unit.commit_id = smdpplus::new_commit_id(tenant);
  unit.changes = {ledger::InsertProfile{profile}};
  unit.audit = smdpplus::audit_draft("profile.imported",
                                     {ledger::SubjectKind::kProfile, profile.iccid.text()},
                                     {{"profileType", profile.profile_type}});
  const auto outcome = must(smdpplus::commit(tenant.ledger(), std::move(unit)));
  if (!std::holds_alternative<ledger::Committed>(outcome)) {
    throw std::runtime_error("a row was refused");
  }
}

}  // namespace

std::vector<OpenOrder> stock_packages(World& world, host::Host& host, std::size_t tenant,
                                      std::size_t count, std::size_t first_number) {
  std::vector<OpenOrder> orders(count);
  context::TenantContext& context = tenant_of(host, tenant);
  in_parallel(count, [&](std::size_t i) {
    orders[i] = order_one(context, tenant, import_one(world, context, tenant, first_number + i));
  });
  return orders;
}

std::vector<OpenOrder> stock_rows(World& world, host::Host& host, std::size_t tenant,
                                  std::size_t count, std::size_t packages, std::size_t ordered,
                                  std::size_t first_number) {
  context::TenantContext& context = tenant_of(host, tenant);
  packages = std::min(packages, count);
  std::vector<std::optional<ledger::ProfileRecord>> originals(packages);
  in_parallel(packages, [&](std::size_t i) {
    const Iccid iccid = import_one(world, context, tenant, first_number + i);
    originals[i] = must(context.ledger().profile(iccid));
  });
  in_parallel(count - packages, [&](std::size_t i) {
    insert_row(context, originals[i % packages].value(), first_number + packages + i);
  });
  std::vector<OpenOrder> orders(ordered);
  in_parallel(ordered, [&](std::size_t i) {
    const std::size_t number = first_number + i * count / ordered;
    orders[i] = order_one(context, tenant, sample_profile::numbered_iccid(number));
  });
  return orders;
}

std::size_t package_size(World& world) { return make_package(world, 0, 1).size(); }

std::size_t installed_profiles(host::Host& host, std::size_t tenant) {
  context::TenantContext& context = tenant_of(host, tenant);
  std::size_t installed = 0;
  std::string after;
  for (;;) {
    const auto page = must(context.ledger().profiles(after, kPage));
    for (const ledger::ProfileRecord& profile : page) {
      installed += profile.state == lifecycle::ProfileState::kInstalled ? 1U : 0U;
    }
    if (page.size() < kPage) return installed;
    after = page.back().iccid.text();
  }
}

}  // namespace berth::bench
