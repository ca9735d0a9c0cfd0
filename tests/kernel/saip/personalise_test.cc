#include "kernel/saip/personalise.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "kernel/base/digest.h"
#include "tests/kernel/saip/package_support.h"
#include "tools/sample-profile/identity.h"
#include "tools/sample-profile/sample_profile.h"
#include "tools/sample-profile/seeded_random.h"

namespace {

using namespace berth;              // NOLINT: the tests name nearly everything in it
using namespace berth::saip;        // NOLINT
using namespace berth::saip::test;  // NOLINT
using Catch::Contains;

SecretBytes secret(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }
SecretBytes key(std::string_view text) { return SecretBytes::take(hex(text)); }

constexpr std::string_view kK = "000102030405060708090A0B0C0D0E0F";
constexpr std::string_view kOpc = "101112131415161718191A1B1C1D1E1F";

Personalisation identities() {
  Personalisation values{.iccid = *Iccid::parse("8931440000000000014")};
  values.imsi = "001010123456789";
  return values;
}
Personalisation all_values() {
  Personalisation values = identities();
  values.pin1 = secret("1234");
  values.puk1 = secret("12345678");
  values.adm1 = secret("11223344");
  values.k = key(kK);
  values.opc = key(kOpc);
  return values;
}

Bytes sample(const std::string& seed = "personalise") {
  sample_profile::SeededRandom random(seed);
  return *sample_profile::build({.iccid = sample_profile::numbered_iccid(7),
                                 .imsi = sample_profile::numbered_imsi(7),
                                 .mnc_digits = 2,
                                 .name = "Emea Mobile",
                                 .gid1_hex = "0A"},
                                random);
}

// A USIM with all that is personalised, and room to replace one file.
std::string usim_files(const std::string& imsi = "A30B8309080910101032546306",
                       const std::string& acc = "B20483020001",
                       const std::string& ad = "B506830400000002") {
  return "810667810F010204" + imsi + acc + ad;
}
std::vector<Bytes> small_elements() {
  auto elements = good_elements();
  elements[4] = element(0xB3, 4, usim_files());
  return elements;
}
Bytes small_with_usim(const std::string& files) {
  auto elements = good_elements();
  elements[4] = element(0xB3, 4, files);
  return join(elements);
}

// Spans of `personalised` that differ, as "offset:octets".
std::vector<std::string> differences(ByteView before, ByteView after) {
  REQUIRE(before.size() == after.size());
  std::vector<std::string> all;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    std::size_t end = i;
    while (end < before.size() && before[end] != after[end]) ++end;
    all.push_back(std::to_string(i) + ":" + to_hex(after.subspan(i, end - i)));
    i = end;
  }
  return all;
}

bool contains(ByteView all, ByteView part) {
  return as_text(all).find(as_text(part)) != std::string_view::npos;
}

std::string refused(const Result<Bytes>& result, std::string_view slug) {
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code() == ErrorCode::kInvalidArgument);
  CHECK(result.error().reason() == slug);
  return result.error().message();
}

}  // namespace

TEST_CASE("every value lands in its places of the sample package and nowhere else", "[saip]") {
  const Bytes before = sample();
  const auto after = personalise(before, all_values());
  INFO((after ? "" : after.error().message()));
  REQUIRE(after);
  CHECK(after->size() == before.size());
  const auto package = validate(*after);
  REQUIRE(package);
  CHECK(package->iccid.text() == "8931440000000000014");
  CHECK(package->ef_iccid == package->iccid);
  CHECK(package->imsi == "001010123456789");
  for (const char* octets :
       {"830A8931440000000000014F", "830A981344000000000010F4", "8309080910101032547698",
        "83020200", "800101810831323334FFFFFFFF", "80010181083132333435363738",
        "80010A81083131323233333434", "8210000102030405060708090A0B0C0D0E0F",
        "8310101112131415161718191A1B1C1D1E1F"}) {
    CAPTURE(octets);
    CHECK(contains(*after, hex(octets)));
  }
  // Putting the old values back gives the old package: nothing else was touched.
  const auto again = personalise(*after, all_values());
  REQUIRE(again);
  CHECK(*again == *after);
}

TEST_CASE("what is not given stays as the template has it", "[saip]") {
  const Bytes before = join(small_elements());
  const auto after = personalise(before, identities());
  REQUIRE(after);
  // Header, EF.ICCID, EF.IMSI and EF.ACC alone.
  Bytes expected = before;
  const auto replace = [&](std::string_view from, std::string_view to) {
    const auto at = as_text(expected).find(as_text(hex(from)));
    REQUIRE(at != std::string_view::npos);
    const Bytes octets = hex(to);
    std::copy(octets.begin(), octets.end(), expected.begin() + static_cast<std::ptrdiff_t>(at));
  };
  replace("830A8944501234567890124F", "830A8931440000000000014F");
  replace("830A984405214365870921F4", "830A981344000000000010F4");
  replace("8309080910101032546306", "8309080910101032547698");
  replace("83020001", "83020200");
  CHECK(*after == expected);
}

TEST_CASE("the length of the MNC goes to its octet of EF.AD alone", "[saip]") {
  Personalisation values = identities();
  values.mnc_digits = 3;
  const auto of = [&](const std::string& ad) {
    return personalise(
        small_with_usim(usim_files("A30B8309080910101032546306", "B20483020001", ad)), values);
  };
  CHECK(contains(*of("B506830481000002"), hex("B506830481000003")));
  // In pieces, and with more behind.
  CHECK(contains(*of("B50B8301808201028303"
                     "02AABB"),
                 hex("B50B8301808201028303"
                     "03AABB")));
  for (const char* ad : {"", "B5058303000000", "B502A100", "B50B830200008201028302AABB"}) {
    CAPTURE(ad);
    CHECK_THAT(refused(of(ad), "saip.personalise_place"),
               Contains("usim at offset") && Contains("EF.AD"));
  }
}

TEST_CASE("a file written in pieces is written over in its pieces", "[saip]") {
  auto elements = small_elements();
  elements[1] = element(0xB0, 1,
                        "810667810F010201A411830598440521438201008305658709"
                        "21F4");
  const auto after = personalise(join(elements), identities());
  REQUIRE(after);
  CHECK(contains(*after, hex("A41183059813440000820100830500000010F4")));
}

TEST_CASE("a file that the template leaves to the card is written whole, lengths and all",
          "[saip]") {
  auto elements = small_elements();
  elements[1] = element(0xB0, 1, "810667810F010201A406A10483022FE2");
  // So much between that the element's length takes another octet.
  const Bytes filler = rsp::der::tlv(0xA4, rsp::der::tlv(0x83, Bytes(90, 0x11)));
  elements[4] = element(0xB3, 4, "810667810F010204A300" + to_hex(filler) + "B206A10480020002");
  const Bytes before = join(elements);
  REQUIRE(validate(before));
  const auto after = personalise(before, identities());
  INFO((after ? "" : after.error().message()));
  REQUIRE(after);
  CHECK(after->size() == before.size() + 12 + 11 + 4 + 1);
  CHECK(contains(*after, hex("A412A10483022FE2830A981344000000000010F4")));
  CHECK(contains(*after, hex("A30B8309080910101032547698")));
  CHECK(contains(*after, hex("B20AA1048002000283020200")));
  CHECK(validate(*after)->imsi == "001010123456789");
}

TEST_CASE("a template without a place for a value is refused where it would have to be",
          "[saip][R112]") {
  const std::string imsi = "A30B8309080910101032546306";
  const auto of_usim = [](const std::string& files) {
    return refused(personalise(small_with_usim(files), identities()), "saip.personalise_place");
  };
  CHECK_THAT(of_usim(usim_files("")), Contains("usim at offset") && Contains("EF.IMSI"));
  CHECK_THAT(of_usim(usim_files(imsi, "")), Contains("usim at offset") && Contains("EF.ACC"));
  CHECK_THAT(of_usim(usim_files(imsi, "B2028000")), Contains("EF.ACC"));
  CHECK_THAT(of_usim(usim_files("A306A10480020008")), Contains("another size"));
  CHECK_THAT(of_usim(usim_files("A306A10480020109")), Contains("another size"));

  auto elements = small_elements();
  elements[1] = element(0xB0, 1, "810667810F010201");
  CHECK_THAT(refused(personalise(join(elements), identities()), "saip.personalise_place"),
             Contains("mf at offset") && Contains("EF.ICCID"));

  Personalisation values = identities();
  values.adm1 = secret("11223344");
  CHECK_THAT(refused(personalise(join(small_elements()), values), "saip.personalise_place"),
             Contains("end at offset") && Contains("ADM1"));
  elements = small_elements();
  elements.erase(elements.begin() + 2, elements.begin() + 4);
  values = identities();
  values.pin1 = secret("1234");
  CHECK_THAT(refused(personalise(join(elements), values), "saip.personalise_place"),
             Contains("PIN1"));
  values = identities();
  values.puk1 = secret("12345678");
  CHECK_THAT(refused(personalise(join(elements), values), "saip.personalise_place"),
             Contains("PUK1"));
}

TEST_CASE("keys go to every algorithm but not to parameters that are shared", "[saip]") {
  auto elements = small_elements();
  elements[0] = header("800102810103830A8944501234567890124F", "8100");
  elements[5] = element(0xA4, 5, "A10DA00B8001018106A00000008710");
  Personalisation values = identities();
  values.k = key(kK);
  CHECK_THAT(refused(personalise(join(elements), values), "saip.personalise_place"),
             Contains("akaParameter"));
  elements = small_elements();
  elements.insert(elements.begin() + 6, element(0xA4, 9, kMilenage));
  values.opc = key("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF");
  const auto after = personalise(join(elements), values);
  REQUIRE(after);
  const std::string text(as_text(*after));
  const std::string opc(as_text(values.opc.view()));
  const auto first = text.find(opc);
  REQUIRE(first != std::string::npos);
  CHECK(text.find(opc, first + 1) != std::string::npos);
}

TEST_CASE("a key of another algorithm's size is refused at its field and not shown",
          "[saip][R112]") {
  Personalisation values = identities();
  values.k = key(std::string(kK) + std::string(kK));
  auto text = refused(personalise(join(small_elements()), values), "saip.personalise_key");
  CHECK_THAT(text, Contains("akaParameter at offset") && Contains("K is 32 octets") &&
                       !Contains("0001020"));
  values.k = SecretBytes();
  values.opc = key(std::string(kOpc) + std::string(kOpc));
  text = refused(personalise(join(small_elements()), values), "saip.personalise_key");
  CHECK_THAT(text, Contains("OPc is 32 octets"));

  auto elements = small_elements();
  elements[0] = header("800102810103830A8944501234567890124F", "81008500");
  const std::string opc32 = std::string(kOpc) + std::string(kOpc);
  elements[5] = element(0xA4, 5, "A13CA13A8001028101018210" + std::string(kK) + "8320" + opc32);
  REQUIRE(validate(join(elements)));
  values.opc = key(opc32);
  CHECK(personalise(join(elements), values));
  values.opc = SecretBytes();
  values.k = key(kK);
  values.op = key(kOpc);
  CHECK_THAT(refused(personalise(join(elements), values), "saip.personalise_key"),
             Contains("TUAK"));
}

TEST_CASE("OP gives the OPc of the subscriber's key", "[saip]") {
  Personalisation values = identities();
  values.k = key("465B5CE8B199B49FAA5F0A2EE238A6BC");
  values.op = key("CDC202D5123E20F62B6D676AC72CB318");
  const auto after = personalise(join(small_elements()), values);
  REQUIRE(after);
  CHECK(contains(*after, hex("8310CD63CB71954A9F4E48A5994E37A02BAF")));
}

TEST_CASE("an application with another subscriber keeps its IMSI and keys", "[saip]") {
  auto elements = small_elements();
  const Bytes other = element(0xB3, 20, usim_files("A30B8309082905880000000010", "B20483020040"));
  const Bytes others_keys = element(0xA4, 21,
                                    "A12CA12A8001018101018210EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE8310"
                                    "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD");
  const Bytes same = element(0xB3, 22, usim_files());
  const Bytes same_keys = element(0xA4, 23, kMilenage);
  elements.insert(elements.begin() + 6, {other, others_keys, same, same_keys});
  Personalisation values = identities();
  values.k = key("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF");
  const Bytes before = join(elements);
  const auto after = personalise(before, values);
  INFO((after ? "" : after.error().message()));
  REQUIRE(after);
  CHECK(contains(*after, other));
  CHECK(contains(*after, others_keys));
  CHECK(contains(*after, hex("A30B8309080910101032547698")));
  CHECK_FALSE(contains(*after, hex("080910101032546306")));
  CHECK_FALSE(contains(*after, hex("8210000102030405060708090A0B0C0D0E0F")));
}

TEST_CASE("a template that is no package, or values of a wrong form, give no package",
          "[saip][R112]") {
  refused(personalise(Bytes(), identities()), "saip.malformed");
  Personalisation values = identities();
  values.imsi = "1";
  refused(personalise(join(small_elements()), values), "saip.personalise_value");
}

TEST_CASE("random values read back from the sample package, and nothing else moved", "[saip]") {
  const auto seed = GENERATE(3U, 20260512U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto digits = [&](std::size_t count) {
    std::string text;
    while (text.size() < count) text += static_cast<char>('0' + random() % 10);
    return text;
  };
  const auto octets = [&](std::size_t count) {
    SecretBytes some(count);
    for (auto& octet : some.mutable_view()) octet = static_cast<std::uint8_t>(random());
    return some;
  };
  const Bytes before = sample();
  const auto base = personalise(before, all_values());
  REQUIRE(base);
  for (int round = 0; round < 500; ++round) {
    Personalisation values{.iccid = *sample_profile::complete_iccid("89" + digits(16))};
    values.imsi = digits(6 + random() % 10);
    values.mnc_digits = static_cast<std::uint8_t>(2 + random() % 2);
    values.pin1 = secret(digits(4 + random() % 5));
    values.puk1 = secret(digits(8));
    values.adm1 = octets(8);
    values.k = octets(16);
    values.opc = octets(16);
    const auto after = personalise(before, values);
    REQUIRE(after);
    const auto package = validate(*after);
    REQUIRE(package);
    REQUIRE(package->iccid == values.iccid);
    REQUIRE(package->ef_iccid == values.iccid);
    REQUIRE(package->imsi == values.imsi);
    for (const SecretBytes* one :
         {&values.pin1, &values.puk1, &values.adm1, &values.k, &values.opc}) {
      REQUIRE(contains(*after, one->view()));
    }
    // Fixed values over them: what differs after that was changed outside of the places.
    Personalisation fixed = all_values();
    fixed.mnc_digits = 2;
    const auto back = personalise(*after, fixed);
    REQUIRE(back);
    REQUIRE(*back == *base);
  }
}

TEST_CASE("the published template and values give the published package", "[saip]") {
  const char* data = std::getenv("BERTH_TEST_DATA");
  if (data == nullptr) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, so there are no outside profile packages");
    return;
  }
  const auto file = std::filesystem::path(data) / "upp" / "TS48v5_SAIP2.3_NoBERTLV.der";
  std::ifstream stream(file, std::ios::binary);
  const Bytes before{std::istreambuf_iterator<char>(stream), {}};
  REQUIRE(to_hex(sha256(before)) ==
          "B5AB23E3912ECE61FF8497E5B0DDBCEEAD43C06C323BDBC59716E9608BDEA733");
  const auto after = personalise(before, all_values());
  INFO((after ? "" : after.error().message()));
  REQUIRE(after);
  CHECK(to_hex(sha256(*after)) ==
        "E4AE55F45A65651CA119465F7B58D2D241D178E0D094C5B53E2E3E61A8B9018B");
  CHECK(differences(before, *after).size() >= 9);
}

TEST_CASE("every published test profile can be personalised without changing its size", "[saip]") {
  const char* data = std::getenv("BERTH_TEST_DATA");
  if (data == nullptr) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, so there are no outside profile packages");
    return;
  }
  int count = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(data) / "upp")) {
    CAPTURE(file.path().filename().string());
    std::ifstream stream(file.path(), std::ios::binary);
    const Bytes before{std::istreambuf_iterator<char>(stream), {}};
    Personalisation values = all_values();
    values.mnc_digits = 2;
    const auto after = personalise(before, values);
    INFO((after ? "" : after.error().message()));
    REQUIRE(after);
    CHECK(after->size() == before.size());
    CHECK(validate(*after)->imsi == values.imsi);
    ++count;
  }
  CHECK(count == 36);
}
