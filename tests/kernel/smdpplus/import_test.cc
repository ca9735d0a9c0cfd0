#include <algorithm>

#include "kernel/rsp/bsp/bound_package.h"
#include "kernel/smdpplus/profile_types.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

constexpr const char* kNothing = "events: -; usage: -; audit: -";
constexpr const char* kImported =
    "events: profileImported; usage: profile.stored; audit: profile.imported";

const plugins::Op kOp{"test", "", std::chrono::nanoseconds::max()};

std::string send(Site& site, const ProfileImport& import) {
  return say(import_profile(site.tenant(), "test", import));
}

}  // namespace

TEST_CASE("an import is stored sealed and becomes one commit", "[smdpplus][R112][R128:part]") {
  Site site;
  const ProfileImport import = site.sample_import("gold");
  // When the ledger is asked, the object is there already.
  site.ledger().on_commit = [&](const ledger::Unit& unit) -> std::optional<ledger::Outcome> {
    const auto& profile = std::get<ledger::InsertProfile>(unit.changes.at(0)).profile;
    CHECK(site.alpha.store.objects.contains(profile.package.object_name));
    return std::nullopt;
  };
  const Mark before = site.mark();
  const ImportedProfile imported = must(import_profile(site.tenant(), "test", import));
  CHECK(site.told(before) == kImported);
  CHECK(imported.saip_version == "2.3");
  CHECK(imported.elements.size() > 5);
  CHECK(site.state(imported.iccid) == "Available");
  const auto row = must(site.ledger().profile(imported.iccid));
  CHECK(row->profile_type == "gold");
  CHECK(row->owner_mcc_mnc->text() == "00101");
  CHECK(row->package.size_bytes == import.package.size());
  CHECK(row->package.sha256 == sha256(import.package));
  CHECK(row->package.object_name.starts_with("alpha/packages/"));

  CHECK(row->saip_version == "2.3");
  CHECK(row->services.starts_with("usim"));
  REQUIRE(site.alpha.store.objects.size() == 2);
  const ByteView middle = ByteView(import.package).subspan(import.package.size() / 2, 16);
  for (const auto& [name, stored] : site.alpha.store.objects) {
    CHECK(std::search(stored.begin(), stored.end(), middle.begin(), middle.end()) == stored.end());
  }
}

TEST_CASE("a package is encrypted once, under keys of its own that are sealed", "[smdpplus]") {
  Site site;
  const ProfileImport import = site.sample_import();
  const Iccid iccid = must(import_profile(site.tenant(), "test", import)).iccid;
  const auto row = must(site.ledger().profile(iccid));
  const ledger::ProtectedPackage& stored = row->protected_package;
  CHECK(stored.object_name == row->package.object_name + "-ppk");
  const auto segments = must(site.alpha.vault->get(kOp, stored.object_name, 1 << 20));
  CHECK(sha256(segments.view()) == stored.sha256);
  auto keys = must(rsp::bsp::SessionKeys::from_key_data(
      must(site.alpha.vault->unseal("ppk/" + row->package.object_name, stored.sealed_keys))));
  CHECK(equal(must(rsp::bsp::protect_elements(keys, import.package)), segments.view()));
  CHECK_FALSE(site.alpha.vault->unseal("ppk/another", stored.sealed_keys).ok());

  const auto other = must(site.ledger().profile(site.stock()));
  const auto other_keys = must(site.alpha.vault->unseal("ppk/" + other->package.object_name,
                                                        other->protected_package.sealed_keys));
  CHECK_FALSE(equal(other_keys.view(), keys.key_data()));
}

TEST_CASE("with session keys no protected form is stored", "[smdpplus]") {
  SiteOptions options;
  options.configure = [](tenancy::TenantConfiguration& configuration) {
    configuration.protection_keys = tenancy::ProtectionKeys::kSession;
  };
  Site site(options);
  const Iccid iccid = site.stock();
  CHECK(site.alpha.store.objects.size() == 1);
  CHECK(must(site.ledger().profile(iccid))->protected_package.object_name.empty());
}

TEST_CASE("names and owner come from the type; given ones must agree", "[smdpplus]") {
  Site site;
  must(define_profile_type(site.tenant(), R"({"name":"gold","serviceProviderName":"Alpha",)"
                                          R"("profileName":"Gold","owner":{"mccMnc":"00101"}})"));
  ProfileImport import = site.sample_import("gold");
  import.profile_name = "Gold";
  constexpr const char* kConflict = "invalid_argument profile_type.conflict";
  SECTION("the same again") { CHECK(send(site, import) == "ok"); }
  SECTION("nothing") {
    import.service_provider_name.clear();
    import.profile_name.clear();
    import.owner.reset();
    const Iccid iccid = must(import_profile(site.tenant(), "test", import)).iccid;
    const auto row = must(site.ledger().profile(iccid));
    CHECK(row->service_provider_name == "Alpha");
    CHECK(row->profile_name == "Gold");
    CHECK(row->owner_mcc_mnc->text() == "00101");
  }
  SECTION("another provider") {
    import.service_provider_name = "Beta";
    CHECK(send(site, import) == kConflict);
  }
  SECTION("another name") {
    import.profile_name = "Silver";
    CHECK(send(site, import) == kConflict);
  }
  SECTION("another owner") {
    import.owner->gid1_hex = "0A";
    CHECK(send(site, import) == kConflict);
  }
}

TEST_CASE("a GID that is in no file of the package is refused as cards would", "[smdpplus]") {
  Site site;
  ProfileImport import = site.sample_import();
  import.owner->gid1_hex = "0A";
  CHECK(send(site, import) == "invalid_argument profile.owner_mismatch");
  CHECK(site.alpha.store.objects.empty());
}

TEST_CASE("what cannot be a profile of this tenant is refused before anything is stored",
          "[smdpplus][R112][R47]") {
  Site site;
  ProfileImport import = site.sample_import();
  std::string expected;
  SECTION("no package") {
    import.package.clear();
    CHECK(send(site, import) != "ok");
  }
  SECTION("a package cut short") {
    import.package.resize(import.package.size() - 1);
    CHECK(send(site, import).starts_with("invalid_argument "));
  }
  SECTION("no type") {
    import.profile_type.clear();
    CHECK(send(site, import) == "invalid_argument profile.type_invalid");
  }
  SECTION("a type too long") {
    import.profile_type = std::string(65, 'x');
    CHECK(send(site, import) == "invalid_argument profile.type_invalid");
  }
  SECTION("a name longer than metadata allow") {
    import.service_provider_name = std::string(33, 'x');
    CHECK(send(site, import) == "invalid_argument metadata.invalid");
  }
  SECTION("another tenant's operator") {
    import.owner->mcc_mnc = *MccMnc::parse("00102");
    CHECK(send(site, import) == "permission_denied profile.foreign_operator");
  }
  SECTION("an owner the IMSI does not belong to") {
    // bravo owns 00102, but the SIM in the package is 00101's.
    import.owner->mcc_mnc = *MccMnc::parse("00102");
    CHECK(say(import_profile(*site.bravo.context, "test", import)) ==
          "invalid_argument profile.owner_mismatch");
  }
  CHECK(site.told({}) == kNothing);
  CHECK(site.alpha.store.objects.empty());
  CHECK(site.bravo.store.objects.empty());
}

TEST_CASE("an ICCID is in stock once", "[smdpplus]") {
  Site site;
  const ProfileImport import = site.sample_import();
  CHECK(send(site, import) == "ok");
  const Mark before = site.mark();
  CHECK(send(site, import) == "already_exists profile.exists");
  CHECK(site.told(before) == kNothing);
  CHECK(site.alpha.store.objects.size() == 2);
}

TEST_CASE("the loser of a race for an ICCID takes its object away", "[smdpplus]") {
  Site site;
  const ProfileImport import = site.sample_import();
  bool first = true;
  site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (std::exchange(first, false)) CHECK(send(site, import) == "ok");
    return std::nullopt;
  };
  CHECK(send(site, import) == "already_exists profile.exists");
  CHECK(site.told({}) == kImported);
  REQUIRE(site.alpha.store.objects.size() == 2);
  const auto row =
      must(site.ledger().profiles("", 10)).front();  // refers to the objects that stayed
  CHECK(site.alpha.store.objects.contains(row.package.object_name));
  CHECK(site.alpha.store.objects.contains(row.protected_package.object_name));
}

TEST_CASE("a package is left in the store only while its commit may have happened",
          "[smdpplus][R142:part]") {
  Site site;
  const ProfileImport import = site.sample_import();
  SECTION("the queue was full") {
    site.ledger().on_commit = [](const ledger::Unit&) {
      return ledger::Refused{ledger::RefusalReason::kOverloaded};
    };
    CHECK(send(site, import) == "unavailable ledger.overloaded");
    CHECK(site.alpha.store.objects.empty());
  }
  SECTION("unknown") {
    site.ledger().on_commit = [](const ledger::Unit&) { return ledger::Unknown{"lost"}; };
    site.ledger().on_resolve = [](const std::string&) { return ledger::Unknown{"lost"}; };
    CHECK(send(site, import) == "unavailable ledger.outcome_unknown");
    CHECK(site.alpha.store.objects.size() == 2);
  }
}

TEST_CASE("both forms of a package are in the store before the ledger is asked to refer to them",
          "[smdpplus][R142:part]") {
  Site site;
  int asked = 0;
  site.ledger().on_commit = [&](const ledger::Unit& unit) -> std::optional<ledger::Outcome> {
    for (const auto& change : unit.changes) {
      const auto& row = std::get<ledger::InsertProfile>(change).profile;
      CHECK(site.alpha.vault->get(kOp, row.package.object_name, 1 << 20).ok());
      CHECK(site.alpha.vault->get(kOp, row.protected_package.object_name, 1 << 20).ok());
      ++asked;
    }
    return std::nullopt;
  };
  CHECK(send(site, site.sample_import()) == "ok");
  CHECK(asked == 1);
}

TEST_CASE("a store that fails leaves no profile behind", "[smdpplus]") {
  Site site;
  site.alpha.store.next_failure = Error(ErrorCode::kUnavailable, "storage.gone", "test");
  CHECK(send(site, site.sample_import()) == "unavailable storage.gone");
  CHECK(site.told({}) == kNothing);
}

TEST_CASE("an import beyond the tenant's part of the store is refused before anything is stored",
          "[smdpplus][R123]") {
  SiteOptions options;
  options.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.limits.set(tenancy::Limit::kObjects, 4);
  };
  Site site(options);
  const ProfileImport first = site.sample_import();
  CHECK(send(site, first) == "ok");
  // What fails gives its part back.
  CHECK(send(site, first).find("profile.exists") != std::string::npos);
  site.ledger().on_commit = [](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    return ledger::Refused{};
  };
  CHECK(send(site, site.sample_import()) != "ok");
  site.ledger().on_commit = nullptr;
  CHECK(send(site, site.sample_import()) == "ok");
  const Mark before = site.mark();
  const std::size_t objects = site.alpha.store.objects.size();
  CHECK(objects == 4);
  CHECK(send(site, site.sample_import()).find("limits.storage") != std::string::npos);
  CHECK(site.told(before) == kNothing);
  CHECK(site.alpha.store.objects.size() == objects);
}

}  // namespace berth::smdpplus::testing
