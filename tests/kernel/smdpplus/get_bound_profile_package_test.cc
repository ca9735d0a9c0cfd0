#include "kernel/rsp/der/der.h"
#include "kernel/smdpplus/commit.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using rsp::sgp22::GetBoundProfilePackageRequest;
using rsp::sgp22::PrepareDownloadOk;

const TransactionId kNoTransaction = *TransactionId::from_octets(Bytes(16));
constexpr const char* kBound = "events: profileBound; usage: download.bound; audit: download.bound";
constexpr const char* kRefused = "events: -; usage: -; audit: download.refused";
constexpr const char* kNothing = "events: -; usage: -; audit: -";

PrepareDownloadOk& ok(GetBoundProfilePackageRequest& request) {
  return std::get<PrepareDownloadOk>(request.response);
}

// The parts of BF36: BF23, A0, A1, A2 (random protection keys), A3, whole.
std::map<rsp::der::Tag, Bytes> parts_of(ByteView bound_package) {
  std::map<rsp::der::Tag, Bytes> parts;
  rsp::der::Reader reader(must(rsp::der::parse_single(bound_package, 0xBF36)).value);
  while (!reader.at_end()) {
    const auto part = must(reader.next());
    parts[part.tag] = to_bytes(part.whole);
  }
  return parts;
}

// An authenticated session and the card's request for the package.
struct Scene {
  explicit Scene(const SiteOptions& options = {}, const std::string& code = "",
                 const std::string& entered = "")
      : site(options),
        phone(site),
        order(site.order([&](OrderRequest& wish) { wish.confirmation_code = code; })) {
    authenticated = phone.authenticated(order.matching_id.text());
    request = phone.prepare(*authenticated, entered);
    before = site.mark();
  }
  auto call() { return site.es9->get_bound_profile_package(site.tenant(), "test", request); }
  std::string send() { return say(call()); }

  Site site;
  Phone phone;
  OrderAnswer order;
  std::optional<rsp::sgp22::AuthenticateClientResponse> authenticated;
  GetBoundProfilePackageRequest request{kNoTransaction,
                                        rsp::sgp22::PrepareDownloadError{kNoTransaction, 0}};
  Mark before;
};

}  // namespace

TEST_CASE("the package is bound in one commit and the card installs it",
          "[smdpplus][R71:part][R79]") {
  const Curve curve = GENERATE(Curve::kP256, Curve::kBrainpoolP256r1);
  Scene scene({.curve = curve});
  const auto answer = must(scene.call());
  CHECK(scene.site.told(scene.before) == kBound);
  CHECK(scene.site.state(scene.order.iccid) == "Downloaded");
  CHECK(scene.site.order_row(scene.order.order_id).eid->text() == kAlphaEid);
  const auto attempt = must(scene.site.ledger().attempt(answer.transaction_id));
  REQUIRE(attempt.has_value());
  CHECK(attempt->state == ledger::AttemptState::kDelivered);
  CHECK(attempt->number == 1);
  CHECK(attempt->euicc_certificate == scene.phone.issued.certificate);
  CHECK(attempt->smdp_oid == "2.999.10");
  const auto binding = must(scene.site.ledger().binding(scene.order.iccid));
  REQUIRE(binding.has_value());
  CHECK(binding->metadata == scene.authenticated->profile_metadata);

  const auto result = scene.phone.install(answer);
  const auto& installed = std::get<rsp::sgp22::ProfileInstallationResult>(result.notification);
  CHECK(std::holds_alternative<rsp::sgp22::ProfileInstallationResult::Success>(installed.result));
  REQUIRE(scene.phone.card->state().profiles.size() == 1);
  CHECK(scene.phone.card->state().profiles.front().iccid == scene.order.iccid);
}

TEST_CASE("each thing wrong with the card's request has its pair and changes nothing",
          "[smdpplus]") {
  const struct {
    const char* pair;
    void (*make)(Scene&);
  } kFaults[] = {
      {"8.1/6.1", [](Scene& scene) { ok(scene.request).signature2[0] ^= 1; }},
      {"8.10.1/3.9",
       [](Scene& scene) {
         ok(scene.request).transaction_id = *TransactionId::from_octets(Bytes(16, 9));
       }},
      {"8.2.7/2.2", [](Scene& scene) { ok(scene.request).hash_cc.reset(); }},
      {"8.1/6.1", [](Scene& scene) { ok(scene.request).euicc_otpk[40] ^= 1; }},
  };
  for (const auto& fault : kFaults) {
    Scene scene({}, "1234", "1234");
    fault.make(scene);
    INFO(fault.pair);
    CHECK(scene.send() == fault.pair);
    CHECK(scene.site.told(scene.before) == kRefused);
    CHECK(scene.site.state(scene.order.iccid) == "Released");
  }
  for (std::size_t first = 0; first < std::size(kFaults); ++first) {
    for (std::size_t second = first + 1; second < std::size(kFaults); ++second) {
      Scene scene({}, "1234", "1234");
      kFaults[second].make(scene);
      kFaults[first].make(scene);
      INFO(first << " before " << second);
      CHECK(scene.send() == kFaults[first].pair);
    }
  }
}

TEST_CASE("a package is asked for in its turn, once, by its own tenant", "[smdpplus][R6:part]") {
  Scene scene;
  CHECK(say(scene.site.es9->get_bound_profile_package(*scene.site.bravo.context, "test",
                                                      scene.request)) == "8.10.1/3.9");
  GetBoundProfilePackageRequest early = scene.request;
  early.transaction_id = scene.phone.initiated().transaction_id;
  CHECK(say(scene.site.es9->get_bound_profile_package(scene.site.tenant(), "test", early)) ==
        "8.10.1/3.9");
  CHECK(scene.send() == "ok");
  CHECK(scene.send() == "8.10.1/3.9");
}

TEST_CASE("a card that refused to prepare ends the session", "[smdpplus]") {
  Scene scene;
  scene.request.response = rsp::sgp22::PrepareDownloadError{scene.request.transaction_id, 1};
  CHECK(scene.send() == "8.1/6.1");
  CHECK(scene.send() == "8.10.1/3.9");
  CHECK(scene.site.told(scene.before) == kNothing);
}

TEST_CASE("a wrong confirmation code is counted, and the last one ends the order",
          "[smdpplus][R102]") {
  Scene scene({.code_attempts_max = 2}, "1234", "4321");
  CHECK(scene.send() == "8.2.7/3.8");
  CHECK(scene.site.told(scene.before) ==
        "events: -; usage: -; audit: order.code_refused download.refused");
  CHECK(scene.site.order_row(scene.order.order_id).code_attempts_used == 1);
  SECTION("the right code in the same session goes on") {
    scene.request = scene.phone.prepare(*scene.authenticated, "1234");
    CHECK(scene.send() == "ok");
    CHECK(scene.site.state(scene.order.iccid) == "Downloaded");
  }
  SECTION("the next wrong one ends order and session") {
    scene.request = scene.phone.prepare(*scene.authenticated, "1111");
    const Mark before = scene.site.mark();
    CHECK(scene.send() == "8.2.7/6.4");
    CHECK(scene.site.told(before) ==
          "events: profileDownloadResult; usage: download.code_attempts_exceeded; audit: "
          "order.code_attempts_exceeded download.refused");
    CHECK(scene.site.events({before.event, 0}).front().body.find("RSP-4301") != std::string::npos);
    CHECK(scene.site.state(scene.order.iccid) == "Error");
    CHECK_FALSE(scene.site.order_row(scene.order.order_id).open);
    CHECK(scene.send() == "8.10.1/3.9");
  }
}

TEST_CASE("a missing confirmation code is not counted and the session goes on",
          "[smdpplus][R102]") {
  Scene scene({}, "1234", "");
  CHECK(scene.send() == "8.2.7/2.2");
  CHECK(scene.site.order_row(scene.order.order_id).code_attempts_used == 0);
  scene.request = scene.phone.prepare(*scene.authenticated, "1234");
  CHECK(scene.send() == "ok");
}

TEST_CASE("a wrong code that lost a race is still counted before it is answered",
          "[smdpplus][R102]") {
  Scene scene({}, "1234", "4321");
  int races = 2;
  scene.site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (races-- <= 0) return std::nullopt;
    return ledger::Refused{ledger::RefusalReason::kGuard};
  };
  CHECK(scene.send() == "8.2.7/3.8");
  CHECK(scene.site.order_row(scene.order.order_id).code_attempts_used == 1);
}

TEST_CASE("an order that expires between the two calls is refused", "[smdpplus]") {
  Scene scene({.order_lifetime_ms = 60'000});
  scene.site.clock.advance(std::chrono::milliseconds(60'001));
  const bool swept = GENERATE(false, true);
  if (swept) {
    scene.site.es9->housekeeping(scene.site.tenant(), false);
    scene.before = scene.site.mark();
  }
  CHECK(scene.send() == "8.8.5/4.10");
  CHECK(scene.site.told(scene.before) == kRefused);
}

TEST_CASE("an order that ended meanwhile yields no package", "[smdpplus]") {
  Scene scene;
  Phone second(scene.site);
  // The same card in a second session is told first and cancels.
  const auto other = second.authenticated(scene.order.matching_id.text());
  must(scene.site.es9->cancel_session(scene.site.tenant(), "test",
                                      second.cancel(other.transaction_id, 0)));
  CHECK(scene.send() == "8.2/3.7");
}

TEST_CASE("a package once delivered to a card goes to no other", "[smdpplus][R106:part]") {
  Scene scene;
  Phone second(scene.site, kOtherAlphaEid);
  const auto other = second.authenticated(scene.order.matching_id.text());
  CHECK(scene.send() == "ok");
  CHECK(say(scene.site.es9->get_bound_profile_package(scene.site.tenant(), "test",
                                                      second.prepare(other))) == "8.2/3.7");
}

TEST_CASE("a retry with the same one-time key gets the same octets, a new key a new binding",
          "[smdpplus][R109]") {
  const bool same_key = GENERATE(true, false);
  const auto keys = GENERATE(tenancy::ProtectionKeys::kRandom, tenancy::ProtectionKeys::kSession);
  const bool encrypted_once = keys == tenancy::ProtectionKeys::kRandom;
  SiteOptions options;
  options.configure = [keys](tenancy::TenantConfiguration& tenant) {
    tenant.protection_keys = keys;
  };
  Scene scene(options);
  const auto first = must(scene.call());
  // A card that lost its session but not its key, or one that lost both.
  std::optional<Phone> fresh;
  if (!same_key) fresh.emplace(scene.site);
  Phone& phone = same_key ? scene.phone : *fresh;
  const auto authenticated = phone.authenticated(scene.order.matching_id.text());
  CHECK(authenticated.profile_metadata == scene.authenticated->profile_metadata);
  scene.before = scene.site.mark();
  const int agreements = scene.site.hsm.agreements;
  const auto second = must(scene.site.es9->get_bound_profile_package(scene.site.tenant(), "test",
                                                                     phone.prepare(authenticated)));
  CHECK(scene.site.told(scene.before) == kBound);
  CHECK(scene.site.hsm.agreements == agreements + (same_key ? 0 : 1));

  const auto before = parts_of(first.bound_profile_package);
  const auto after = parts_of(second.bound_profile_package);
  CHECK(before.at(0xBF23) != after.at(0xBF23));  // signed for its own transaction
  CHECK((before.at(0xA0) == after.at(0xA0)) == same_key);
  CHECK((before.at(0xA1) == after.at(0xA1)) == same_key);
  // Encrypted once, the package is the same for every binding and only its keys are handed anew.
  CHECK(before.contains(0xA2) == encrypted_once);
  if (encrypted_once) CHECK((before.at(0xA2) == after.at(0xA2)) == same_key);
  CHECK((before.at(0xA3) == after.at(0xA3)) == (same_key || encrypted_once));
  const auto usage = must(scene.site.ledger().usage(scene.before.event, 10));
  CHECK(usage.front().attributes_json.find(same_key ? "true" : "false") != std::string::npos);
  phone.install(second);
  CHECK(phone.card->state().profiles.size() == 1);
  CHECK(must(scene.site.ledger().attempt(second.transaction_id))->number == 2);
}

TEST_CASE("a tenant may refuse to bind anew for another one-time key", "[smdpplus][R109]") {
  SiteOptions options;
  options.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.rebind_with_new_key = false;
  };
  Scene scene(options);
  must(scene.call());
  Phone fresh(scene.site);
  const auto authenticated = fresh.authenticated(scene.order.matching_id.text());
  CHECK(say(scene.site.es9->get_bound_profile_package(scene.site.tenant(), "test",
                                                      fresh.prepare(authenticated))) == "8.2/3.7");
  // The card that kept its key is served.
  const auto again = scene.phone.authenticated(scene.order.matching_id.text());
  CHECK(say(scene.site.es9->get_bound_profile_package(scene.site.tenant(), "test",
                                                      scene.phone.prepare(again))) == "ok");
}

TEST_CASE("binding is decided anew when its ground moved, at most four times", "[smdpplus]") {
  Scene scene;
  int refusals = GENERATE(1, kMaxDecisions);
  const bool gives_up = refusals == kMaxDecisions;
  scene.site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (refusals-- <= 0) return std::nullopt;
    return ledger::Refused{ledger::RefusalReason::kGuard};
  };
  const auto answer = scene.call();
  CHECK(say(answer) == (gives_up ? "aborted ledger.contention" : "ok"));
  CHECK(scene.site.told(scene.before) == (gives_up ? kNothing : kBound));
  if (answer) scene.phone.install(*answer);
}

TEST_CASE("HSM, store and package failures are 503 and commit nothing", "[smdpplus]") {
  Scene scene;
  const Error gone(ErrorCode::kUnavailable, "test.gone", "test");
  SECTION("one-time key") {
    scene.site.hsm.failures.emplace("generate", gone);
    CHECK(scene.send() == "unavailable test.gone");
  }
  SECTION("key agreement") {
    scene.site.hsm.failures.emplace("agree", gone);
    CHECK(scene.send() == "unavailable test.gone");
  }
  SECTION("signature") {
    scene.site.hsm.failures.emplace("sign", gone);
    CHECK(scene.send() == "unavailable test.gone");
  }
  SECTION("store") {
    scene.site.alpha.store.next_failure = gone;
    CHECK(scene.send() == "unavailable test.gone");
  }
  SECTION("a package that is not there") {
    scene.site.alpha.store.objects.clear();
    CHECK(scene.send() == "not_found storage.not_found");
  }
  SECTION("a package that was changed") {
    // What is delivered is the package under its protection keys.
    scene.site.alpha.store.objects.rbegin()->second.back() ^= 1;
    CHECK(scene.send() == "data_loss vault.tampered");
  }
  SECTION("another package under its name") {
    const auto op = plugins::Op{"test", "", std::chrono::nanoseconds::max()};
    const std::string name = scene.site.alpha.store.objects.rbegin()->first;
    REQUIRE(scene.site.alpha.vault->put(op, name, Bytes(100)).ok());
    CHECK(scene.send() == "data_loss package.checksum");
  }
  CHECK(scene.site.told(scene.before) == kNothing);
  CHECK(scene.site.state(scene.order.iccid) == "Released");
}

TEST_CASE("session keys lie sealed in the ledger", "[smdpplus][R128:part]") {
  Scene scene;
  must(scene.call());
  const auto binding = must(scene.site.ledger().binding(scene.order.iccid));
  const std::string purpose = "binding/" + scene.order.iccid.text() + "/" + scene.order.order_id;
  const auto opened = scene.site.alpha.vault->unseal(purpose, binding->sealed_session_keys);
  REQUIRE(opened.ok());
  CHECK(opened->size() == 48);
  CHECK_FALSE(scene.site.alpha.vault->unseal(purpose + "x", binding->sealed_session_keys).ok());
  CHECK_FALSE(scene.site.bravo.vault->unseal(purpose, binding->sealed_session_keys).ok());
}

}  // namespace berth::smdpplus::testing
