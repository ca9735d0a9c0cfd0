// Goal: two nodes that have their sessions in one table serve a device as one would, whichever of
// them each request lands on.
//
// The nodes are two services over one tenant's ledger; what else they hold is each one's own.

#include <nlohmann/json.hpp>
#include <thread>

#include "kernel/rsp/der/der.h"
#include "kernel/smdpplus/progress_dispatcher.h"
#include "kernel/smdpplus/progress_report.h"
#include "kernel/smdpplus/shared_sessions.h"
#include "tests/kernel/ledger/common_rows.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using ledger::testing::CommonRows;

constexpr const char* kUnknown = "8.10.1/3.9";
constexpr const char* kNothing = "events: -; usage: -; audit: -";

struct Node {
  Node(Site& site, CommonRows& rows, const SiteOptions& options)
      : share(make_node_share(rows.node(), *site.identities, site.clock, site.random,
                              options.limits)),
        es9(site.identities->anchors(), share, options.limits) {}
  NodeShare share;
  Es9Service es9;
};

class TwoNodes {
 public:
  explicit TwoNodes(const SiteOptions& options = {}, const std::string& code = "")
      : site(options),
        a(site, rows, options),
        b(site, rows, options),
        phone(site),
        order(site.order([&](OrderRequest& wish) { wish.confirmation_code = code; })) {}

  auto initiated(Node& node) {
    return must(node.es9.initiate_authentication(site.tenant(), "test", phone.initiate()));
  }
  auto authenticated(Node& first, Node& second) {
    const auto request = phone.authenticate(initiated(first), order.matching_id.text());
    return must(second.es9.authenticate_client(site.tenant(), "test", request));
  }
  auto bound(Node& node, const rsp::sgp22::GetBoundProfilePackageRequest& request) {
    return node.es9.get_bound_profile_package(site.tenant(), "test", request);
  }
  std::string notify(Node& node, const rsp::sgp22::HandleNotificationRequest& request) {
    return say(node.es9.handle_notification(site.tenant(), "test", request));
  }
  std::string cancel(Node& node, const rsp::sgp22::CancelSessionRequest& request) {
    return say(node.es9.cancel_session(site.tenant(), "test", request));
  }

  Site site;
  CommonRows rows;
  Node a;
  Node b;
  Phone phone;
  OrderAnswer order;
};

// The protected octets of a bound package, which a retry must repeat.
Bytes protected_part(const Bytes& bound_package) {
  rsp::der::Reader reader(must(rsp::der::parse_single(bound_package, 0xBF36)).value);
  REQUIRE(reader.next().ok());  // signed for its own transaction
  return to_bytes(reader.rest());
}

}  // namespace

TEST_CASE("a download in which every request lands on the other node", "[smdpplus][R71:part]") {
  TwoNodes nodes;
  Node& odd = GENERATE(false, true) ? nodes.a : nodes.b;
  Node& even = &odd == &nodes.a ? nodes.b : nodes.a;
  const Mark before = nodes.site.mark();
  const auto authenticated = nodes.authenticated(odd, even);
  const auto package = must(nodes.bound(odd, nodes.phone.prepare(authenticated)));
  const auto result = nodes.phone.install(package);
  CHECK(nodes.notify(even, result) == "ok");
  CHECK(nodes.site.told(before) ==
        "events: downloadProgress profileBound profileDownloadResult; "
        "usage: download.attempted download.bound profile.downloaded; "
        "audit: download.authenticated download.bound download.installed");
  CHECK(nodes.site.state(nodes.order.iccid) == "Installed");
  // The same word again, at the node that has not heard it.
  const Mark after = nodes.site.mark();
  CHECK(nodes.notify(odd, result) == "ok");
  CHECK(nodes.site.told(after) == kNothing);
}

TEST_CASE("each function is answered once, by whichever node", "[smdpplus]") {
  TwoNodes nodes;
  const auto request =
      nodes.phone.authenticate(nodes.initiated(nodes.a), nodes.order.matching_id.text());
  const auto authenticated =
      must(nodes.b.es9.authenticate_client(nodes.site.tenant(), "test", request));
  CHECK(say(nodes.a.es9.authenticate_client(nodes.site.tenant(), "test", request)) == kUnknown);
  const auto prepared = nodes.phone.prepare(authenticated);
  CHECK(say(nodes.bound(nodes.a, prepared)) == "ok");
  CHECK(say(nodes.bound(nodes.b, prepared)) == kUnknown);
}

TEST_CASE("a retry with the same one-time key at the other node gets the same octets",
          "[smdpplus][R109]") {
  TwoNodes nodes;
  const auto first =
      must(nodes.bound(nodes.b, nodes.phone.prepare(nodes.authenticated(nodes.a, nodes.a))));
  const int agreements = nodes.site.hsm.agreements;
  const auto second =
      must(nodes.bound(nodes.a, nodes.phone.prepare(nodes.authenticated(nodes.b, nodes.a))));
  CHECK(nodes.site.hsm.agreements == agreements);
  CHECK(protected_part(first.bound_profile_package) ==
        protected_part(second.bound_profile_package));
  CHECK(nodes.notify(nodes.b, nodes.phone.install(second)) == "ok");
}

TEST_CASE("tries of a confirmation code are counted across nodes", "[smdpplus][R102:part]") {
  TwoNodes nodes({.code_attempts_max = 2}, "1234");
  const auto authenticated = nodes.authenticated(nodes.a, nodes.b);
  CHECK(say(nodes.bound(nodes.a, nodes.phone.prepare(authenticated, "4321"))) == "8.2.7/3.8");
  CHECK(nodes.site.order_row(nodes.order.order_id).code_attempts_used == 1);
  SECTION("the right code at the other node goes on") {
    CHECK(say(nodes.bound(nodes.b, nodes.phone.prepare(authenticated, "1234"))) == "ok");
  }
  SECTION("the last wrong one at the other node ends order and session for both") {
    CHECK(say(nodes.bound(nodes.b, nodes.phone.prepare(authenticated, "1111"))) == "8.2.7/6.4");
    CHECK_FALSE(nodes.site.order_row(nodes.order.order_id).open);
    CHECK(say(nodes.bound(nodes.a, nodes.phone.prepare(authenticated, "1234"))) == kUnknown);
  }
}

TEST_CASE("a session is cancelled at the other node, before or after delivery", "[smdpplus]") {
  TwoNodes nodes;
  const bool delivered = GENERATE(false, true);
  const auto authenticated = nodes.authenticated(nodes.a, nodes.a);
  if (delivered) must(nodes.bound(nodes.a, nodes.phone.prepare(authenticated)));
  const auto request = nodes.phone.cancel(authenticated.transaction_id, 0);
  const Mark before = nodes.site.mark();
  CHECK(nodes.cancel(nodes.b, request) == "ok");
  CHECK(nodes.site.told(before) ==
        "events: profileDownloadResult; usage: download.cancelled; audit: download.cancelled");
  CHECK(nodes.cancel(nodes.a, request) == kUnknown);
}

TEST_CASE("of both nodes with the same request at once one answers", "[smdpplus]") {
  for (int round = 0; round < 5; ++round) {
    TwoNodes nodes;
    const auto request =
        nodes.phone.authenticate(nodes.initiated(nodes.a), nodes.order.matching_id.text());
    std::string said[2];
    {
      std::vector<std::jthread> requests;
      for (int i = 0; i < 2; ++i) {
        requests.emplace_back([&, i] {
          Es9Service& es9 = i == 0 ? nodes.a.es9 : nodes.b.es9;
          said[i] = say(es9.authenticate_client(nodes.site.tenant(), "test", request));
        });
      }
    }
    std::sort(std::begin(said), std::end(said));
    CHECK(said[0] == kUnknown);
    CHECK(said[1] == "ok");
    CHECK(nodes.site.order_row(nodes.order.order_id).attempts_used == 1);
  }
}

TEST_CASE("a request that held its session for too long answers nothing from it", "[smdpplus]") {
  TwoNodes nodes;
  const auto request =
      nodes.phone.authenticate(nodes.initiated(nodes.a), nodes.order.matching_id.text());
  // While node A decides, its hold lapses and node B takes the session.
  std::optional<SessionLease> thief;
  nodes.site.ledger().on_commit = [&](const ledger::Unit&) {
    nodes.site.clock.advance(std::chrono::milliseconds(kSessionHoldMs));
    auto taken = nodes.b.share.sessions->take(nodes.site.tenant().id(), request.transaction_id,
                                              nodes.site.clock.now_ms());
    thief.emplace(std::move(**taken));
    return std::optional<ledger::Outcome>();
  };
  CHECK(say(nodes.a.es9.authenticate_client(nodes.site.tenant(), "test", request)) == kUnknown);
  REQUIRE(thief.has_value());
  CHECK((*thief)->state == SessionState::kInitiated);
}

TEST_CASE("without the table a device is asked to come back, and nothing is committed",
          "[smdpplus]") {
  TwoNodes nodes;
  const auto authenticated = nodes.authenticated(nodes.a, nodes.b);
  const auto prepared = nodes.phone.prepare(authenticated);
  const auto cancelled = nodes.phone.cancel(authenticated.transaction_id, 1);
  const Mark before = nodes.site.mark();
  nodes.rows.unreachable = true;
  const char* kTrouble = "unavailable ledger.unavailable";
  CHECK(say(nodes.a.es9.initiate_authentication(nodes.site.tenant(), "test",
                                                nodes.phone.initiate())) == kTrouble);
  CHECK(say(nodes.bound(nodes.b, prepared)) == kTrouble);
  CHECK(nodes.cancel(nodes.a, cancelled) == kTrouble);
  nodes.a.es9.housekeeping(nodes.site.tenant(), false);
  CHECK(nodes.site.told(before) == kNothing);
  nodes.rows.unreachable = false;
  CHECK(say(nodes.bound(nodes.a, prepared)) == "ok");
}

TEST_CASE("expired sessions are dropped by either node's housekeeping", "[smdpplus]") {
  TwoNodes nodes({.limits = {.session_lifetime_ms = 90'000}});
  nodes.initiated(nodes.a);
  nodes.site.clock.advance(std::chrono::seconds(90));
  nodes.b.es9.housekeeping(nodes.site.tenant(), false);
  CHECK(must(nodes.a.share.sessions->size(nodes.site.tenant().id())) == 0);
}

TEST_CASE("a stored session holds neither the code nor what proves it", "[smdpplus]") {
  TwoNodes nodes({}, "1234");
  const auto authenticated = nodes.authenticated(nodes.a, nodes.b);
  auto lease = must(nodes.a.share.sessions->take(
      nodes.site.tenant().id(), authenticated.transaction_id, nodes.site.clock.now_ms()));
  REQUIRE(lease.has_value());
  const Bytes octets = must(encode_session(**lease));
  const auto holds = [&](ByteView what) {
    return std::search(octets.begin(), octets.end(), what.begin(), what.end()) != octets.end();
  };
  CHECK(holds(as_bytes(nodes.order.order_id)));
  CHECK_FALSE(holds(*nodes.site.order_row(nodes.order.order_id).confirmation_code_sha256));
  CHECK_FALSE(holds(as_bytes(nodes.order.matching_id.text())));
}

TEST_CASE("notifications that a node deferred before it stopped are verified by another",
          "[smdpplus][R79]") {
  SiteOptions options;
  options.limits.max_verifying = 0;  // every place is taken
  TwoNodes nodes(options);
  nodes.b.es9.housekeeping(nodes.site.tenant(), false);  // knows that nothing waits
  const auto package =
      must(nodes.bound(nodes.a, nodes.phone.prepare(nodes.authenticated(nodes.a, nodes.a))));
  CHECK(nodes.notify(nodes.a, nodes.phone.install(package)) == "ok");
  // Node B does this work: node A leaves it alone.
  nodes.a.es9.housekeeping(nodes.site.tenant(), false);
  CHECK(nodes.site.state(nodes.order.iccid) == "Downloaded");
  nodes.site.clock.advance(kBacklogKnown);
  nodes.b.es9.housekeeping(nodes.site.tenant(), false);
  CHECK(nodes.site.state(nodes.order.iccid) == "Installed");
  CHECK(must(nodes.site.ledger().pending_notification_count()) == 0);
}

TEST_CASE("a node that stops leaves its work to the others at once", "[smdpplus]") {
  SiteOptions options;
  options.limits.max_verifying = 0;
  TwoNodes nodes(options);
  nodes.a.es9.housekeeping(nodes.site.tenant(), false);
  const auto package =
      must(nodes.bound(nodes.b, nodes.phone.prepare(nodes.authenticated(nodes.b, nodes.b))));
  CHECK(nodes.notify(nodes.b, nodes.phone.install(package)) == "ok");
  nodes.a.es9.housekeeping(nodes.site.tenant(), true);  // the host stops
  nodes.b.es9.housekeeping(nodes.site.tenant(), false);
  CHECK(nodes.site.state(nodes.order.iccid) == "Installed");
}

TEST_CASE("sweeps of both nodes end an attempt once", "[smdpplus][R72]") {
  TwoNodes nodes;
  nodes.authenticated(nodes.a, nodes.b);
  nodes.site.clock.advance(std::chrono::hours(2));
  const Mark before = nodes.site.mark();
  {
    const std::jthread other([&] { nodes.b.es9.housekeeping(nodes.site.tenant(), false); });
    nodes.a.es9.housekeeping(nodes.site.tenant(), false);
  }
  CHECK(nodes.site.events(before).size() == 2);  // the order's and the attempt's
}

TEST_CASE("of two nodes' dispatchers one sends, and the other when it stopped", "[smdpplus][R85]") {
  SiteOptions options;
  options.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.progress =
        tenancy::ProgressEndpoint{.url = "https://bss.example", .requester_identifier = "SMDP-1"};
  };
  TwoNodes nodes(options);
  context::Tenants tenants(std::make_shared<const tenancy::RouteTable>());
  tenants.add(std::make_unique<context::TenantContext>(*nodes.site.alpha.context));
  std::atomic<int> sent_by[2] = {0, 0};
  const auto transport = [&](int node) {
    return [&sent_by, node](const context::TenantContext&, const std::string&) {
      ++sent_by[node];
      return Result<ReportAnswer>(ReportAnswer{204, "", {}});
    };
  };
  const auto wait_for = [&](int node, int count) {
    for (int i = 0; i < 10'000 && sent_by[node] < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return sent_by[node].load();
  };
  const TenantId& tenant = nodes.site.tenant().id();
  nodes.authenticated(nodes.b, nodes.b);
  REQUIRE(nodes.b.share.leases->hold(tenant, kReportWork));
  std::optional<ProgressDispatcher> first;
  first.emplace(tenants, transport(0), *nodes.a.share.leases);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(sent_by[0] == 0);
  nodes.b.share.leases->give_up(tenant, kReportWork);
  nodes.site.clock.advance(kLeasePoll);
  REQUIRE(wait_for(0, 1) == 1);
  {
    const ProgressDispatcher second(tenants, transport(1), *nodes.b.share.leases);
    nodes.authenticated(nodes.b, nodes.b);
    CHECK(wait_for(0, 2) == 2);
    CHECK(sent_by[1] == 0);
    first.reset();
    nodes.authenticated(nodes.b, nodes.b);
    nodes.site.clock.advance(kLeasePoll);
    CHECK(wait_for(1, 1) == 1);
  }
  CHECK(sent_by[0] == 2);
}

}  // namespace berth::smdpplus::testing
