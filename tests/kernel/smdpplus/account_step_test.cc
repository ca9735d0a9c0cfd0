#include "kernel/smdpplus/account_step.h"

#include "kernel/smdpplus/profile_types.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using lifecycle::ProfileInput;
using lifecycle::ProfileState;

// A profile of a type with this reuse policy, in some state on its card.
struct Scene {
  explicit Scene(const std::string& reuse, int downloads_max = 5) {
    must(define_profile_type(site.tenant(), R"({"name": "again", "serviceProviderName": "Alpha",
        "profileName": "Sample", "reuse": ")" + reuse +
                                                R"(", "downloadsMax": )" +
                                                std::to_string(downloads_max) + "}"));
    ProfileImport import = site.sample_import("again");
    import.service_provider_name.clear();
    import.profile_name.clear();
    import.owner.reset();
    profile =
        *must(site.ledger().profile(must(import_profile(site.tenant(), "test", import)).iccid));
    profile->eid = Eid::parse(kAlphaEid).value();
  }
  AccountStep step(ProfileState state, bool quarantined) {
    profile->state = state;
    profile->quarantined = quarantined;
    return {*profile};
  }
  // "Available", and " quarantined" when it is.
  std::string settled(AccountStep step, const PackageAccount& account) {
    must(settle(site.tenant(), account, step));
    last = step;
    return std::string(lifecycle::to_string(step.profile.state)) +
           (step.profile.quarantined ? " quarantined" : "");
  }

  Site site;
  std::optional<ledger::ProfileRecord> profile;
  std::optional<AccountStep> last;
};

constexpr PackageAccount kUnknown{};
constexpr PackageAccount kThere{.complete = true};
constexpr PackageAccount kAbsent{.absent = true, .complete = true};
constexpr PackageAccount kDeleted{
    .absent = true, .complete = true, .absent_by_deletion = true, .ended = true, .silent = 2};

}  // namespace

TEST_CASE("nothing happens to a profile while its packages are unaccounted for",
          "[smdpplus][R106:part]") {
  Scene scene("anyEid");
  CHECK(scene.settled(scene.step(ProfileState::kDownloaded, true), kUnknown) ==
        "Downloaded quarantined");
  CHECK(scene.settled(scene.step(ProfileState::kError, true), kThere) == "Error quarantined");
  CHECK(scene.settled(scene.step(ProfileState::kInstalled, true), kUnknown) ==
        "Installed quarantined");
}

TEST_CASE("quarantine ends where everything is accounted for", "[smdpplus][R106:part]") {
  Scene scene("anyEid");
  CHECK(scene.settled(scene.step(ProfileState::kDownloaded, true), kAbsent) == "Downloaded");
  CHECK(scene.settled(scene.step(ProfileState::kReleased, true), kAbsent) == "Released");
  CHECK(scene.settled(scene.step(ProfileState::kError, true), kAbsent) == "Error");
  CHECK(scene.settled(scene.step(ProfileState::kInstalled, true), kThere) == "Installed");
  CHECK_FALSE(scene.last->ended_by_deletion);
}

TEST_CASE("a deletion ends a life as the type allows", "[smdpplus]") {
  SECTION("for any card") {
    Scene scene("anyEid");
    CHECK(scene.settled(scene.step(ProfileState::kInstalled, false), kDeleted) == "Available");
    CHECK_FALSE(scene.last->profile.eid.has_value());
    CHECK(scene.last->profile.installations == 2);
    CHECK(scene.last->ended_by_deletion);
  }
  SECTION("for the same card") {
    Scene scene("sameEid");
    CHECK(scene.settled(scene.step(ProfileState::kDownloaded, true), kDeleted) == "Available");
    CHECK(scene.last->profile.eid == Eid::parse(kAlphaEid).value());
    CHECK(scene.last->ends_order);
    CHECK(scene.last->drops_binding);
  }
  SECTION("for nobody, or as often as it says") {
    Scene never("never");
    CHECK(never.settled(never.step(ProfileState::kError, true), kDeleted) == "Unavailable");
    Scene twice("anyEid", 2);
    CHECK(twice.settled(twice.step(ProfileState::kError, true), kDeleted) == "Unavailable");
  }
  SECTION("and not of one that is free of quarantine already") {
    Scene scene("anyEid");
    CHECK(scene.settled(scene.step(ProfileState::kError, false), kDeleted) == "Error");
    CHECK(scene.settled(scene.step(ProfileState::kReleased, false), kDeleted) == "Released");
  }
}

TEST_CASE("an order armed over a package that is deleted by now goes on, if there is a life left",
          "[smdpplus][R106:part]") {
  Scene scene("anyEid");
  CHECK(scene.settled(scene.step(ProfileState::kReleased, true), kDeleted) == "Released");
  CHECK(scene.last->profile.installations == 2);
  CHECK_FALSE(scene.last->ends_order);
  Scene never("never");
  CHECK(never.settled(never.step(ProfileState::kReleased, true), kDeleted) ==
        "Released quarantined");
}

TEST_CASE("a word that changes nothing still moves the guard", "[smdpplus]") {
  Scene scene("anyEid");
  const AccountStep step = scene.step(ProfileState::kDownloaded, true);
  ledger::Unit unit;
  add_step(*scene.profile, std::nullopt, step, unit);
  REQUIRE(unit.changes.size() == 1);
  const auto& update = std::get<ledger::UpdateProfile>(unit.changes[0]);
  CHECK(update.next.revision == scene.profile->revision + 1);
  CHECK(update.from_revision == scene.profile->revision);
}

TEST_CASE("words change a profile only while a package of it may be on its card", "[smdpplus]") {
  ledger::ProfileRecord profile{.iccid = *Iccid::parse("8900000000000000007")};
  std::set<std::string> states;
  for (const ProfileState state : lifecycle::kAllProfileStates) {
    profile.state = state;
    if (awaits_words(profile)) states.insert(std::string(lifecycle::to_string(state)));
  }
  CHECK(states == std::set<std::string>{"Released", "Downloaded", "Installed", "Error"});
  AccountStep step{profile};
  step.profile.state = ProfileState::kUnavailable;
  CHECK_FALSE(step.take(ProfileInput::kInstalled));
  CHECK(step.profile.state == ProfileState::kUnavailable);
}

}  // namespace berth::smdpplus::testing
