#include "kernel/routing/route_versions.h"

#include "tests/kernel/routing/book_fixture.h"

namespace berth::routing::testing {
namespace {

RouteVersion version(std::int64_t number) {
  RouteVersion made;
  made.number = number;
  made.sha256 = std::string(64, 'a');
  made.approved_by = {"anna", "ben"};
  made.note = "a \"note\"";
  made.change_id = "c";
  made.at_ms = 5;
  made.statement = statement_of(made);
  made.signature_hex = "00";
  made.key_sha256 = "11";
  return made;
}

}  // namespace

TEST_CASE("versions come back as they were written, newest first", "[routing][R53]") {
  Scene scene;
  RouteVersions versions(*scene.ledger);
  CHECK_FALSE(must(versions.latest()));
  for (std::int64_t number = 1; number <= 12; ++number) {
    REQUIRE(versions.add(version(number)));
  }
  CHECK(must(versions.latest())->number == 12);
  const auto page = must(versions.list(11, 3));
  REQUIRE(page.size() == 3);
  CHECK(page[0].number == 10);
  CHECK(page[2].number == 8);
  const auto read = must(versions.find(7));
  CHECK(read.approved_by == std::vector<std::string>{"anna", "ben"});
  CHECK(read.note == "a \"note\"");
  CHECK(read.statement == version(7).statement);
  CHECK(reason_of(versions.find(13)) == "routes.no_version");
  CHECK(reason_of(versions.find(0)) == "routes.no_version");
}

TEST_CASE("a number is given once", "[routing][R53]") {
  Scene scene;
  RouteVersions versions(*scene.ledger);
  REQUIRE(versions.add(version(1)));
  CHECK(reason_of(versions.add(version(1))) == "routes.changed_meanwhile");
}

TEST_CASE("a document is found by its digest and told when it is another", "[routing]") {
  Scene scene;
  RouteVersions versions(*scene.ledger);
  const std::string digest = must(versions.keep("{}", "anna"));
  CHECK(must(versions.keep("{}", "ben")) == digest);
  CHECK(must(versions.document(digest)) == "{}");
  CHECK(reason_of(versions.document(std::string(64, '0'))) == "routes.no_document");
  ledger::HostRecord forged;
  forged.kind = "route_document";
  forged.record_id = digest;
  forged.state = "kept";
  forged.body = "{ }";
  CHECK(must(
      scene.ledger->put_record(forged, 1, {"test", {ledger::SubjectKind::kHost, "host"}, "{}"})));
  CHECK(reason_of(versions.document(digest)) == "routes.damaged");
}

}  // namespace berth::routing::testing
