// Every pair of every ES9+ function as rows: which check, what was wrong, the pair that answers it
// and the integer that stands for it in ASN.1. Goal: no pair of the standard's tables is out of
// reach, and none is answered that is not in them.

#include <map>
#include <set>

#include "kernel/rsp/sgp22/es9_asn1.h"
#include "kernel/smdpplus/profile_types.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

namespace sgp22 = rsp::sgp22;
using sgp22::Es9Function;
using testpki::Flaw;

constexpr auto kInitiate = Es9Function::kInitiateAuthentication;
constexpr auto kAuthenticate = Es9Function::kAuthenticateClient;
constexpr auto kGetPackage = Es9Function::kGetBoundProfilePackage;
constexpr auto kCancel = Es9Function::kCancelSession;

// SGP.22 §5.6 and the error enumerations of its ASN.1: the pairs that each function may answer.
struct Entry {
  Es9Function function;
  const char* pair;
  int asn1;
};
const Entry kSheet[] = {
    {kInitiate, "8.8.1/3.8", 1},       {kInitiate, "8.8.3/3.1", 2},
    {kInitiate, "8.8.2/3.1", 3},       {kInitiate, "8.8.4/3.7", 3},
    {kAuthenticate, "8.1.2/6.1", 1},   {kAuthenticate, "8.1.2/6.3", 2},
    {kAuthenticate, "8.1.3/6.1", 3},   {kAuthenticate, "8.1.3/6.3", 4},
    {kAuthenticate, "8.1/6.1", 5},     {kAuthenticate, "8.2.6/3.8", 6},
    {kAuthenticate, "8.1.1/3.8", 7},   {kAuthenticate, "8.2.5/4.3", 8},
    {kAuthenticate, "8.11.1/3.9", 9},  {kAuthenticate, "8.10.1/3.9", 10},
    {kAuthenticate, "8.1/4.8", 11},    {kAuthenticate, "8.2/1.2", 127},
    {kAuthenticate, "8.8.5/6.4", 127}, {kAuthenticate, "8.8.5/4.10", 127},
    {kGetPackage, "8.1/6.1", 1},       {kGetPackage, "8.2.7/2.2", 2},
    {kGetPackage, "8.2.7/3.8", 3},     {kGetPackage, "8.2.7/6.4", 4},
    {kGetPackage, "8.2/3.7", 5},       {kGetPackage, "8.8.5/4.10", 6},
    {kGetPackage, "8.10.1/3.9", 95},   {kCancel, "8.10.1/3.9", 1},
    {kCancel, "8.1/6.1", 2},           {kCancel, "8.8/3.10", 127},
};

struct Row {
  Es9Function function;
  const char* check;
  const char* pair;
  std::function<std::optional<Failure>()> call;  // nothing: it was granted
};

template <class T>
std::optional<Failure> failure_of(const Result<T, Failure>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

const TransactionId kOther = *TransactionId::from_octets(Bytes(16, 9));

// ---- InitiateAuthentication ----

auto initiate(const std::function<void(sgp22::InitiateAuthenticationRequest&)>& damage) {
  return [=] {
    Site site;
    Phone phone(site);
    auto request = phone.initiate();
    damage(request);
    return failure_of(site.es9->initiate_authentication(site.tenant(), "test", request));
  };
}

// ---- AuthenticateClient: an order, and a card that answered the server ----

struct Asking {
  explicit Asking(const SiteOptions& options = {},
                  const std::function<void(OrderRequest&)>& shape = {},
                  std::string_view eid = kAlphaEid)
      : site(options), phone(site, eid), order(site.order(shape)) {
    ask();
  }
  void ask() { request = phone.authenticate(phone.initiated(), order.matching_id.text()); }
  sgp22::AuthenticateResponseOk& ok() {
    return std::get<sgp22::AuthenticateResponseOk>(request.response);
  }
  // The card's certificate, with this flaw, under the EUM the card names.
  void damage_card(Flaw flaw, std::string_view eid = kAlphaEid) {
    ok().euicc_certificate =
        must(site.eum->issue_euicc({.eid = std::string(eid), .flaw = flaw})).certificate;
  }
  void damage_eum(Flaw flaw) {
    ok().eum_certificate = must(site.ci->issue_eum({.flaw = flaw})).issued().certificate;
  }
  std::optional<Failure> send() {
    return failure_of(site.es9->authenticate_client(site.tenant(), "test", request));
  }

  Site site;
  Phone phone;
  OrderAnswer order;
  sgp22::AuthenticateClientRequest request{kOther, sgp22::AuthenticateResponseError{kOther, 0}};
};

auto authenticate(const std::function<void(Asking&)>& damage) {
  return [=] {
    Asking asking;
    damage(asking);
    return asking.send();
  };
}
auto authenticate_order(const std::function<void(OrderRequest&)>& shape) {
  return [=] { return Asking({}, shape).send(); };
}

// A type whose profiles cannot be disabled, an order for one, and a card that forbids that.
std::optional<Failure> forbidden_rule() {
  Asking asking;
  must(define_profile_type(asking.site.tenant(),
                           R"({"name": "ruled", "serviceProviderName": "Alpha", "profileName": "R",
                               "owner": {"mccMnc": "00101"}, "policyRules": ["ppr1"]})"));
  ProfileImport import = asking.site.sample_import("ruled");
  import.service_provider_name.clear();
  import.profile_name.clear();
  const Iccid iccid = must(import_profile(asking.site.tenant(), "test", import)).iccid;
  asking.order = asking.site.order([&](OrderRequest& request) { request.iccid = iccid; });
  asking.ask();
  asking.ok().euicc_info2.forbidden_profile_policy_rules = {0x05, 0x40};
  return asking.send();
}

// ---- GetBoundProfilePackage: an authenticated session and the card's request ----

struct Fetching {
  explicit Fetching(const SiteOptions& options = {}, const std::string& code = "",
                    const std::string& entered = "", const OrderPreset& preset = {})
      : site(options), phone(site), order(site.order([&](OrderRequest& wish) {
          wish.confirmation_code = code;
          wish.preset = preset;
        })) {
    authenticated = phone.authenticated(order.matching_id.text());
    request = phone.prepare(*authenticated, entered);
  }
  sgp22::PrepareDownloadOk& ok() { return std::get<sgp22::PrepareDownloadOk>(request.response); }
  std::optional<Failure> send() {
    return failure_of(site.es9->get_bound_profile_package(site.tenant(), "test", request));
  }

  Site site;
  Phone phone;
  OrderAnswer order;
  std::optional<sgp22::AuthenticateClientResponse> authenticated;
  sgp22::GetBoundProfilePackageRequest request{kOther, sgp22::PrepareDownloadError{kOther, 0}};
};

auto fetch(const std::function<void(Fetching&)>& damage) {
  return [=] {
    Fetching fetching;
    damage(fetching);
    return fetching.send();
  };
}
auto fetch_with_code(const std::string& entered, const SiteOptions& options = {},
                     const OrderPreset& preset = {}) {
  return [=] { return Fetching(options, "1234", entered, preset).send(); };
}

// A second session of the same order and card that cancels it, or of another card that is served.
void cancel_elsewhere(Fetching& fetching) {
  Phone twin(fetching.site);
  const auto other = twin.authenticated(fetching.order.matching_id.text());
  must(fetching.site.es9->cancel_session(fetching.site.tenant(), "test",
                                         twin.cancel(other.transaction_id, 0)));
}
void deliver_elsewhere(Fetching& fetching) {
  Phone(fetching.site, kOtherAlphaEid).bound(fetching.order.matching_id.text());
}
std::optional<Failure> new_key_where_refused() {
  SiteOptions options;
  options.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.rebind_with_new_key = false;
  };
  Fetching fetching(options);
  REQUIRE_FALSE(fetching.send());
  Phone fresh(fetching.site);
  fetching.request = fresh.prepare(fresh.authenticated(fetching.order.matching_id.text()));
  return fetching.send();
}

// ---- CancelSession ----

auto cancel(const std::function<void(Site&, Phone&, sgp22::CancelSessionRequest&)>& damage) {
  return [=] {
    Site site;
    Phone phone(site);
    const auto order = site.order();
    const auto session = phone.authenticated(order.matching_id.text());
    auto request = phone.cancel(session.transaction_id, 0);
    damage(site, phone, request);
    return failure_of(site.es9->cancel_session(site.tenant(), "test", request));
  };
}
sgp22::CancelSessionOk& ok(sgp22::CancelSessionRequest& request) {
  return std::get<sgp22::CancelSessionOk>(request.response);
}

const std::vector<Row> kRows = {
    {kInitiate, "another tenant's address", "8.8.1/3.8",
     initiate([](auto& request) { request.smdp_address = "rsp.bravo.example"; })},
    {kInitiate, "no host name", "8.8.1/3.8",
     initiate([](auto& request) { request.smdp_address = ""; })},
    {kInitiate, "version 3 alone", "8.8.3/3.1", initiate([](auto& request) {
       request.euicc_info1.svn = {3, 0, 0};
     })},
    {kInitiate, "version 1", "8.8.3/3.1", initiate([](auto& request) {
       request.euicc_info1.svn = {1, 1, 0};
     })},
    {kInitiate, "signs under no issuer of ours", "8.8.2/3.1",
     initiate([](auto& request) { request.euicc_info1.ci_ids_for_signing = {Bytes(20, 7)}; })},
    {kInitiate, "signs under no issuer at all", "8.8.2/3.1",
     initiate([](auto& request) { request.euicc_info1.ci_ids_for_signing.clear(); })},
    {kInitiate, "verifies no certificate of ours", "8.8.4/3.7",
     initiate([](auto& request) { request.euicc_info1.ci_ids_for_verification = {Bytes(20, 7)}; })},
    {kInitiate, "verifies nothing", "8.8.4/3.7",
     initiate([](auto& request) { request.euicc_info1.ci_ids_for_verification.clear(); })},

    {kAuthenticate, "transaction nobody began", "8.10.1/3.9",
     authenticate([](Asking& asking) { asking.request.transaction_id = kOther; })},
    {kAuthenticate, "another transaction was signed", "8.10.1/3.9",
     authenticate([](Asking& asking) { asking.ok().transaction_id = kOther; })},
    {kAuthenticate, "authenticated before", "8.10.1/3.9",
     authenticate([](Asking& asking) { REQUIRE_FALSE(asking.send()); })},
    {kAuthenticate, "session expired", "8.10.1/3.9",
     authenticate([](Asking& asking) { asking.site.clock.advance(std::chrono::hours(24)); })},
    {kAuthenticate, "EUM of an unknown issuer", "8.11.1/3.9", authenticate([](Asking& asking) {
       auto foreign = must(
           testpki::TestCi::create(Curve::kP256, "Foreign", asking.site.clock, asking.site.random));
       asking.ok().eum_certificate = must(foreign.issue_eum({})).issued().certificate;
     })},
    {kAuthenticate, "EUM names another issuer's key", "8.11.1/3.9",
     authenticate([](Asking& asking) { asking.damage_eum(Flaw::kWrongAuthorityKeyId); })},
    {kAuthenticate, "EUM signature", "8.1.2/6.1",
     authenticate([](Asking& asking) { asking.damage_eum(Flaw::kBrokenSignature); })},
    {kAuthenticate, "EUM of the future", "8.1.2/6.1",
     authenticate([](Asking& asking) { asking.damage_eum(Flaw::kNotYetValid); })},
    {kAuthenticate, "EUM role", "8.1.2/6.1",
     authenticate([](Asking& asking) { asking.damage_eum(Flaw::kWrongRole); })},
    {kAuthenticate, "EUM is no CA", "8.1.2/6.1",
     authenticate([](Asking& asking) { asking.damage_eum(Flaw::kNotACa); })},
    {kAuthenticate, "EUM for every EID", "8.1.2/6.1",
     authenticate([](Asking& asking) { asking.damage_eum(Flaw::kNoNameConstraints); })},
    {kAuthenticate, "EUM expired", "8.1.2/6.3",
     authenticate([](Asking& asking) { asking.damage_eum(Flaw::kExpired); })},
    {kAuthenticate, "card certificate's signature", "8.1.3/6.1",
     authenticate([](Asking& asking) { asking.damage_card(Flaw::kBrokenSignature); })},
    {kAuthenticate, "card certificate of the future", "8.1.3/6.1",
     authenticate([](Asking& asking) { asking.damage_card(Flaw::kNotYetValid); })},
    {kAuthenticate, "card that is a CA", "8.1.3/6.1",
     authenticate([](Asking& asking) { asking.damage_card(Flaw::kIsACa); })},
    {kAuthenticate, "EID outside the EUM's prefixes", "8.1.3/6.1", authenticate([](Asking& asking) {
       asking.damage_card(Flaw::kNone, "89049033123451234512345678901234");
     })},
    {kAuthenticate, "card certificate expired", "8.1.3/6.3",
     authenticate([](Asking& asking) { asking.damage_card(Flaw::kExpired); })},
    {kAuthenticate, "card's signature", "8.1/6.1",
     authenticate([](Asking& asking) { asking.ok().signature1[7] ^= 1; })},
    {kAuthenticate, "another card's signature", "8.1/6.1",
     authenticate([](Asking& asking) { asking.damage_card(Flaw::kNone); })},
    {kAuthenticate, "another challenge", "8.1/6.1",
     authenticate([](Asking& asking) { asking.ok().server_challenge[0] ^= 1; })},
    {kAuthenticate, "another server", "8.1/6.1",
     authenticate([](Asking& asking) { asking.ok().server_address = "rsp.bravo.example"; })},
    {kAuthenticate, "the card refused the server", "8.1/6.1", authenticate([](Asking& asking) {
       asking.request.response = sgp22::AuthenticateResponseError{asking.request.transaction_id, 2};
     })},
    {kAuthenticate, "another tenant's card", "8.1.1/3.8",
     [] { return Asking({}, {}, kBravoEid).send(); }},
    {kAuthenticate, "order for another card", "8.1.1/3.8",
     authenticate_order([](OrderRequest& order) { order.eid = *Eid::parse(kOtherAlphaEid); })},
    {kAuthenticate, "no code, nothing waits for the card", "8.1.1/3.8",
     authenticate([](Asking& asking) { asking.ok().matching_id.reset(); })},
    {kAuthenticate, "package went to another card", "8.1.1/3.8", authenticate([](Asking& asking) {
       Phone(asking.site, kOtherAlphaEid).bound(asking.order.matching_id.text());
     })},
    {kAuthenticate, "no such MatchingID", "8.2.6/3.8",
     authenticate([](Asking& asking) { asking.ok().matching_id = *MatchingId::parse("NOBODY"); })},
    {kAuthenticate, "MatchingID no order can have", "8.2.6/3.8", authenticate([](Asking& asking) {
       asking.ok().matching_id.reset();
       asking.ok().matching_id_malformed = true;
     })},
    {kAuthenticate, "MatchingID of an installed profile", "8.2.6/3.8",
     authenticate([](Asking& asking) {
       const auto result =
           asking.phone.install(asking.phone.bound(asking.order.matching_id.text()));
       must(asking.site.es9->handle_notification(asking.site.tenant(), "test", result));
       asking.ask();
     })},
    {kAuthenticate, "MatchingID of a cancelled order", "8.2.6/3.8",
     authenticate([](Asking& asking) {
       must(cancel_order(asking.site.tenant(), {"test", "end", asking.order.order_id}, true));
     })},
    {kAuthenticate, "not released", "8.2/1.2",
     authenticate_order([](OrderRequest& order) { order.release = false; })},
    {kAuthenticate, "expired", "8.8.5/4.10",
     authenticate_order([](OrderRequest& order) { order.preset = OrderPreset{.expired = true}; })},
    {kAuthenticate, "expired meanwhile", "8.8.5/4.10",
     [] {
       Asking asking({.order_lifetime_ms = 60'000});
       asking.site.clock.advance(std::chrono::milliseconds(60'001));
       return asking.send();
     }},
    {kAuthenticate, "attempts used up", "8.8.5/6.4", authenticate_order([](OrderRequest& order) {
       order.preset = OrderPreset{.attempts_used_up = true};
     })},
    {kAuthenticate, "one attempt too many", "8.8.5/6.4",
     [] {
       Asking asking({.attempts_max = 1});
       REQUIRE_FALSE(asking.send());
       asking.ask();
       return asking.send();
     }},
    {kAuthenticate, "a service the card lacks", "8.2.5/4.3", authenticate([](Asking& asking) {
       asking.ok().euicc_info2.uicc_capability = {0x00, 0x00};
     })},
    {kAuthenticate, "a package format the card lacks", "8.2.5/4.3",
     authenticate([](Asking& asking) {
       asking.ok().euicc_info2.profile_version = {1, 0, 0};
     })},
    {kAuthenticate, "a policy rule the card forbids", "8.2.5/4.3", forbidden_rule},
    {kAuthenticate, "too little memory", "8.1/4.8",
     authenticate([](Asking& asking) { asking.ok().euicc_info2.free_nvm_bytes = 100; })},

    {kGetPackage, "transaction nobody began", "8.10.1/3.9",
     fetch([](Fetching& fetching) { fetching.request.transaction_id = kOther; })},
    {kGetPackage, "another transaction was signed", "8.10.1/3.9",
     fetch([](Fetching& fetching) { fetching.ok().transaction_id = kOther; })},
    {kGetPackage, "not authenticated yet", "8.10.1/3.9", fetch([](Fetching& fetching) {
       fetching.request.transaction_id = fetching.phone.initiated().transaction_id;
     })},
    {kGetPackage, "fetched before", "8.10.1/3.9",
     fetch([](Fetching& fetching) { REQUIRE_FALSE(fetching.send()); })},
    {kGetPackage, "card's signature", "8.1/6.1",
     fetch([](Fetching& fetching) { fetching.ok().signature2[0] ^= 1; })},
    {kGetPackage, "one-time key off the curve", "8.1/6.1",
     fetch([](Fetching& fetching) { fetching.ok().euicc_otpk[40] ^= 1; })},
    {kGetPackage, "the card refused to prepare", "8.1/6.1", fetch([](Fetching& fetching) {
       fetching.request.response = sgp22::PrepareDownloadError{fetching.request.transaction_id, 1};
     })},
    {kGetPackage, "no confirmation code", "8.2.7/2.2", fetch_with_code("")},
    {kGetPackage, "wrong confirmation code", "8.2.7/3.8", fetch_with_code("4321")},
    {kGetPackage, "last wrong confirmation code", "8.2.7/6.4",
     fetch_with_code("4321", {.code_attempts_max = 1})},
    {kGetPackage, "right code, no try left", "8.2.7/6.4",
     fetch_with_code("1234", {}, {.code_attempts_used_up = true})},
    {kGetPackage, "order ended meanwhile", "8.2/3.7", fetch(cancel_elsewhere)},
    {kGetPackage, "package went to another card", "8.2/3.7", fetch(deliver_elsewhere)},
    {kGetPackage, "new one-time key where the tenant refuses it", "8.2/3.7", new_key_where_refused},
    {kGetPackage, "expired meanwhile", "8.8.5/4.10",
     [] {
       Fetching fetching({.order_lifetime_ms = 60'000});
       fetching.site.clock.advance(std::chrono::milliseconds(60'001));
       return fetching.send();
     }},

    {kCancel, "transaction nobody began", "8.10.1/3.9",
     cancel([](Site&, Phone&, auto& request) { request.transaction_id = kOther; })},
    {kCancel, "another transaction was signed", "8.10.1/3.9",
     cancel([](Site&, Phone&, auto& request) { ok(request).transaction_id = kOther; })},
    {kCancel, "not authenticated yet", "8.10.1/3.9", cancel([](Site&, Phone& phone, auto& request) {
       request.transaction_id = phone.initiated().transaction_id;
     })},
    {kCancel, "cancelled before", "8.10.1/3.9", cancel([](Site& site, Phone&, auto& request) {
       must(site.es9->cancel_session(site.tenant(), "test", request));
     })},
    {kCancel, "card's signature", "8.1/6.1",
     cancel([](Site&, Phone&, auto& request) { ok(request).signature.front() ^= 1; })},
    {kCancel, "another server's OID", "8.8/3.10",
     cancel([](Site&, Phone&, auto& request) { ok(request).smdp_oid = "2.999.11"; })},
};

const char* name_of(Es9Function function) {
  switch (function) {
    case kInitiate:
      return "InitiateAuthentication";
    case kAuthenticate:
      return "AuthenticateClient";
    case kGetPackage:
      return "GetBoundProfilePackage";
    case kCancel:
      return "CancelSession";
  }
  return "";
}

}  // namespace

TEST_CASE("every ES9+ function answers each check with the pair and the integer of its table",
          "[smdpplus][R102]") {
  std::map<std::pair<Es9Function, std::string>, int> sheet;
  for (const Entry& entry : kSheet) sheet[{entry.function, entry.pair}] = entry.asn1;
  for (const Row& row : kRows) {
    CAPTURE(name_of(row.function), row.check);
    const std::optional<Failure> failure = row.call();
    REQUIRE(failure.has_value());
    CHECK(say(*failure) == row.pair);
    const auto* refused = std::get_if<rsp::RspError>(&*failure);
    REQUIRE(refused != nullptr);
    CHECK_FALSE(refused->message.empty());
    const auto known = sheet.find({row.function, row.pair});
    REQUIRE(known != sheet.end());  // no pair that the standard does not give to this function
    CHECK(sgp22::asn1_error(row.function, *refused) == known->second);
  }
}

TEST_CASE("no pair of the ES9+ tables is without a row", "[smdpplus]") {
  std::set<std::pair<Es9Function, std::string>> shown;
  for (const Row& row : kRows) shown.insert({row.function, row.pair});
  for (const Entry& entry : kSheet) {
    CAPTURE(name_of(entry.function), entry.pair);
    CHECK(shown.contains({entry.function, entry.pair}));
  }
  CHECK(shown.size() == std::size(kSheet));
}

TEST_CASE("a pair that the ASN.1 binding has no value for is the undefined error", "[smdpplus]") {
  for (const auto function : {kInitiate, kAuthenticate, kGetPackage, kCancel}) {
    CAPTURE(name_of(function));
    CHECK(sgp22::asn1_error(function, {"8.8", "4.2", "anything else"}) == 127);
  }
}

}  // namespace berth::smdpplus::testing
