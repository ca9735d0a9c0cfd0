#include "kernel/base/identifiers.h"

#include <catch2/catch.hpp>
#include <random>

namespace {

using namespace berth;  // NOLINT: the tests name nearly everything in it

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}

Bytes hex(std::string_view text) { return *from_hex(text); }

}  // namespace

TEST_CASE("a tenant id is lower-case letters, digits and inner hyphens", "[base]") {
  for (const char* good : {"a", "0", "mvno-17", "a--b"})
    CHECK(TenantId::parse(good)->text() == good);
  CHECK(TenantId::parse(std::string(63, 'x')));
  for (const std::string& bad :
       {std::string(), std::string("-a"), std::string("a-"), std::string("A"), std::string("a_b"),
        std::string("a/b"), std::string("a b"), std::string("."), std::string("a\0b", 3),
        std::string("\xC3\xA4"), std::string(64, 'x')}) {
    INFO(bad);
    CHECK(reason_of(TenantId::parse(bad)) == "tenant_id.invalid");
  }
}

TEST_CASE("an EID is 32 digits, and its octets are not swapped", "[base]") {
  const auto eid = Eid::parse("89049032123451234512345678901235");
  REQUIRE(eid);
  CHECK(to_hex(eid->octets()) == "89049032123451234512345678901235");
  CHECK(*Eid::from_octets(eid->octets()) == *eid);
  CHECK(eid->masked() == "89049032\u20261235");
}

TEST_CASE("an EID of wrong length or with a letter is refused", "[base]") {
  for (const std::string& bad :
       {std::string(), std::string(31, '1'), std::string(33, '1'), std::string(31, '1') + "A",
        std::string(31, '1') + " ", std::string(31, '1') + std::string(1, '\0')}) {
    CHECK(reason_of(Eid::parse(bad)) == "eid.invalid");
  }
  CHECK(reason_of(Eid::from_octets(Bytes(15, 0x11))) == "eid.invalid");
  CHECK(reason_of(Eid::from_octets(Bytes(17, 0x11))) == "eid.invalid");
  CHECK(reason_of(Eid::from_octets(hex("8904903212345123451234567890123F"))) == "eid.invalid");
  CHECK(reason_of(Eid::from_octets(hex("890490321234512345123456789012A5"))) == "eid.invalid");
}

TEST_CASE("an EID's check digits make it 1 modulo 97", "[base]") {
  CHECK(Eid::parse("89049032123451234512345678901235")->check_digits_ok());
  // Two published test eUICCs whose check digits are wrong; they parse all the same.
  CHECK_FALSE(Eid::parse("89049032123451234512345678901299")->check_digits_ok());
  CHECK_FALSE(Eid::parse("89049033123451234512345678901234")->check_digits_ok());
}

TEST_CASE("any single wrong digit breaks an EID's check digits", "[base]") {
  const std::string good = "89049032123451234512345678901235";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      if (digit == good[at]) continue;
      std::string wrong = good;
      wrong[at] = digit;
      REQUIRE_FALSE(Eid::parse(wrong)->check_digits_ok());
    }
  }
}

TEST_CASE("EIDs order by their digits", "[base]") {
  const auto low = *Eid::parse("89049032123451234512345678901235");
  const auto high = *Eid::parse("89049032123451234512345678901299");
  CHECK(low < high);
  CHECK(low != high);
}

TEST_CASE("an ICCID with and without padding is one value", "[base]") {
  const auto plain = *Iccid::parse("8900012345678901234");
  CHECK(plain == *Iccid::parse("8900012345678901234F"));
  CHECK(plain == *Iccid::parse("8900012345678901234f"));
  CHECK(plain.text() == "8900012345678901234");
  CHECK(plain.masked() == "890001\u20261234");
}

TEST_CASE("an ICCID is swapped in EF.ICCID and natural in a profile header", "[base]") {
  const auto iccid = *Iccid::parse("8900012345678901234F");
  CHECK(to_hex(iccid.swapped_octets()) == "980010325476981032F4");
  CHECK(to_hex(iccid.natural_octets()) == "8900012345678901234F");
  CHECK(*Iccid::from_swapped_octets(hex("980010325476981032F4")) == iccid);
  CHECK(*Iccid::from_natural_octets(hex("8900012345678901234F")) == iccid);
  const auto other = *Iccid::parse("8931440000000000014");
  CHECK(to_hex(other.swapped_octets()) == "981344000000000010F4");
}

TEST_CASE("ICCIDs of 18 and 20 digits keep their length through octets", "[base]") {
  for (const char* digits : {"893144000000000001", "89314400000000000145"}) {
    const auto iccid = *Iccid::parse(digits);
    CHECK(*Iccid::from_swapped_octets(iccid.swapped_octets()) == iccid);
    CHECK(*Iccid::from_natural_octets(iccid.natural_octets()) == iccid);
  }
}

TEST_CASE("what is not an ICCID is refused", "[base]") {
  for (const char* bad : {"", "89314400000000000", "893144000000000001456", "893144000000000001F",
                          "F", "FF", "89314400000000000F45", "8931440000000000O14",
                          "8931440000000000014FF", "-9314400000000000014"}) {
    INFO(bad);
    CHECK(reason_of(Iccid::parse(bad)) == "iccid.invalid");
  }
  for (const char* bad : {"", "98134400000000001F", "981344000000000010F400",
                          "98134400F0000000104F", "981344000000000010FA", "FFFFFFFFFFFFFFFFFFFF"}) {
    INFO(bad);
    CHECK(reason_of(Iccid::from_swapped_octets(hex(bad))) == "iccid.invalid");
  }
}

TEST_CASE("the Luhn digit of an ICCID is checked when asked", "[base]") {
  CHECK(Iccid::parse("8900012345678901230")->luhn_ok());
  CHECK(Iccid::parse("8944501234567890124")->luhn_ok());
  CHECK_FALSE(Iccid::parse("8900012345678901234")->luhn_ok());
  CHECK_FALSE(Iccid::parse("8944501234567890142")->luhn_ok());
}

TEST_CASE("exactly one last digit satisfies Luhn", "[base]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 generator(seed);
  for (int round = 0; round < 200; ++round) {
    std::string digits = "89";
    while (digits.size() < 18) digits += static_cast<char>('0' + generator() % 10);
    int fitting = 0;
    for (char last = '0'; last <= '9'; ++last) fitting += Iccid::parse(digits + last)->luhn_ok();
    REQUIRE(fitting == 1);
  }
}

TEST_CASE("a MatchingID is kept octet for octet, and never shown whole", "[base]") {
  CHECK(MatchingId::parse("04386-AGYFT_a")->text() == "04386-AGYFT_a");
  CHECK(*MatchingId::parse("abc") != *MatchingId::parse("ABC"));
  CHECK(MatchingId::parse("04386-AGYFT")->masked() == "0438\u2026(11)");
  CHECK(MatchingId::parse("A")->masked() == "\u2026(1)");
  CHECK(MatchingId::parse(std::string(255, 'A')));
}

TEST_CASE("a MatchingID that cannot stand in an activation code is refused", "[base]") {
  for (const std::string& bad : {std::string(), std::string("A$B"), std::string("A B"),
                                 std::string("A\n"), std::string("A\0", 2), std::string("\x7F"),
                                 std::string("\xC3\xA4"), std::string(256, 'A')}) {
    CHECK(reason_of(MatchingId::parse(bad)) == "matching_id.invalid");
  }
}

TEST_CASE("a transaction id is compared by octets, whatever the case of its text", "[base]") {
  CHECK(*TransactionId::parse_hex("0a0B") == *TransactionId::from_octets(hex("0A0B")));
  CHECK(TransactionId::parse_hex("0a0b")->hex() == "0A0B");
  CHECK(TransactionId::from_octets(Bytes(16, 1)));
}

TEST_CASE("a transaction id of 0 or more than 16 octets is refused", "[base]") {
  CHECK(reason_of(TransactionId::from_octets({})) == "transaction_id.invalid");
  CHECK(reason_of(TransactionId::from_octets(Bytes(17, 1))) == "transaction_id.invalid");
  CHECK(reason_of(TransactionId::parse_hex("")) == "transaction_id.invalid");
  CHECK(reason_of(TransactionId::parse_hex(std::string(34, '0'))) == "transaction_id.invalid");
  CHECK(reason_of(TransactionId::parse_hex("0A0")) == "hex.invalid");
  CHECK(reason_of(TransactionId::parse_hex("0,0A")) == "hex.invalid");
}

TEST_CASE("a two-digit and a three-digit MNC are different networks", "[base][R51]") {
  const auto three = *MccMnc::parse("310410");
  const auto two = *MccMnc::parse("31041");
  CHECK(three != two);
  CHECK(three.octets() != two.octets());
  CHECK(three.mcc() == "310");
  CHECK(three.mnc() == "410");
  CHECK(two.mnc() == "41");
  CHECK(*MccMnc::parse("310041") != two);
}

TEST_CASE("network codes are coded as in 3GPP TS 24.008", "[base][R51]") {
  CHECK(to_hex(MccMnc::parse("26201")->octets()) == "62F210");
  CHECK(to_hex(MccMnc::parse("00101")->octets()) == "00F110");
  CHECK(to_hex(MccMnc::parse("310410")->octets()) == "130014");
  CHECK(MccMnc::from_octets(hex("62F210"))->text() == "26201");
  CHECK(MccMnc::from_octets(hex("130014"))->text() == "310410");
}

TEST_CASE("every network code survives its octets", "[base][R51]") {
  for (int number = 0; number < 100000; number += 7) {
    std::string five = std::to_string(100000 + number).substr(1);
    for (const std::string& digits : {five, five + "9"}) {
      const auto code = *MccMnc::parse(digits);
      REQUIRE(*MccMnc::from_octets(code.octets()) == code);
    }
  }
}

TEST_CASE("what is not a network code is refused", "[base][R51]") {
  for (const char* bad : {"", "2620", "2620111", "262-01", "26201F", "262 1", "262/01"}) {
    CHECK(reason_of(MccMnc::parse(bad)) == "mcc_mnc.invalid");
  }
  // Too short, too long, wildcards (nibble E), padding anywhere but in the third MNC digit.
  for (const char* bad : {"", "62F2", "62F21000", "62E210", "62F2E0", "F2F210", "6FF210", "62FF10",
                          "62F2F0", "62F21F", "A2F210"}) {
    INFO(bad);
    CHECK(reason_of(MccMnc::from_octets(hex(bad))) == "mcc_mnc.invalid");
  }
}

TEST_CASE("spellings of one host name are one value", "[base]") {
  const auto name = *HostName::parse("smdp.example.com");
  for (const char* spelling : {"SMDP.Example.COM", "smdp.example.com.", "smdp.example.com:443",
                               "SMDP.EXAMPLE.COM.:8443"}) {
    INFO(spelling);
    CHECK(*HostName::parse(spelling) == name);
  }
  CHECK(HostName::parse("localhost"));
  CHECK(HostName::parse("a-b.1c"));
  CHECK(HostName::parse("rsp3-smdp.example.com")->text() == "rsp3-smdp.example.com");
}

TEST_CASE("what is not a host name is refused", "[base]") {
  for (const char* bad : {"",
                          ".",
                          "..",
                          "a..",
                          "a..b",
                          ".a",
                          "-a",
                          "a-",
                          "a-.b",
                          "a.-b",
                          "a.b-",
                          "a_b",
                          "a b",
                          "a$b",
                          "a/b",
                          "a:",
                          "a:x",
                          "a:123456",
                          ":443",
                          "a:1:2",
                          "[::1]",
                          "a:443.",
                          "\xC3\xA4.example",
                          "*.example.com",
                          "https://a"}) {
    INFO(bad);
    CHECK(reason_of(HostName::parse(bad)) == "host_name.invalid");
  }
  CHECK(reason_of(HostName::parse(std::string_view("a\0b", 3))) == "host_name.invalid");
}

TEST_CASE("the limits of a host name are 63 and 255 characters", "[base]") {
  const std::string label(63, 'a');
  CHECK(HostName::parse(label + ".b"));
  CHECK_FALSE(HostName::parse(label + "a.b"));
  const std::string longest = label + "." + label + "." + label + "." + label;  // 255
  CHECK(HostName::parse(longest));
  CHECK(HostName::parse(longest + "."));
  CHECK_FALSE(HostName::parse(longest + ".a"));
}
