// Key agreement as SGP.22 Annex G uses it, against published values.

#include "tests/plugins/hsm/softkeys/softkeys_fixture.h"

namespace {

using namespace berth::softkeys_test;

// One-time keys 11..11 (SM-DP+) and 22..22 (eUICC); shared info is key type, key length, host id
// and EID; the derived octets are initial MCV, S-ENC and S-MAC (SGP.22 2.6.4.1, BSI
// TR-03111 4.3.3).
struct Vector {
  std::uint32_t curve;
  const char* smdp_point;
  const char* euicc_point;
  const char* key_data;
};
constexpr Vector kVectors[] = {{BERTH_CURVE_P256,
                                "040217E617F0B6443928278F96999E69A23A4F2C152BDF6D6CDF66E5B80282D4ED"
                                "194A7DEBCB97712D2DDA3CA85AA8765A56F45FC758599652F2897C65306E5794",
                                "04D65A93977CAA3D1B081852FF57A79E465F1660577304BAEAD505DD3A48589CF3"
                                "50185E895372DF6221EA3A137557E473FDDB6755F05BD507C3C533FCE9C91285",
                                "49DCF00013381BAFC6C0A6C04E311F2ECE097A3C1F03B339FC5132F741A8DBAAFA"
                                "F989B9F3309EF20037E42152B36A39"},
                               {BERTH_CURVE_BRAINPOOL_P256R1,
                                "040117A18051447117D2D529054EF0136E8FF6BD2602F2F8ABA5AB3D74E72AAA70"
                                "60BC4EFA21F12BF007EE36DAE9720975E2F54CDA9CEB403A241FA977124B1AA2",
                                "046674461D273A4EE6D2CEDEDA425696DDFDD8CBBE0E36CE9244EC611FE027B531"
                                "2E6D0798F28B235C9BDBC96AE40E4C5695F1F07F2489CACEA981EC0E83BB9DE5",
                                "798D78A08D024FD0661031E30FEA60A500395226BC7387EBAF082155727F096558"
                                "2739B4594741E9EF542C3FAD162C18"}};
constexpr const char* kSharedInfo = "881005534D4450311089049032123451234512345678901235";

const Octets kSmdpScalar(32, 0x11);
const Octets kEuiccScalar(32, 0x22);

}  // namespace

TEST_CASE("agreement on both curves yields the published session keys from both sides",
          "[softkeys][R22]") {
  Place place;
  Softkeys hsm(place);
  for (const Vector& vector : kVectors) {
    CAPTURE(vector.curve);
    std::string suffix = std::to_string(vector.curve);
    REQUIRE(hsm.import("smdp-" + suffix, spec_of(vector.curve, BERTH_KEY_AGREE, "smdp-" + suffix),
                       kSmdpScalar)
                .ok());
    REQUIRE(hsm.import("euicc-" + suffix, spec_of(vector.curve, BERTH_KEY_AGREE, "euicc-" + suffix),
                       kEuiccScalar)
                .ok());
    Key smdp = hsm.key();
    Key euicc = hsm.key();
    REQUIRE(hsm.open("smdp-" + suffix, smdp).ok());
    REQUIRE(hsm.open("euicc-" + suffix, euicc).ok());
    CHECK(hsm.point(smdp) == from_hex(vector.smdp_point));
    CHECK(hsm.point(euicc) == from_hex(vector.euicc_point));
    Octets derived(48);
    REQUIRE(hsm.agree(smdp, from_hex(vector.euicc_point), from_hex(kSharedInfo), derived).ok());
    CHECK(derived == from_hex(vector.key_data));
    derived.assign(48, 0);
    REQUIRE(hsm.agree(euicc, from_hex(vector.smdp_point), from_hex(kSharedInfo), derived).ok());
    CHECK(derived == from_hex(vector.key_data));
  }
}

TEST_CASE("one-time keys never reach the disk", "[softkeys][R22]") {
  Place place;
  Softkeys hsm(place);
  Key key = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_AGREE), key).ok());
  for (const auto& entry : std::filesystem::directory_iterator(place.keys())) {
    CHECK(entry.path().filename() == ".master");
  }
}
