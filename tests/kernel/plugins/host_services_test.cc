#include "kernel/plugins/host_services.h"

#include <catch2/catch.hpp>
#include <thread>

#include "kernel/plugins/call.h"
#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using namespace std::chrono_literals;

template <class Table>
const Table* table_of(const Host& host, const char* id) {
  return static_cast<const Table*>(host.abi()->get_interface(host.abi(), id));
}

}  // namespace

TEST_CASE("log and clock are offered, everything else is not", "[plugins]") {
  testing::Fixture fixture;
  const Host host(fixture.services, "mvno-17/hsm");
  CHECK(host.abi()->struct_size == sizeof(berth_host));
  CHECK(host.abi()->abi_major == BERTH_ABI_MAJOR);
  CHECK(table_of<berth_host_log>(host, BERTH_HOST_LOG_V1)->struct_size == sizeof(berth_host_log));
  CHECK(table_of<berth_host_clock>(host, BERTH_HOST_CLOCK_V1) != nullptr);
  for (const char* id : {BERTH_HOST_METRICS_V1, BERTH_HOST_SECRET_V1, BERTH_HOST_HTTP_V1,
                         BERTH_HOST_STATE_V1, "", "berth.host.log/2"}) {
    CHECK(host.abi()->get_interface(host.abi(), id) == nullptr);
  }
  CHECK(host.abi()->get_interface(host.abi(), nullptr) == nullptr);
}

TEST_CASE("a plugin's log line names its tenant and cannot forge another", "[plugins]") {
  testing::Fixture fixture;
  const Host host(fixture.services, "mvno-17/hsm");
  const auto* log = table_of<berth_host_log>(host, BERTH_HOST_LOG_V1);
  const berth_field fields[] = {{abi("slot"), abi("1\n[host] all is well")}};
  log->write(host.abi(), BERTH_LOG_WARN, abi("token\r\nlost {} {0}"), fields, 1);
  const std::string line = fixture.log.str();
  CHECK(line.find("[mvno-17/hsm] token\\x0D\\x0Alost {} {0} slot=1\\x0A[host] all is well") !=
        std::string::npos);
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
}

TEST_CASE("message, fields and their number are capped", "[plugins]") {
  testing::Fixture fixture;
  const Host host(fixture.services, "t/n");
  const auto* log = table_of<berth_host_log>(host, BERTH_HOST_LOG_V1);
  const std::string huge(1'000'000, 'x');
  const std::vector<berth_field> fields(1000, {abi(huge), abi(huge)});
  log->write(host.abi(), BERTH_LOG_ERROR, abi(huge), fields.data(), fields.size());
  CHECK(fixture.log.str().size() < 8000);
  log->write(host.abi(), BERTH_LOG_ERROR, {nullptr, 5}, nullptr, 5);
}

TEST_CASE("levels below the logger's own are not written", "[plugins]") {
  testing::Fixture fixture;
  fixture.services.log->set_level(spdlog::level::warn);
  const Host host(fixture.services, "t/n");
  const auto* log = table_of<berth_host_log>(host, BERTH_HOST_LOG_V1);
  CHECK_FALSE(log->enabled(host.abi(), BERTH_LOG_INFO));
  CHECK(log->enabled(host.abi(), BERTH_LOG_ERROR));
  log->write(host.abi(), BERTH_LOG_INFO, abi("quiet"), nullptr, 0);
  CHECK(fixture.log.str().empty());
}

TEST_CASE("without a logger lines are dropped", "[plugins]") {
  const SystemClock clock;
  const Host host({&clock, nullptr}, "t/n");
  const auto* log = table_of<berth_host_log>(host, BERTH_HOST_LOG_V1);
  CHECK_FALSE(log->enabled(host.abi(), BERTH_LOG_ERROR));
  log->write(host.abi(), BERTH_LOG_ERROR, abi("x"), nullptr, 0);
}

TEST_CASE("a plugin's time is the kernel's clock", "[plugins]") {
  ManualClock clock(5000);
  const Host host({&clock, nullptr}, "t/n");
  const auto* time = table_of<berth_host_clock>(host, BERTH_HOST_CLOCK_V1);
  CHECK(time->unix_ms(host.abi()) == 5000);
  CHECK(time->monotonic_ns(host.abi()) == clock.monotonic().count());
}

TEST_CASE("a sleep ends when its time has come, or with the deadline", "[plugins]") {
  ManualClock clock(0);
  const Host host({&clock, nullptr}, "t/n");
  const auto* time = table_of<berth_host_clock>(host, BERTH_HOST_CLOCK_V1);
  const Op op{"r", "", 1000ms};
  Call reached(op, clock, "x");
  CHECK(time->sleep_until(host.abi(), reached.op(), 0) == BERTH_OK);
  std::thread mover([&] {
    std::this_thread::sleep_for(20ms);
    clock.advance(500ms);
  });
  CHECK(time->sleep_until(host.abi(), reached.op(), 500'000'000) == BERTH_OK);
  mover.join();
  CHECK(reached.finish(BERTH_OK));

  clock.advance(500ms);
  Call late(op, clock, "x");
  const berth_status status = time->sleep_until(host.abi(), late.op(), 9'000'000'000);
  CHECK(late.finish(status).error().reason() == "plugin.deadline");
}
