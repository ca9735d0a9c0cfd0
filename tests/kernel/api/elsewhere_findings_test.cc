#include "kernel/api/elsewhere_findings.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace {

using namespace berth;       // NOLINT: the tests name nearly everything in it
using namespace berth::api;  // NOLINT
using Catch::Contains;

constexpr UnixMs kDay = 86'400'000;
constexpr UnixMs kOverdue = 1'800'000'000'000;

}  // namespace

TEST_CASE("a duty is told two weeks before its day ends and red from then on", "[api][R39]") {
  const tenancy::Duty duty{"retention", "partner", "noc@far.example", "2027-01-15", kOverdue};
  CHECK(check_duty("far", duty, kOverdue - 15 * kDay).grade == Grade::kOk);
  CHECK(check_duty("far", duty, kOverdue - 14 * kDay).grade == Grade::kWarn);
  CHECK(check_duty("far", duty, kOverdue - 1).grade == Grade::kWarn);
  const Finding overdue = check_duty("far", duty, kOverdue);
  CHECK(overdue.grade == Grade::kRed);
  CHECK(overdue.name == "contract far retention");
  CHECK_THAT(overdue.detail, Contains("2027-01-15") && Contains("overdue"));
  CHECK_THAT(overdue.remedy, Contains("noc@far.example"));
}

TEST_CASE("an endpoint answers or the doctor says why not", "[api][R40:part]") {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listener, generic, size) == 0);
  REQUIRE(::listen(listener, 4) == 0);
  REQUIRE(::getsockname(listener, generic, &size) == 0);
  tenancy::Endpoint endpoint{{}, "127.0.0.1", ntohs(address.sin_port)};
  const auto patience = std::chrono::seconds(5);
  CHECK(probe_endpoint(endpoint, patience).empty());
  CHECK(check_endpoint("far", endpoint, "").grade == Grade::kOk);
  ::close(listener);
  const std::string problem = probe_endpoint(endpoint, patience);
  CHECK_FALSE(problem.empty());
  const Finding away = check_endpoint("far", endpoint, problem);
  CHECK(away.grade == Grade::kRed);
  CHECK_THAT(away.detail, Contains(to_string(endpoint)) && Contains(problem));

  CHECK_FALSE(probe_endpoint({"/nowhere/at/all.sock", {}, 0}, patience).empty());
  CHECK_FALSE(probe_endpoint({{}, "no-such-host.invalid", 443}, patience).empty());
}
