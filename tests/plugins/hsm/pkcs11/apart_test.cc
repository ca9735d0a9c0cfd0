// What a host sees of a token's faults: pkcs11 in a process of its own, behind the front of a
// binding with its deadlines and its breaker.

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <fstream>
#include <thread>

#include "kernel/plugins/live_hsm.h"
#include "tests/plugins/hsm/pkcs11/token_place.h"

namespace {

using namespace std::chrono_literals;
using berth::Curve;
using berth::ErrorCode;
using berth::Result;
using berth::Sha256;
using berth::SystemClock;
using berth::pkcs11_test::TokenPlace;
namespace plugins = berth::plugins;
using plugins::ServiceState;

// A token with a key, its plugin in a process, and the fake module that does as its file says.
struct Bound {
  explicit Bound(plugins::Registry& registry, const std::string& tenant)
      : hsm(*plugins::LiveHsm::start(registry, options(tenant), op)),
        key(*hsm->generate_pair(op, "signer", Curve::kP256, plugins::KeyUsage::kSign)) {}

  plugins::BindingOptions options(const std::string& tenant) const {
    plugins::BindingOptions wanted{PKCS11_SO, {tenant, "hsm", place.config()}, {}};
    wanted.instance.isolation = plugins::Isolation::kProcess;
    wanted.instance.environment = {std::string("SOFTHSM2_CONF=") + std::getenv("SOFTHSM2_CONF"),
                                   "BERTH_TEST_SOFTHSM=" + berth::pkcs11_test::softhsm_module(),
                                   "BERTH_TEST_FAKE_SCRIPT=" + script};
    wanted.limits.breaker = {.failures = 3, .open = 100ms};
    return wanted;
  }
  // Written whole: the module reads it at every call.
  void tell(const std::string& lines) const {
    std::ofstream(script + ".new") << lines << '\n';
    std::filesystem::rename(script + ".new", script);
  }
  void tell_no_more() const { std::filesystem::remove(script); }

  Result<plugins::RawSignature> sign(std::chrono::milliseconds time = 60s) {
    return hsm->sign({"test", "", clock.monotonic() + time}, *key, Sha256{});
  }
  std::string refused(std::chrono::milliseconds time = 60s) {
    const auto answer = sign(time);
    return answer ? "" : std::string(answer.error().reason());
  }
  void until_it_signs() {
    while (!sign()) std::this_thread::sleep_for(10ms);
  }
  plugins::InstanceStatus status() const { return hsm->status(op).front(); }

  SystemClock clock;
  TokenPlace place{FAKE_MODULE_SO};
  berth::kit::ScratchFolder folder;
  std::string script = folder / "script";
  plugins::Op op{"test", "", std::chrono::nanoseconds::max()};
  std::unique_ptr<plugins::LiveHsm> hsm;
  std::unique_ptr<plugins::HsmKey> key;
};

struct Tenants {
  SystemClock clock;
  plugins::Registry registry{{&clock, std::make_shared<spdlog::logger>(
                                          "test", std::make_shared<spdlog::sinks::null_sink_mt>())},
                             {.keys = {}, .allow_unsigned = true},
                             {},
                             {.program = BERTH_PLUGIN_HOST, .observer = {}, .grace = 300ms}};
  Bound troubled{registry, "mvno-17"};
  Bound other{registry, "mvno-18"};
};

}  // namespace

TEST_CASE_METHOD(Tenants, "a token pulled out opens its tenant's breaker until it is back",
                 "[pkcs11][R122:part][R157:part]") {
  REQUIRE(troubled.sign());
  troubled.place.lose();
  for (int i = 0; i < 3; ++i) {
    const auto answer = troubled.sign();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == ErrorCode::kUnavailable);
    CHECK(answer.error().reason() == "pkcs11.token_not_found");
  }
  CHECK(troubled.refused() == "plugin.breaker_open");
  CHECK(troubled.status().state == ServiceState::kBreakerOpen);
  CHECK(troubled.status().detail.find("pkcs11.token_not_found") != std::string::npos);
  CHECK(other.sign());
  CHECK(other.status().state == ServiceState::kServing);
  troubled.place.put_back();
  troubled.until_it_signs();
  CHECK(troubled.status().state == ServiceState::kServing);
}

TEST_CASE_METHOD(Tenants, "a module that hangs costs its process, and its tenant some calls",
                 "[pkcs11][R122:part][R124:part][R157:part]") {
  troubled.tell("C_Sign 0 600000");
  const auto hung = troubled.sign(100ms);
  REQUIRE_FALSE(hung);
  CHECK(hung.error().code() == ErrorCode::kDeadlineExceeded);
  CHECK(hung.error().reason() == "plugin.process_killed");
  // While its process starts again, and when the next calls hang as well.
  const auto is_typed = [](const berth::Error& error) {
    return error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kDeadlineExceeded;
  };
  for (;;) {
    const auto answer = troubled.sign(100ms);
    REQUIRE_FALSE(answer);
    INFO(answer.error().reason() << " " << answer.error().message());
    CHECK(is_typed(answer.error()));
    if (answer.error().reason() == "plugin.breaker_open") break;
  }
  CHECK(troubled.status().state == ServiceState::kBreakerOpen);
  CHECK(other.sign());
  troubled.tell_no_more();
  troubled.until_it_signs();  // its keys are opened anew
  CHECK(troubled.status().state == ServiceState::kServing);
}

TEST_CASE_METHOD(Tenants, "a locked PIN is told, tried once, and mended by a swap",
                 "[pkcs11][R157:part]") {
  // The login is lost, and the next one meets a PIN that is locked by now.
  troubled.tell("C_SignInit " + std::to_string(CKR_USER_NOT_LOGGED_IN) + " 0\nC_Login " +
                std::to_string(CKR_PIN_LOCKED) + " 0");
  const auto locked = troubled.sign();
  REQUIRE_FALSE(locked);
  CHECK(locked.error().code() == ErrorCode::kUnauthenticated);
  CHECK(locked.error().reason() == "pkcs11.pin_locked");
  CHECK(troubled.status().state == ServiceState::kNotServing);
  CHECK(troubled.status().detail.find("pkcs11.pin_locked") != std::string::npos);
  // A new instance does not start, and leaves the one there is.
  const plugins::Deployment same = troubled.hsm->deployment();
  const auto refused = troubled.hsm->swap(same, troubled.op);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason() == "pkcs11.pin_locked");
  CHECK(troubled.refused() == "pkcs11.pin_locked");
  CHECK(other.sign());
  troubled.tell_no_more();  // the security officer has set it anew
  REQUIRE(troubled.hsm->swap(same, troubled.op));
  CHECK(troubled.sign());
  CHECK(troubled.status().state == ServiceState::kServing);
}
