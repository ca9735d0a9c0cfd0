#include "kernel/ingress/realm_contexts.h"

#include <catch2/catch.hpp>

#include "tests/kernel/ingress/test_certificates.h"

using namespace berth;
using namespace berth::ingress;
using namespace berth::ingress::test;

namespace {

constexpr const char* kRealmA = "rsp.tenant-a.example";
constexpr const char* kRealmB = "rsp3-b.example";  // a realm may itself begin like an alias

struct Realms {
  TemporaryFolder folder;
  IngressCounters counters;
  std::vector<RealmCertificate> realms{
      {*HostName::parse(kRealmA), make_certificate(folder.path(), "a", kRealmA)},
      {*HostName::parse(kRealmB), make_certificate(folder.path(), "b", kRealmB)}};
};

}  // namespace

TEST_CASE("a name stands for one realm however it is spelled", "[ingress][R46]") {
  Realms realms;
  const auto contexts = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE(contexts.ok());
  const auto realm_of = [&](std::string_view name) {
    return (*contexts)->realm_of(name).value_or("");
  };
  for (const char* name : {kRealmA, "RSP.Tenant-A.Example", "rsp.tenant-a.example.",
                           "rsp.tenant-a.example:443", "rsp3-rsp.tenant-a.example"}) {
    CAPTURE(name);
    CHECK(realm_of(name) == kRealmA);
  }
  CHECK(realm_of(kRealmB) == kRealmB);
  CHECK(realm_of("rsp3-rsp3-b.example") == kRealmB);
}

TEST_CASE("what is no realm of ours stands for none", "[ingress][R46]") {
  Realms realms;
  const auto contexts = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE(contexts.ok());
  for (const std::string& name :
       {std::string(), std::string("."), std::string("tenant-a.example"),
        std::string("x.rsp.tenant-a.example"), std::string("rsp.tenant-a.example.evil.example"),
        std::string("b.example"), std::string("rsp3-"),
        std::string("rsp3-rsp3-rsp.tenant-a.example"), std::string("*.tenant-a.example"),
        std::string("rsp.tenant-a.example\0", 21), std::string("127.0.0.1"),
        std::string(300, 'a')}) {
    CAPTURE(name);
    CHECK_FALSE((*contexts)->realm_of(name).has_value());
  }
}

TEST_CASE("a realm given twice is refused at load", "[ingress]") {
  Realms realms;
  realms.realms.push_back(realms.realms.front());
  const auto contexts = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE_FALSE(contexts.ok());
  CHECK(contexts.error().reason() == "ingress.certificate");
  CHECK(contexts.error().message().find(kRealmA) != std::string::npos);
}

TEST_CASE("the entrance holds no certificate: no default tenant", "[ingress][R46]") {
  Realms realms;
  const auto contexts = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE(contexts.ok());
  CHECK(SSL_CTX_get0_certificate((*contexts)->entrance()->sslContext()) == nullptr);
}

TEST_CASE("a descriptor without a handshake has no facts", "[ingress]") {
  Realms realms;
  const auto contexts = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE(contexts.ok());
  CHECK_FALSE((*contexts)->facts(7).has_value());
  (*contexts)->forget(7);
  CHECK_FALSE((*contexts)->facts(7).has_value());
}

TEST_CASE("a realm's former names stand for the realm", "[ingress][R46]") {
  Realms realms;
  realms.realms[0].former_realms = {*HostName::parse("old.example")};
  const auto contexts = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE(contexts.ok());
  for (const char* name : {"old.example", "OLD.example.", "rsp3-old.example"}) {
    CAPTURE(name);
    CHECK((*contexts)->realm_of(name) == std::string(kRealmA));
  }
  realms.realms[1].former_realms = {*HostName::parse("old.example")};
  const auto twice = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE_FALSE(twice.ok());
  CHECK(twice.error().message().find("old.example") != std::string::npos);
}

TEST_CASE("a door takes up a name that the certificate names, and keeps one given up",
          "[ingress][R46]") {
  Realms realms;
  realms.realms[0].owner = "tenant-a";
  realms.realms[0].former_realms = {*HostName::parse("old.example")};  // warned of, served
  const auto contexts = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE(contexts.ok());
  const auto realm_of = [&](const char* name) { return (*contexts)->realm_of(name).value_or(""); };
  const HostName added = *HostName::parse("new.tenant-a.example");
  realms.realms[0].former_realms.push_back(added);
  const auto refused = (*contexts)->prepare(realms.realms);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().reason() == "ingress.certificate");
  for (const char* said : {kRealmA, "a.pem", "new.tenant-a.example"}) {
    CHECK(refused.error().message().find(said) != std::string::npos);
  }
  CHECK(refused.error().message().find("old.example") == std::string::npos);
  CHECK(realm_of("new.tenant-a.example").empty());

  realms.realms[0].identity = make_certificate(realms.folder.path(), "wide", "*.tenant-a.example");
  auto wide = (*contexts)->prepare(realms.realms);
  REQUIRE(wide.ok());
  CHECK(realm_of("new.tenant-a.example").empty());
  (*wide)();
  CHECK(realm_of("new.tenant-a.example") == kRealmA);
  // The new name becomes the realm itself; the one before is nobody's.
  realms.realms[0].realm = added;
  realms.realms[0].former_realms = {};
  auto moved = (*contexts)->prepare(realms.realms);
  REQUIRE(moved.ok());
  (*moved)();
  CHECK(realm_of(kRealmA) == "new.tenant-a.example");
  CHECK(realm_of("old.example") == "new.tenant-a.example");
  // Until somebody else gets it, who needs a certificate for it.
  realms.realms[1].former_realms = {*HostName::parse(kRealmA)};
  CHECK_FALSE((*contexts)->prepare(realms.realms).ok());
  realms.realms[1].identity = realms.realms[0].identity;
  realms.realms[1].realm = *HostName::parse("b.tenant-a.example");
  auto given = (*contexts)->prepare(realms.realms);
  REQUIRE(given.ok());
  (*given)();
  CHECK(realm_of(kRealmA) == "b.tenant-a.example");
}

TEST_CASE("an alternative that does not name its realm is refused", "[ingress]") {
  Realms realms;
  realms.realms[0].alternatives = {
      make_certificate(realms.folder.path(), "other", "other.example", "brainpoolP256r1")};
  const auto contexts = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE_FALSE(contexts.ok());
  CHECK(contexts.error().reason() == "ingress.certificate");
  CHECK(contexts.error().message().find("other.pem") != std::string::npos);
}

TEST_CASE("a door without required server name has one realm", "[ingress]") {
  Realms realms;
  const TlsOptions options{.server_name_required = false};
  CHECK_FALSE(RealmContexts::load(realms.realms, realms.counters, options).ok());
  realms.realms.pop_back();
  CHECK(RealmContexts::load(realms.realms, realms.counters, options).ok());
}

TEST_CASE("the chain is chosen by trusted CA, then by curve and kind of key, then by order",
          "[ingress][R22:part]") {
  const Bytes nist(20, 1);
  const Bytes brainpool(20, 2);
  const std::vector<RealmChain> chains{
      {nullptr, 23, {nist}}, {nullptr, 26, {brainpool}}, {nullptr, 0, {Bytes(20, 3)}}};
  const auto chosen = [&chains](const tls::ClientHello& hello) {
    return &choose_chain(chains, hello) - chains.data();
  };
  using Numbers = std::vector<std::uint16_t>;
  CHECK(chosen({}) == 0);
  CHECK(chosen({.groups = Numbers{29, 26, 23}}) == 0);
  CHECK(chosen({.groups = Numbers{26, 31}}) == 1);
  CHECK(chosen({.groups = Numbers{29}}) == 2);  // RSA has no curve
  CHECK(chosen({.signature_schemes = Numbers{0x0804}}) == 2);
  CHECK(chosen({.signature_schemes = Numbers{0x0401}}) == 2);
  CHECK(chosen({.signature_schemes = Numbers{0x0401, 0x0403}}) == 0);
  CHECK(chosen({.groups = Numbers{31}, .signature_schemes = Numbers{0x0807}}) == 0);  // none fits
  CHECK(chosen({.trusted_key_ids = {brainpool}}) == 1);
  CHECK(chosen({.trusted_key_ids = {Bytes(20, 9), brainpool, nist}}) == 0);
  CHECK(chosen({.groups = Numbers{26}, .trusted_key_ids = {brainpool, nist}}) == 1);
  CHECK(chosen({.groups = Numbers{23}, .trusted_key_ids = {brainpool}}) == 1);
  CHECK(chosen({.groups = Numbers{26}, .trusted_key_ids = {Bytes(20, 9)}}) == 1);
}
