#include "kernel/smdpplus/standing_claim.h"

#include "kernel/smdpplus/profile_types.h"
#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {
namespace {

// The EID that keeps its claim to a profile of a type with this reuse policy; empty: nobody.
std::string claim(Site& site, const char* reuse, std::uint32_t installations) {
  const std::string type = std::string("type-") + reuse;
  must(define_profile_type(site.tenant(),
                           R"({"name":")" + type +
                               R"(","serviceProviderName":"Alpha",)"
                               R"("profileName":"Sample","owner":{"mccMnc":"00101"},"reuse":")" +
                               reuse + R"("})"));
  ledger::ProfileRecord profile = *must(site.ledger().profile(site.stock(type)));
  profile.eid = *Eid::parse(kAlphaEid);
  profile.installations = installations;
  const auto kept = must(standing_claim(site.tenant(), profile));
  return kept ? std::string(kept->text()) : std::string();
}

}  // namespace

TEST_CASE("only a card the profile was deleted from keeps a claim, when the type says so",
          "[smdpplus][R106:part]") {
  Site site;
  CHECK(claim(site, "sameEid", 1) == kAlphaEid);
  CHECK(claim(site, "sameEid", 0).empty());  // it was never there
  CHECK(claim(site, "anyEid", 1).empty());
  CHECK(claim(site, "never", 1).empty());
}

TEST_CASE("a type without a record gives no claim", "[smdpplus]") {
  Site site;
  ledger::ProfileRecord profile = *must(site.ledger().profile(site.stock("bare")));
  profile.eid = *Eid::parse(kAlphaEid);
  profile.installations = 1;
  CHECK(must(standing_claim(site.tenant(), profile)) == std::nullopt);
}

}  // namespace berth::smdpplus::testing
