#include "kernel/rsp/sgp22/fields.h"

#include <catch2/catch.hpp>

namespace berth::rsp::sgp22 {
namespace {

Bytes hex(std::string_view text) { return *from_hex(text); }

template <class T>
std::string reason_of(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return std::string(result.error().reason());
}

TEST_CASE("a choice's tag may be written once or twice, not three times", "[rsp][sgp22]") {
  const Bytes once = hex("BF3804A0028001");
  const Bytes twice = hex("BF3807BF3804A0028001");
  CHECK(reason_of(read_choice(once, 0xBF39)) == "der.unexpected");
  CHECK(to_bytes(*read_choice(hex("BF3805A003800105"), 0xBF38)) == hex("A003800105"));
  CHECK(to_bytes(*read_choice(hex("BF3808BF3805A003800105"), 0xBF38)) == hex("A003800105"));
  // The third is content, which no alternative of these messages is.
  CHECK(to_bytes(*read_choice(hex("BF380ABF3807BF3804A0028000"), 0xBF38)) == hex("BF3804A0028000"));
  CHECK_FALSE(read_choice(twice, 0xBF37).ok());
  CHECK_FALSE(read_choice({}, 0xBF38).ok());
  CHECK_FALSE(read_choice(hex("BF3800"), 0xBF38)->size());
  CHECK_FALSE(read_choice(hex("BF380500"), 0xBF38).ok());
  CHECK_FALSE(read_choice(hex("BF3805A003800105AA"), 0xBF38).ok());
}

TEST_CASE("a choice has one alternative", "[rsp][sgp22]") {
  CHECK(read_alternative(hex("A0028000"))->tag == 0xA0);
  CHECK_FALSE(read_alternative({}).ok());
  CHECK(reason_of(read_alternative(hex("A0028000A100"))) == "der.trailing");
}

TEST_CASE("extensions are skipped, garbage is refused", "[rsp][sgp22]") {
  const Bytes sound = hex("810100A20382010A");
  der::Reader good(sound);
  CHECK(skip_extensions(good).ok());
  CHECK(good.at_end());
  const Bytes garbage = hex("8101008205");
  der::Reader bad(garbage);
  CHECK_FALSE(skip_extensions(bad).ok());
}

TEST_CASE("a transaction id has 1 to 16 octets under its tag", "[rsp][sgp22]") {
  const auto read = [](const Bytes& octets) {
    der::Reader reader(octets);
    return read_transaction_id(reader);
  };
  CHECK(read(hex("8010000102030405060708090A0B0C0D0E0F")).ok());
  CHECK_FALSE(read(hex("8000")).ok());
  CHECK_FALSE(read(hex("8011000102030405060708090A0B0C0D0E0F10")).ok());
  CHECK_FALSE(read(hex("810100")).ok());
  CHECK_FALSE(read({}).ok());
}

TEST_CASE("a signature is r and s, never a DER SEQUENCE", "[rsp][sgp22]") {
  const auto read = [](std::size_t size) {
    const Bytes octets = der::tlv(kSignature, Bytes(size, 0x30));
    der::Reader reader(octets);
    return read_signature(reader);
  };
  CHECK(read(64)->size() == 64);
  for (const std::size_t size : {0U, 63U, 65U, 70U, 72U}) {
    CAPTURE(size);
    CHECK(reason_of(read(size)) == "rsp.signature");
  }
}

TEST_CASE("a certificate is kept whole, as it came", "[rsp][sgp22]") {
  const Bytes octets = hex("3003020105810100");
  der::Reader reader(octets);
  CHECK(*read_certificate(reader) == hex("3003020105"));
  CHECK_FALSE(read_certificate(reader).ok());
}

TEST_CASE("sizes are exact and named", "[rsp][sgp22]") {
  CHECK(exact_octets(Bytes(16), 16, "a challenge").ok());
  const auto cut = exact_octets(Bytes(15), 16, "a challenge");
  CHECK(reason_of(cut) == "rsp.size");
  CHECK(cut.error().message() == "a challenge is 16 octets");
  CHECK(*to_version(hex("020305")) == Version{2, 3, 5});
  CHECK(reason_of(to_version(hex("0203"))) == "rsp.version");
  CHECK(reason_of(to_version(hex("02030500"))) == "rsp.version");
  CHECK(to_fqdn(Bytes(255, 'a'))->size() == 255);
  CHECK(reason_of(to_fqdn(Bytes(256, 'a'))) == "rsp.address");
}

TEST_CASE("a bit string's first octet counts bits that exist", "[rsp][sgp22]") {
  for (const char* good : {"00", "0700", "0080", "077F80"}) {
    CAPTURE(good);
    CHECK(*to_bit_string(hex(good)) == hex(good));
  }
  for (const char* bad : {"", "01", "07", "0800", "FF00"}) {
    CAPTURE(bad);
    CHECK(reason_of(to_bit_string(hex(bad))) == "rsp.bit_string");
  }
  CHECK(to_bit_string(Bytes(32, 0)).ok());
  CHECK_FALSE(to_bit_string(Bytes(33, 0)).ok());
}

TEST_CASE("a list of issuers is bounded and holds octet strings only", "[rsp][sgp22]") {
  CHECK(to_ci_ids({})->empty());
  CHECK(to_ci_ids(hex("04020102040103"))->at(1) == hex("03"));
  CHECK_FALSE(to_ci_ids(hex("0402010202010A")).ok());
  CHECK_FALSE(to_ci_ids(hex("0402")).ok());
  Bytes many;
  for (std::size_t i = 0; i < kMaxCiIds; ++i) append(many, hex("040101"));
  CHECK(to_ci_ids(many)->size() == kMaxCiIds);
  append(many, hex("040101"));
  CHECK(reason_of(to_ci_ids(many)) == "rsp.ci_list");
}

TEST_CASE("an error alternative's code may have either tag", "[rsp][sgp22]") {
  CHECK(read_error_alternative(hex("8001AA02017F"))->error_code == 127);
  CHECK(read_error_alternative(hex("8001AA81017F"))->error_code == 127);
  CHECK(read_error_alternative(hex("8001AA020102830100"))->error_code == 2);
  for (const char* bad :
       {"", "8001AA", "02017F", "8001AA82017F", "8001AA0201FF", "8001AA0200", "8001AA02017F83"}) {
    CAPTURE(bad);
    CHECK_FALSE(read_error_alternative(hex(bad)).ok());
  }
}

}  // namespace
}  // namespace berth::rsp::sgp22
