// Suite `isolation`: whether any tenant ever serves what is another's, and whether a refusal tells
// that it is another's.
//
// Method: for every ordered pair of tenants (A, B) EIDs of B are put to the resolver under A's
// realm and to A's context. Then, at a berthd, every ES9+ function is called at A's realm with what
// B's answers: B's address, B's card with A's code and A's card with B's code, B's session, its
// cancellation, its install result. Accepted is whatever is answered with success, and whatever
// A's ledger knows of B afterwards. B's own sessions go on after all of it: they must still end in
// installed profiles.
//
// The oracle: requests with a code of nobody's and one of another tenant's, in turns over one
// connection, and the same with cards. The answers must be the same octet for octet; of the times
// the medians are compared. What comes first changes from pair to pair.

#include <cmath>

#include "kernel/context/tenants.h"
#include "kernel/host/host.h"
#include "kernel/routing/decision.h"
#include "tools/berth-bench/load.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/stock.h"
#include "tools/berth-bench/suites.h"

namespace berth::bench {
namespace {

struct Counts {
  std::size_t tenants = 12;
  std::size_t eids = 10'000;   // of each ordered pair
  std::size_t requests = 20;   // of each ordered pair and function
  std::size_t pairs = 10'000;  // of the oracle, of codes and of cards
};

Counts counts_of(bool smoke) {
  if (!smoke) return {};
  return {.tenants = 3, .eids = 100, .requests = 4, .pairs = 20};
}

constexpr Curve kCurve = Curve::kP256;
// A card's misses that are looked up in a minute; then it is refused unseen.
constexpr std::size_t kPairsPerCard = 5;
// A connection serves 1,000 requests; a pair takes four.
constexpr std::size_t kPairsPerConnection = 200;
// In the card maker's range and in no tenant's.
constexpr std::size_t kNobody = 99;
constexpr std::size_t kOrders = 2;  // of each tenant: one is downloaded, one stays open

bool succeeded(const Reply& reply) {
  return reply.status == 200 && reply.body.find("Executed-Success") != std::string_view::npos;
}

double microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

// The times of one kind of refusal, known to nobody and another's.
struct Oracle {
  std::vector<double> unknown;
  std::vector<double> foreign;
  std::size_t answers_differ = 0;

  void add(bool foreign_one, const Reply& reply) {
    (foreign_one ? foreign : unknown).push_back(microseconds(reply.whole));
  }
  double difference() const { return std::abs(median(foreign) - median(unknown)); }
};

class Isolation {
 public:
  explicit Isolation(const SuiteSettings& settings)
      : settings_(settings),
        counts_(counts_of(settings.smoke)),
        world_({.tenants = counts_.tenants, .plugins = settings.plugins}),
        tls_(world_.ci(kCurve).issued().certificate) {}

  Report run() {
    report_.suite = "isolation";
    world_.with_host([this](host::Host& host) {
      settings_.say("EIDs of every tenant at every other");
      ask_inside(host);
      for (std::size_t tenant = 0; tenant < counts_.tenants; ++tenant) {
        orders_.push_back(stock_packages(world_, host, tenant, kOrders, 1 + tenant * kOrders));
      }
    });
    {
      const BerthdProcess server(settings_.berthd, world_.configuration());
      port_ = server.es9_port();
      ask_outside();
      settings_.say("codes that nobody has and codes of others");
      const Oracle codes = compare_codes();
      settings_.say("cards that nobody serves and cards of others");
      const Oracle cards = compare_cards();
      tell(codes, cards);
    }
    world_.with_host([this](host::Host& host) { look_into_ledgers(host); });
    bar("accepted", static_cast<double>(accepted_), "requests");
    bar("own_downloads_lost", static_cast<double>(lost_), "downloads");
    describe();
    return std::move(report_);
  }

 private:
  template <class Visit>
  void each_pair(const Visit& visit) const {
    for (std::size_t at = 0; at < counts_.tenants; ++at) {
      for (std::size_t of = 0; of < counts_.tenants; ++of) {
        if (at != of) visit(at, of);
      }
    }
  }

  // Some of the others, in turn.
  std::size_t another(std::size_t tenant, std::size_t number) const {
    return (tenant + 1 + number % (counts_.tenants - 1)) % counts_.tenants;
  }

  static TenantId id(std::size_t tenant) { return must(TenantId::parse(World::tenant_id(tenant))); }

  Eid random_eid(std::size_t tenant) {
    std::string digits = std::to_string(89'049'300 + tenant);
    for (const std::uint8_t octet : world_.random().bytes(24)) {
      digits += static_cast<char>('0' + octet % 10);
    }
    return must(Eid::parse(digits));
  }

  void ask_inside(host::Host& host) {
    const auto routes = host.tenants().routes();
    const routing::Policies policies;
    std::size_t asked = 0;
    each_pair([&](std::size_t at, std::size_t of) {
      const auto context = host.tenants().find(id(at));
      routing::Facts facts{.realm = must(HostName::parse(World::realm(at)))};
      for (std::size_t i = 0; i < counts_.eids; ++i) {
        facts.eid = random_eid(of);
        accepted_ += routing::decide(*routes, policies, facts).accepted() ? 1 : 0;
        accepted_ += context->confirm(*facts.eid).ok() ? 1 : 0;
        ++asked;
      }
      // The question itself is sound: the tenant's own card is served.
      facts.eid = random_eid(at);
      if (!routing::decide(*routes, policies, facts).accepted() || !context->confirm(*facts.eid)) {
        throw std::runtime_error(World::tenant_id(at) + " refuses its own cards");
      }
    });
    report_.note("eids", static_cast<double>(asked), "EIDs");
  }

  Device card(std::size_t tenant) { return {world_, tenant, ++last_card_, kCurve}; }

  void count(const Reply& reply) {
    ++sent_;
    accepted_ += succeeded(reply) ? 1 : 0;
  }

  void ask_outside() {
    settings_.say("each function at every tenant with what is another's");
    for (std::size_t tenant = 0; tenant < counts_.tenants; ++tenant) {
      devices_.push_back(std::make_unique<Device>(world_, tenant, ++last_card_, kCurve));
      Connection own(tls_, port_, World::realm(tenant));
      sessions_.push_back(devices_.back()->open(own, orders_[tenant].front()));
    }
    each_pair([this](std::size_t at, std::size_t of) { ask_pair(at, of); });
    // Nobody's session was touched.
    for (std::size_t tenant = 0; tenant < counts_.tenants; ++tenant) {
      Connection own(tls_, port_, World::realm(tenant));
      if (!succeeded(own.post("getBoundProfilePackage", sessions_[tenant].prepared))) ++lost_;
      own.post("handleNotification", sessions_[tenant].notification);
    }
    report_.note("requests", static_cast<double>(sent_), "requests");
  }

  void ask_pair(std::size_t at, std::size_t of) {
    Connection connection(tls_, port_, World::realm(at));
    Device own = card(at);
    const Device::Session& session = sessions_[of];
    for (std::size_t i = 0; i < counts_.requests; ++i) {
      count(devices_[of]->address(connection, World::realm(of)));
      count(i % 2 == 0 ? devices_[of]->present(connection, at, orders_[at].back().matching_id)
                       : own.present(connection, at, orders_[of].back().matching_id));
      count(connection.post("getBoundProfilePackage", session.prepared));
      count(connection.post("cancelSession", session.cancelled));
      count(connection.post("handleNotification", session.notification));
    }
  }

  // What nobody's is asked for and what is another's, by turns; which comes first, too.
  template <class Ask>
  void compare(Oracle& oracle, std::size_t number, const Ask& ask) {
    std::string said[2];
    for (const bool foreign : {number % 2 == 0, number % 2 != 0}) {
      const Reply reply = ask(foreign);
      count(reply);
      oracle.add(foreign, reply);
      said[foreign ? 1 : 0] = std::to_string(reply.status) + " " + std::string(reply.body);
    }
    oracle.answers_differ += said[0] == said[1] ? 0 : 1;
  }

  Oracle compare_codes() {
    Oracle oracle;
    std::unique_ptr<Connection> connection;
    std::unique_ptr<Device> own;
    for (std::size_t i = 0; i < counts_.pairs; ++i) {
      if (i % kPairsPerConnection == 0) {
        connection = std::make_unique<Connection>(tls_, port_, World::realm(0));
      }
      if (i % kPairsPerCard == 0) {
        own = std::make_unique<Device>(world_, 0, ++last_card_, kCurve);
      }
      const std::string theirs = orders_[another(0, i)].back().matching_id;
      compare(oracle, i, [&](bool foreign) {
        return own->present(*connection, 0, foreign ? theirs : random_code(theirs));
      });
    }
    return oracle;
  }

  Oracle compare_cards() {
    Oracle oracle;
    std::unique_ptr<Connection> connection;
    Device nobodys = card(kNobody);
    const std::string code = orders_[0].back().matching_id;
    for (std::size_t i = 0; i < counts_.pairs; ++i) {
      if (i % kPairsPerConnection == 0) {
        connection = std::make_unique<Connection>(tls_, port_, World::realm(0));
      }
      compare(oracle, i, [&](bool foreign) {
        return (foreign ? *devices_[another(0, i)] : nobodys).present(*connection, 0, code);
      });
    }
    return oracle;
  }

  // Of the same length and letters as one that exists.
  std::string random_code(const std::string& like) {
    std::string code = like;
    const Bytes octets = world_.random().bytes(code.size());
    constexpr std::string_view kLetters = "ABCDEFGHJKMNPQRSTVWXYZ0123456789";
    for (std::size_t i = 0; i < code.size(); ++i) {
      if (code[i] != '-') code[i] = kLetters[octets[i] % kLetters.size()];
    }
    return code;
  }

  void tell(const Oracle& codes, const Oracle& cards) {
    bar("oracle_median_us", std::max(codes.difference(), cards.difference()), "us", 50);
    bar("oracle_answers_differ", static_cast<double>(codes.answers_differ + cards.answers_differ),
        "pairs");
    report_.note("unknown_code_us", median(codes.unknown), "us");
    report_.note("foreign_code_us", median(codes.foreign), "us");
    report_.note("unknown_card_us", median(cards.unknown), "us");
    report_.note("foreign_card_us", median(cards.foreign), "us");
  }

  // What A knows of B's profiles is accepted, whatever was answered; B has its own.
  void look_into_ledgers(host::Host& host) {
    each_pair([&](std::size_t at, std::size_t of) {
      ledger::TenantLedger& ledger = host.tenants().find(id(at))->ledger();
      for (const OpenOrder& order : orders_[of]) {
        const Iccid iccid = must(Iccid::parse(order.iccid));
        accepted_ += must(ledger.profile(iccid)).has_value() ? 1 : 0;
        accepted_ += must(ledger.deliveries_of(iccid, 1)).size();
      }
    });
    for (std::size_t tenant = 0; tenant < counts_.tenants; ++tenant) {
      lost_ += installed_profiles(host, tenant) == 1 ? 0 : 1;
    }
  }

  void bar(std::string name, double value, std::string unit, double bound = 0) {
    report_.bars.push_back({std::move(name), value, Bound::kAtMost, bound, std::move(unit)});
  }

  void describe() {
    describe_machine(report_);
    report_.measured_on.emplace_back(
        "pairs", "all ordered pairs of " + std::to_string(counts_.tenants) + " tenants; " +
                     std::to_string(counts_.eids) + " EIDs and " +
                     std::to_string(counts_.requests) + " requests of each of five functions");
    report_.measured_on.emplace_back(
        "oracle", "authenticateClient over one connection, " + std::to_string(counts_.pairs) +
                      " pairs of codes and as many of cards, the worse of both");
  }

  const SuiteSettings& settings_;
  const Counts counts_;
  World world_;
  ClientTls tls_;
  std::uint16_t port_ = 0;
  std::size_t last_card_ = 0;
  std::vector<std::vector<OpenOrder>> orders_;
  std::vector<std::unique_ptr<Device>> devices_;  // one for each tenant
  std::vector<Device::Session> sessions_;
  std::size_t sent_ = 0;
  std::size_t accepted_ = 0;
  std::size_t lost_ = 0;
  Report report_;
};

}  // namespace

Report run_isolation(const SuiteSettings& settings) { return Isolation(settings).run(); }

}  // namespace berth::bench
