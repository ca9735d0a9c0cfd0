#include <catch2/catch.hpp>

#include "tests/kernel/rsp/pki/certificate_parts.h"

namespace berth::rsp::pki {
namespace {

using test::hex;

struct Read {
  bool ok = false;
  CertificateFields fields;
};

Read read(std::string_view oid, std::string_view contents_hex, bool critical = false) {
  Read result;
  const Bytes contents = hex(contents_hex);
  result.ok = read_extension(result.fields, oid, critical, contents).ok();
  return result;
}

// The published EUM's constraint.
constexpr std::string_view kConstraint =
    "3032A030302EA42C302A31153013060355040A0C0C52535020546573742045554D3111300F060355040513083839"
    "303439303332";

}  // namespace

TEST_CASE("key identifiers", "[rsp][pki]") {
  CHECK(read("2.5.29.14", "04020102").fields.subject_key_id == hex("0102"));
  CHECK_FALSE(read("2.5.29.14", "0400").ok);
  CHECK_FALSE(read("2.5.29.14", "0402010200").ok);
  CHECK(read("2.5.29.35", "300480020102").fields.authority_key_id == hex("0102"));
  CHECK(read("2.5.29.35", "3000").ok);
  CHECK_FALSE(read("2.5.29.35", "3000").fields.authority_key_id.has_value());
  CHECK(read("2.5.29.35", "300B80020102A100820301E240").ok);
  CHECK_FALSE(read("2.5.29.35", "30028000").ok);
  CHECK_FALSE(read("2.5.29.35", "30088002010280020304").ok);
}

TEST_CASE("key usage bits", "[rsp][pki]") {
  CHECK(read("2.5.29.15", "03020780").fields.digital_signature);
  CHECK_FALSE(read("2.5.29.15", "03020780").fields.cert_sign);
  CHECK(read("2.5.29.15", "03020106").fields.cert_sign);
  CHECK_FALSE(read("2.5.29.15", "03020308").fields.digital_signature);
  CHECK(read("2.5.29.15", "0303070080").ok);  // decipherOnly has a second octet
  for (const std::string_view bad : {"030100", "0300", "03020880", "03020781", "04020780"}) {
    INFO(bad);
    CHECK_FALSE(read("2.5.29.15", bad).ok);
  }
}

TEST_CASE("basic constraints", "[rsp][pki]") {
  const auto eum = read("2.5.29.19", "30060101FF020100", true);
  CHECK(eum.fields.is_ca);
  CHECK(eum.fields.path_length == 0);
  CHECK(eum.fields.basic_constraints_critical);
  CHECK_FALSE(read("2.5.29.19", "3000").fields.is_ca);
  CHECK_FALSE(read("2.5.29.19", "30030101FF").fields.path_length.has_value());
  CHECK(read("2.5.29.19", "300A0101FF02050FFFFFFFFF").fields.path_length == 1000);
  for (const std::string_view bad :
       {"3003020100", "30060101FF0201FF", "3003010101", "30080101FF0201000500", "0500"}) {
    INFO(bad);
    CHECK_FALSE(read("2.5.29.19", bad).ok);
  }
}

TEST_CASE("policies, names and purposes", "[rsp][pki]") {
  CHECK(read("2.5.29.32", "300B3009060767811201020102").fields.policies ==
        std::vector<std::string>{"2.23.146.1.2.1.2"});
  CHECK_FALSE(read("2.5.29.32", "3000").ok);
  const auto names = read("2.5.29.17", "300D8203612E628803883705820163");
  CHECK(names.fields.dns_names == std::vector<std::string>{"a.b", "c"});
  CHECK(names.fields.registered_ids == std::vector<std::string>{"2.999.5"});
  CHECK_FALSE(read("2.5.29.17", "30058203610062").ok);  // a NUL inside a dNSName
  CHECK_FALSE(read("2.5.29.17", "30028200").ok);
  CHECK_FALSE(read("2.5.29.17", "30028900").ok);  // no such kind
  CHECK(read("2.5.29.37", "300A06082B06010505070301").fields.extended_key_usages ==
        std::vector<std::string>{"1.3.6.1.5.5.7.3.1"});
  CHECK_FALSE(read("2.5.29.37", "3000").ok);
}

TEST_CASE("name constraints are read as the GSMA means them, or not at all", "[rsp][pki][R20]") {
  const auto published = read("2.5.29.30", kConstraint, true);
  REQUIRE(published.ok);
  REQUIRE(published.fields.eum_constraints.size() == 1);
  CHECK(published.fields.eum_constraints[0].organization == "RSP Test EUM");
  CHECK(published.fields.eum_constraints[0].eid_prefix == "89049032");
  CHECK(published.fields.name_constraints_understood);

  const auto understood = [](std::string_view contents) {
    const Read result = read("2.5.29.30", contents, true);
    return result.ok && result.fields.name_constraints_understood;
  };
  CHECK_FALSE(understood("3000"));
  CHECK_FALSE(understood("300BA00930078205612E622E63"));  // a dNSName
  // O alone; serialNumber alone; a prefix that is no digits; a country beside them.
  CHECK_FALSE(understood("3015A0133011A40F300D310B3009060355040A0C024142"));
  CHECK_FALSE(understood("3015A0133011A40F300D310B3009060355040513023839"));
  CHECK(understood("3022A020301EA41C301A310B3009060355040A0C024142310B3009060355040513023839"));
  CHECK_FALSE(
      understood("3022A020301EA41C301A310B3009060355040A0C024142310B3009060355040513023841"));
  CHECK_FALSE(understood(
      "302FA02D302BA4293027310B3009060355040A0C024142310B3009060355040513023839310B3009060355040613"
      "024553"));
  // The same with excludedSubtrees behind it, and with a minimum.
  CHECK_FALSE(
      understood("3024A020301EA41C301A310B3009060355040A0C024142310B3009060355040513023839A100"));
  CHECK_FALSE(
      understood("3025A0233021A41C301A310B3009060355040A0C024142310B3009060355040513023839800101"));
}

TEST_CASE("a critical extension nobody reads marks the certificate", "[rsp][pki]") {
  const auto marked = [](std::string_view oid, std::string_view contents) {
    return read(oid, contents, true).fields.unknown_critical_extension;
  };
  CHECK_FALSE(marked("2.5.29.15", "03020780"));
  CHECK_FALSE(marked("2.5.29.19", "3000"));
  CHECK(marked("2.999.1", "0500"));
  CHECK(marked("2.5.29.31", "3000"));         // cRLDistributionPoints
  CHECK(marked("2.5.29.36", "3000"));         // policyConstraints
  CHECK(marked("2.5.29.14", "04020102"));     // never critical
  CHECK(marked("2.23.146.1.2.2.0", "3000"));  // permittedEins of version 3
  CHECK_FALSE(read("2.999.1", "0500").fields.unknown_critical_extension);
}

}  // namespace berth::rsp::pki
