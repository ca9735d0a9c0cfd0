#include "kernel/api/access.h"

#include <catch2/catch.hpp>

namespace berth::api {
namespace {

constexpr UnixMs kNow = 1'800'000'000'000;
const std::string kPin(64, 'a');
const std::string kOtherPin(64, 'b');

tenancy::OperatorAccount account(const std::string& name, std::vector<OperatorRole> roles,
                                 std::optional<std::uint32_t> uid,
                                 std::vector<std::string> pins = {}) {
  return {name, std::move(roles), uid, std::move(pins), std::nullopt};
}

Access two_operators() {
  return Access({account("anna", {OperatorRole::kOperator, OperatorRole::kApprover}, 1001),
                 account("bert", {OperatorRole::kAuditor}, 1002, {kPin, kOtherPin})},
                true);
}

ingress::HttpRequest from_user(std::optional<std::uint32_t> uid) {
  ingress::HttpRequest request;
  request.peer_uid = uid;
  return request;
}
ingress::HttpRequest from_key(const std::string& pin) {
  ingress::HttpRequest request;
  request.client = ingress::ClientCertificate{pin, "CN=somebody", kNow - 1000, kNow + 1000};
  return request;
}

}  // namespace

TEST_CASE("an operator is known by the user id of its process", "[api][R9:part]") {
  const Access access = two_operators();
  const auto anna = access.identify(from_user(1001), kNow);
  REQUIRE(anna);
  CHECK(anna->name == "anna");
  CHECK(to_string(anna->roles) == "operator approver");
  CHECK_FALSE(anna->tenant.has_value());
}

TEST_CASE("an operator is known by any of its client keys, within the certificate's dates",
          "[api][R9:part]") {
  const Access access = two_operators();
  CHECK(access.identify(from_key(kPin), kNow)->name == "bert");
  CHECK(access.identify(from_key(kOtherPin), kNow)->name == "bert");
  CHECK(access.identify(from_key(kPin), kNow + 1001).error().reason() == "access.expired");
  CHECK(access.identify(from_key(kPin), kNow - 1001).error().reason() == "access.expired");
}

TEST_CASE("whoever is not configured is nobody", "[api][R9:part]") {
  const Access access = two_operators();
  const std::string unknown_pin(64, 'c');
  for (const auto& request :
       {from_user(0), from_user(1003), from_user(std::nullopt), from_key(unknown_pin)}) {
    const auto who = access.identify(request, kNow);
    REQUIRE_FALSE(who.ok());
    CHECK(who.error().reason() == "access.unknown");
    CHECK(who.error().code() == ErrorCode::kUnauthenticated);
    CHECK(who.error().message().find(unknown_pin) == std::string::npos);  // not the whole pin
  }
  // A key that is not known does not fall back on the user id.
  ingress::HttpRequest both = from_key(unknown_pin);
  both.peer_uid = 1001;
  CHECK_FALSE(access.identify(both, kNow).ok());
}

TEST_CASE("without operators whoever opened the socket may do everything but be a tenant",
          "[api]") {
  const Access access;
  CHECK(access.open());
  CHECK(access.one_person_enough());
  const auto who = access.identify(from_user(4711), kNow);
  REQUIRE(who);
  CHECK(who->name == "owner");
  CHECK(to_string(who->roles) == "operator approver auditor");
  CHECK_FALSE(two_operators().open());
  CHECK_FALSE(two_operators().one_person_enough());
}

}  // namespace berth::api
