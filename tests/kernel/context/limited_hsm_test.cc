#include "kernel/context/limited_hsm.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <semaphore>
#include <thread>
#include <vector>

#include "kernel/base/random.h"
#include "tests/kernel/vault/fakes.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::context;  // NOLINT
using namespace std::chrono_literals;
using tenancy::Limit;

const plugins::Op kPatient{"test", "", std::chrono::nanoseconds::max()};
const plugins::Op kQuiet{"quiet", "", std::chrono::nanoseconds::max()};

// Wraps as long as it is held, and tells how many do so at once. Everything else is the fake's.
class SlowHsm final : public plugins::Hsm {
 public:
  using KeyResult = Result<std::unique_ptr<plugins::HsmKey>>;
  Result<plugins::HsmLimits> limits(const plugins::Op& op) override { return fake_.limits(op); }
  KeyResult open_key(const plugins::Op& op, std::string_view reference) override {
    return fake_.open_key(op, reference);
  }
  KeyResult generate_ephemeral(const plugins::Op& op, Curve curve) override {
    return fake_.generate_ephemeral(op, curve);
  }
  KeyResult generate_pair(const plugins::Op& op, std::string_view label, Curve curve,
                          plugins::KeyUsage usage) override {
    return fake_.generate_pair(op, label, curve, usage);
  }
  KeyResult generate_wrapping_key(const plugins::Op& op, std::string_view label) override {
    return fake_.generate_wrapping_key(op, label);
  }
  Result<Curve> curve(const plugins::Op& op, const plugins::HsmKey& key) override {
    return fake_.curve(op, key);
  }
  Result<Bytes> public_point(const plugins::Op& op, const plugins::HsmKey& key) override {
    return fake_.public_point(op, key);
  }
  Result<plugins::RawSignature> sign(const plugins::Op& op, const plugins::HsmKey& key,
                                     const Sha256& digest) override {
    return fake_.sign(op, key, digest);
  }
  Result<SecretBytes> agree_x963(const plugins::Op& op, const plugins::HsmKey& key, ByteView point,
                                 ByteView info, std::size_t size) override {
    return fake_.agree_x963(op, key, point, info, size);
  }
  Result<Bytes> wrap(const plugins::Op& op, const plugins::HsmKey&, ByteView, ByteView) override {
    const int now = ++inside;
    for (int known = most; now > known && !most.compare_exchange_weak(known, now);) {
    }
    if (op.request_id == kQuiet.request_id) quiet_came = true;
    ++entered;
    if (held) leave.acquire();
    --inside;
    return Bytes{1};
  }
  Result<SecretBytes> unwrap(const plugins::Op& op, const plugins::HsmKey& key, ByteView aad,
                             ByteView wrapped) override {
    return fake_.unwrap(op, key, aad, wrapped);
  }

  std::atomic<bool> held{false};
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> entered{0};
  std::atomic<bool> quiet_came{false};
  std::counting_semaphore<> leave{0};  // how many of those that are held may go

 private:
  vault::testing::FakeHsm fake_;
};

// Two tenants on one HSM of two places; each may use two.
struct Two {
  Two() : places(new SharedPlaces{FairSlots(1), FairSlots(1), FairSlots(2)}) {
    tenancy::LimitSettings settings;
    settings.set(Limit::kHsmInFlight, 2);
    loud_limits = std::make_unique<TenantLimits>(settings, clock, places);
    quiet_limits = std::make_unique<TenantLimits>(settings, clock, places);
    loud = std::make_unique<LimitedHsm>(hsm, LimitedHsm::Whose::kHosts, *loud_limits, clock);
    quiet = std::make_unique<LimitedHsm>(hsm, LimitedHsm::Whose::kHosts, *quiet_limits, clock);
  }
  SystemClock clock;
  std::shared_ptr<SharedPlaces> places;
  SlowHsm hsm;
  std::unique_ptr<TenantLimits> loud_limits, quiet_limits;
  std::unique_ptr<LimitedHsm> loud, quiet;
  plugins::HsmKey key;
};

}  // namespace

TEST_CASE("never more calls are in an HSM than a tenant's limit and the places allow",
          "[context][R124]") {
  Two two;
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, hsm = i % 2 == 0 ? two.loud.get() : two.quiet.get()] {
        for (int round = 0; round < 25; ++round) {
          if (!hsm->wrap(kPatient, two.key, {}, {})) ++failed;
        }
      });
    }
  }
  CHECK(failed == 0);
  CHECK(two.hsm.entered == 200);
  CHECK(two.hsm.most <= 2);
  CHECK(two.loud_limits->use(Limit::kHsmInFlight).allowed == 100);
  CHECK(two.loud_limits->use(Limit::kHsmInFlight).in_use == 0);
}

TEST_CASE("a tenant whose calls fill the HSM makes another wait for one call, not for its queue",
          "[context][R34:part][R124]") {
  Two two;
  two.hsm.held = true;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back([&] { static_cast<void>(two.loud->wrap(kPatient, two.key, {}, {})); });
  }
  while (two.places->hsm.waiting() < 8) std::this_thread::yield();
  threads.emplace_back([&] { static_cast<void>(two.quiet->wrap(kQuiet, two.key, {}, {})); });
  while (two.places->hsm.waiting() < 9) std::this_thread::yield();
  CHECK(two.hsm.entered == 2);
  two.hsm.leave.release();  // one call ends, and of nine that wait the last to come is next
  while (two.hsm.entered < 3) std::this_thread::yield();
  CHECK(two.hsm.quiet_came);
  two.hsm.leave.release(10);
}

TEST_CASE("a call that finds no place in its time fails as busy and asks nothing of the HSM",
          "[context]") {
  Two two;
  two.hsm.held = true;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] { static_cast<void>(two.loud->wrap(kPatient, two.key, {}, {})); });
  }
  while (two.hsm.inside < 2) std::this_thread::yield();
  const plugins::Op soon{"test", "", two.clock.monotonic() + 20ms};
  const auto refused = two.quiet->wrap(soon, two.key, {}, {});
  const plugins::Op late{"test", "", two.clock.monotonic() - 1ms};
  const auto at_once = two.quiet->wrap(late, two.key, {}, {});
  CHECK(two.hsm.entered == 2);
  two.hsm.leave.release(2);
  threads.clear();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().reason() == "limits.hsm_busy");
  CHECK(refused.error().retry_after().has_value());
  REQUIRE_FALSE(at_once.ok());
  CHECK(at_once.error().reason() == "limits.hsm_busy");
  CHECK(two.quiet_limits->use(Limit::kHsmInFlight).refused == 2);
}

TEST_CASE("a tenant's own HSM has nothing to do with the places of the host's", "[context]") {
  Two two;
  LimitedHsm own(two.hsm, LimitedHsm::Whose::kTenants, *two.loud_limits, two.clock);
  two.places->hsm.set_total(0);
  CHECK(own.wrap(kPatient, two.key, {}, {}));
  CHECK(two.loud_limits->use(Limit::kHsmInFlight).allowed == 1);
}
