#include "kernel/ingress/admission.h"

#include <catch2/catch.hpp>

using namespace berth;
using namespace berth::ingress;
using namespace std::chrono_literals;

TEST_CASE("first come, first served: so many at once, one more is told to come back", "[ingress]") {
  const Admission admission = first_come(2);
  const HttpRequest request;
  auto first = admission(request, 0s);
  const auto second = admission(request, 0s);
  REQUIRE(second);
  const auto third = admission(request, 1ms);
  REQUIRE_FALSE(third.ok());
  CHECK(third.error().status == 503);
  CHECK(third.error().reason == "ingress.busy");
  { const auto over = std::move(first); }
  CHECK(admission(request, 0s));
}

TEST_CASE("a refusal says when to come back", "[ingress]") {
  const HttpResponse response = to_response(HttpRefusal{503, "x.y", "later", 7});
  REQUIRE(response.headers.size() == 1);
  CHECK(response.headers[0] == std::pair<std::string, std::string>("Retry-After", "7"));
  CHECK(to_response(HttpRefusal{400, "x.y", "no"}).headers.empty());
}
