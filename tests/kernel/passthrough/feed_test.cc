#include "kernel/passthrough/feed.h"

#include "tests/kernel/passthrough/signed_support.h"

namespace {

using namespace berth;                     // NOLINT: the tests name nearly everything in it
using namespace berth::passthrough;        // NOLINT
using namespace berth::passthrough::test;  // NOLINT

// Behind's files with a door in the host file.
struct Fed {
  Fed() { behind.directory(); }
  std::filesystem::path host(const json& door) const {
    json host = tenancy::test::host_json();
    host["tenants"] = "tenants";
    host["es9Listen"] = "unix:shared.sock";
    host["door"] = door;
    return behind.folder.write("host.json", host);
  }
  // As a host replaces it.
  void publish(const std::string& text) const {
    std::filesystem::rename(behind.folder.write("in-force.new", text), file());
  }
  std::filesystem::path file() const { return behind.folder.path() / "in-force"; }

  Behind behind;
  json signed_door = {
      {"listen", "127.0.0.1:0"}, {"signedRoutes", "in-force"}, {"routesKey", "key.pem"}};
};

std::string reason_of(const Result<Feed::DirectoryPtr>& result) {
  if (!result) return std::string(result.error().reason());
  return *result == nullptr ? "nothing new" : "ok";
}

}  // namespace

TEST_CASE("without signed routes the door goes by the routes file", "[passthrough]") {
  const Fed fed;
  Feed feed(fed.host({{"listen", "127.0.0.1:0"}}));
  const auto directory = feed.read();
  REQUIRE(directory);
  CHECK((*directory)->routes_version() == 0);
  CHECK((*directory)->find(kOwn));
  CHECK(reason_of(feed.look()) == "nothing new");
  json host = tenancy::test::host_json();
  host["tenants"] = "tenants";
  CHECK(reason_of(Feed(fed.behind.folder.write("host.json", host)).read()) ==
        "passthrough.no_door");
}

TEST_CASE("the door takes up each newer signed version, and nothing else", "[passthrough][R53]") {
  const Fed fed;
  const Signing signing;
  Feed feed(fed.host(fed.signed_door));
  CHECK(reason_of(feed.read()) == "passthrough.routes_key");
  fed.behind.folder.write("key.pem", signing.key());
  CHECK(reason_of(feed.read()) == "passthrough.routes_unreadable");

  fed.publish(signing.file(2, routes_with("two.example")));
  const auto first = feed.read();
  REQUIRE(first);
  CHECK((*first)->routes_version() == 2);
  CHECK((*first)->find("two.example")->tenant == "own");
  CHECK(reason_of(feed.look()) == "nothing new");
  fed.publish(signing.file(3, routes_with("three.example")));
  const auto next = feed.look();
  REQUIRE(next);
  REQUIRE(*next != nullptr);
  CHECK((*next)->routes_version() == 3);
  CHECK((*next)->find("three.example"));
  CHECK_FALSE((*next)->find("two.example"));

  // Each is told once, and told again only when it changes.
  const std::pair<std::string, const char*> bad[] = {
      {Signing().file(4, routes_with("four.example")), "passthrough.routes_forged"},
      {signing.file(2, routes_with("two.example")), "passthrough.routes_older"},
      {signing.file(3, routes_with("other.example")), "passthrough.routes_older"},
      {"", "passthrough.routes_unreadable"}};
  for (const auto& [text, reason] : bad) {
    CAPTURE(reason);
    fed.publish(text);
    CHECK(reason_of(feed.look()) == reason);
    CHECK(reason_of(feed.look()) == "nothing new");
    CHECK(reason_of(feed.read()) == reason);  // asked again, it is told again
  }
  std::filesystem::remove(fed.file());
  CHECK(reason_of(feed.look()) == "passthrough.routes_unreadable");
  fed.publish(signing.file(4, routes_with("four.example")));
  CHECK(reason_of(feed.look()) == "ok");
}

TEST_CASE("a door that keeps its routes says which and why", "[passthrough]") {
  const Behind behind;
  const auto door = behind.open();
  CHECK(door->routes().version == 0);
  CHECK(door->routes().problem.empty());
  door->keep("the file is gone");
  CHECK(door->routes().problem == "the file is gone");
  door->change(behind.directory());
  CHECK(door->routes().problem.empty());
}
