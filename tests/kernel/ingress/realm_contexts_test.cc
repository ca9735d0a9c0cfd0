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
    const std::string* realm = (*contexts)->realm_of(name);
    return realm == nullptr ? std::string() : *realm;
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
    CHECK((*contexts)->realm_of(name) == nullptr);
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

TEST_CASE("a descriptor without a handshake has no name", "[ingress]") {
  Realms realms;
  const auto contexts = RealmContexts::load(realms.realms, realms.counters);
  REQUIRE(contexts.ok());
  CHECK((*contexts)->server_name(7).empty());
  (*contexts)->forget(7);
  CHECK((*contexts)->server_name(7).empty());
}
