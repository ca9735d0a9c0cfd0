#include "kernel/routing/route_book.h"

#include "tests/kernel/routing/book_fixture.h"

namespace berth::routing::testing {
namespace {

RouteChange change_of(const RouteBook::Proposal& proposal, std::vector<std::string> people,
                      std::string id = "") {
  return {proposal.sha256, proposal.base, std::move(people), "because", std::move(id), 0};
}

}  // namespace

TEST_CASE("the routes file is version 1, and stays it when it says the same", "[routing][R53]") {
  Scene scene;
  const auto first = must(scene.book(2)->start(document("8905"), "routes.json"));
  CHECK(first.version.number == 1);
  CHECK(first.version.approved_by == std::vector<std::string>{"routes file"});
  CHECK(first.table->manager_of(eid("8905"))->tenant.text() == "bravo");
  const auto again = must(scene.book(2)->start(document("8905"), "routes.json"));
  CHECK(again.version.number == 1);
  CHECK_FALSE(again.file_left_aside);
  CHECK(scene.hsm.generated == 1);
}

TEST_CASE("a changed file is the next version where one person may, and left aside where two must",
          "[routing][R53]") {
  Scene scene;
  static_cast<void>(must(scene.book(2)->start(document("8905"), "routes.json")));
  const auto production = must(scene.book(2)->start(document("8906"), "routes.json"));
  CHECK(production.file_left_aside);
  CHECK(production.version.number == 1);
  CHECK(production.table->manager_of(eid("8905")) != nullptr);
  const auto development = must(scene.book(1)->start(document("8906"), "routes.json"));
  CHECK_FALSE(development.file_left_aside);
  CHECK(development.version.number == 2);
  CHECK(development.table->manager_of(eid("8906")) != nullptr);
}

TEST_CASE("a change takes effect with two people, as a whole, signed and on top of the one before",
          "[routing][R52][R53]") {
  Scene scene;
  const auto book = scene.book(2);
  const auto before = must(book->start(document("8905"), "routes.json"));
  const auto proposal = must(book->propose(document("8906"), "anna"));
  CHECK(proposal.base == 1);
  CHECK(proposal.differences.total == 2);
  CHECK(book->table() == before.table);
  CHECK(reason_of(book->activate(change_of(proposal, {"anna"}))) == "routes.one_approver");
  CHECK(reason_of(book->activate(change_of(proposal, {"anna", "anna"}))) == "routes.one_approver");
  CHECK(book->table() == before.table);
  CHECK(scene.taken_up.empty());

  const auto done = must(book->activate(change_of(proposal, {"anna", "ben"}, "change-1")));
  CHECK(done.number == 2);
  CHECK(done.approved_by == std::vector<std::string>{"anna", "ben"});
  REQUIRE(scene.taken_up.size() == 1);
  CHECK(book->table() == scene.taken_up[0]);
  CHECK(book->table()->manager_of(eid("8905")) == nullptr);
  // The same change once more is the same version.
  CHECK(must(book->activate(change_of(proposal, {"anna", "ben"}, "change-1"))).number == 2);
  CHECK(scene.taken_up.size() == 1);
  // What was agreed on over version 1 is not done over 2.
  CHECK(reason_of(book->activate(change_of(proposal, {"anna", "ben"}))) == "routes.stale");

  const auto history = must(book->history(0, 10));
  REQUIRE(history.size() == 2);
  CHECK(history[0].number == 2);
  CHECK(history[1].number == 1);
  CHECK(history[0].previous.size() == 64);
  CHECK(must(book->diff(1, 2)).total == 2);
  CHECK(must(scene.ledger->verify_audit()).intact);
}

TEST_CASE("a bad document changes nothing", "[routing][R52]") {
  Scene scene;
  const auto book = scene.book(1);
  const auto before = must(book->start(document("8905"), "routes.json"));
  CHECK(reason_of(book->propose("{", "anna")) == "routes.invalid");
  CHECK(reason_of(book->propose(document("890"), "anna")) == "routes.eid_overlap");
  CHECK(reason_of(book->propose(R"({"tenantRoutes":[],"defaultAction":"reject"})", "anna")) ==
        "test.misfit");
  CHECK(reason_of(book->propose(document("8905"), "anna")) == "routes.unchanged");
  const auto proposal = must(book->propose(document("8906"), "anna"));
  SECTION("a certificate is missing") {
    scene.unprepared = Error(ErrorCode::kInvalidArgument, "ingress.certificate", "none");
    CHECK(reason_of(book->activate(change_of(proposal, {"anna"}))) == "ingress.certificate");
  }
  SECTION("the HSM does not sign") {
    scene.hsm.broken = true;
    CHECK(reason_of(book->activate(change_of(proposal, {"anna"}))) == "test.unsupported");
  }
  SECTION("the document was never kept") {
    CHECK(reason_of(book->activate({std::string(64, '0'), 1, {"anna"}, "", "", 0})) ==
          "routes.no_document");
  }
  CHECK(book->table() == before.table);
  CHECK(book->in_force().number == 1);
  CHECK(scene.taken_up.empty());
  CHECK(must(book->history(0, 10)).size() == 1);
}

TEST_CASE("what the routes decide goes by the tenants the host runs now", "[routing]") {
  Scene scene;
  const auto book = scene.book(1);
  must(book->start(document("8905"), "file"));
  const auto before = book->policies();
  CHECK(before->empty());
  {
    const auto no_version_meanwhile = book->hold();
    book->know(std::make_shared<const Policies>(
        Policies{{must(TenantId::parse("alpha")), tenancy::EidPolicy::kConsumerOpen}}));
  }
  CHECK(before->empty());
  // A card of nobody's: an open tenant takes it, a managed one does not.
  const Facts stranger{.realm = must(HostName::parse("rsp.alpha.example")),
                       .eid = eid("890700", '1')};
  CHECK(book->explain(stranger).accepted);
  book->know(std::make_shared<const Policies>());
  CHECK_FALSE(book->explain(stranger).accepted);
}

TEST_CASE("a rollback brings a document back as a version of its own", "[routing][R53]") {
  Scene scene;
  const auto book = scene.book(1);
  static_cast<void>(must(book->start(document("8905"), "routes.json")));
  const auto proposal = must(book->propose(document("8906"), "anna"));
  static_cast<void>(must(book->activate(change_of(proposal, {"anna"}))));
  CHECK(reason_of(book->propose_rollback(2)) == "routes.unchanged");
  CHECK(reason_of(book->propose_rollback(9)) == "routes.no_version");
  CHECK(reason_of(book->propose_rollback(-1)) == "routes.no_version");
  RouteChange back = change_of(must(book->propose_rollback(1)), {"anna"});
  back.rollback_of = 1;
  const auto done = must(book->activate(back));
  CHECK(done.number == 3);
  CHECK(done.rollback_of == 1);
  CHECK(book->table()->manager_of(eid("8905")) != nullptr);
  CHECK(must(book->diff(1, 3)).total == 0);
}

TEST_CASE("nodes over one ledger follow each other, and only one is first", "[routing][R52]") {
  Scene scene;
  const auto one = scene.book(1);
  const auto other = scene.book(1);
  static_cast<void>(must(one->start(document("8905"), "routes.json")));
  static_cast<void>(must(other->start(document("8905"), "routes.json")));
  CHECK_FALSE(must(other->follow()));
  const auto first = must(one->propose(document("8906"), "anna"));
  const auto second = must(other->propose(document("8907"), "ben"));
  static_cast<void>(must(one->activate(change_of(first, {"anna"}))));
  CHECK(reason_of(other->activate(change_of(second, {"ben"}))) == "routes.changed_meanwhile");
  CHECK(other->table()->manager_of(eid("8905")) != nullptr);
  CHECK(must(other->follow()));
  CHECK(other->in_force().number == 2);
  CHECK(other->table()->manager_of(eid("8906")) != nullptr);
}

TEST_CASE("a version that this host's key has not signed is not started with", "[routing][R53]") {
  Scene scene;
  static_cast<void>(must(scene.book(2)->start(document("8905"), "routes.json")));
  scene.hsm = SigningHsm();
  CHECK(reason_of(scene.book(2)->start(document("8906"), "routes.json")) == "routes.forged");
  // The routes file vouches for it when the HSM is another one.
  const auto anew = must(scene.book(2)->start(document("8905"), "routes.json"));
  CHECK(anew.version.number == 2);
  CHECK(must(scene.book(2)->start(document("8905"), "routes.json")).version.number == 2);
}

}  // namespace berth::routing::testing
