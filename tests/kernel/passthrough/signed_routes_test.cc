#include "kernel/passthrough/signed_routes.h"

#include "tests/kernel/passthrough/signed_support.h"

namespace {

using namespace berth;                     // NOLINT: the tests name nearly everything in it
using namespace berth::passthrough;        // NOLINT
using namespace berth::passthrough::test;  // NOLINT

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().reason());
}

}  // namespace

TEST_CASE("what a host signed is read, and whatever was changed in it is not",
          "[passthrough][R53]") {
  const tenancy::test::Folder folder;
  const Signing signing;
  const auto key = read_route_key(folder.write("key.pem", signing.key()));
  REQUIRE(key);
  const std::string good = signing.file(7, routes_with("shop.own.example"));
  const auto read = [&](const std::string& text) {
    return read_routes_in_force(folder.write("in-force", text), *key);
  };
  const auto routes = read(good);
  REQUIRE(routes);
  CHECK(routes->number == 7);
  CHECK(routes->table.by_realm(*HostName::parse("shop.own.example"))->tenant.text() == "own");

  const auto changed = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  CHECK(reason_of(read(changed("shop.own", "shop.far"))) == "passthrough.routes_forged");
  CHECK(reason_of(read(changed("\\\"version\\\":7", "\\\"version\\\":8"))) ==
        "passthrough.routes_forged");
  CHECK(reason_of(read(good + " ")) == "passthrough.routes_forged");
  CHECK(reason_of(read(Signing().file(8, routes_with("shop.own.example")))) ==
        "passthrough.routes_forged");
  // A signed document still has to be one.
  CHECK(reason_of(read(signing.file(7, "{}"))) == "routes.invalid");
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("{}\n{}"), good.substr(0, good.find('\n')),
        std::string("[1,2]\nx"), changed("in-force/1", "in-force/2"), std::string(70'000, 'x')}) {
    CHECK(reason_of(read(text)) == "passthrough.routes_unreadable");
  }
  CHECK(reason_of(read_routes_in_force(folder.path() / "none", *key)) ==
        "passthrough.routes_unreadable");
}

TEST_CASE("a key that is no P-256 public key says where to get it", "[passthrough]") {
  const tenancy::test::Folder folder;
  for (const std::string& text :
       {std::string(), std::string("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        std::string("-----BEGIN PUBLIC KEY-----\n"
                    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                    "-----END PUBLIC KEY-----\n")}) {  // Ed25519
    const auto key = read_route_key(folder.write("key.pem", text));
    REQUIRE_FALSE(key);
    CHECK(key.error().reason() == "passthrough.routes_key");
    CHECK(key.error().message().find("berthctl route key") != std::string::npos);
  }
  CHECK(reason_of(read_route_key(folder.path() / "none")) == "passthrough.routes_key");
}
