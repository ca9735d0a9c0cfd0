// Signature Version 4 against the examples that AWS publishes ("Signature Calculations for the
// Authorization Header", bucket examplebucket), and the encodings.

#include "signature.h"

#include <catch2/catch.hpp>

namespace {

using namespace s3;

constexpr std::string_view kEmpty =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Credentials example_credentials() {
  const std::string_view secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  return {"AKIAIOSFODNN7EXAMPLE", {secret.begin(), secret.end()}, ""};
}

std::string signature_of(Signable request) {
  request.headers.emplace_back("host", "examplebucket.s3.amazonaws.com");
  const std::string value = sign(request, example_credentials(), "us-east-1", "20130524T000000Z");
  return value.substr(value.find("Signature=") + 10);
}

}  // namespace

TEST_CASE("signatures are those of the published examples", "[s3]") {
  CHECK(signature_of({"GET", "/test.txt", "", {{"range", "bytes=0-9"}}, kEmpty}) ==
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  const std::string welcome = to_hex(sha256(octets_of("Welcome to Amazon S3.")));
  CHECK(signature_of({"PUT",
                      uri_encode("/test$file.text", true),
                      "",
                      {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                       {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                      welcome}) ==
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  CHECK(signature_of({"GET", "/", canonical_query({{"lifecycle", ""}}), {}, kEmpty}) ==
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  CHECK(signature_of(
            {"GET", "/", canonical_query({{"prefix", "J"}, {"max-keys", "2"}}), {}, kEmpty}) ==
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("the whole header names key, scope and signed headers", "[s3]") {
  Signable request{"GET", "/test.txt", "", {{"range", "bytes=0-9"}}, kEmpty};
  request.headers.emplace_back("host", "examplebucket.s3.amazonaws.com");
  CHECK(sign(request, example_credentials(), "us-east-1", "20130524T000000Z") ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("a session token is sent and signed", "[s3]") {
  Credentials credentials = example_credentials();
  credentials.session_token = "token";
  Signable request{"GET", "/", "", {{"host", "h"}}, kEmpty};
  CHECK(sign(request, credentials, "r", "20130524T000000Z").find("x-amz-security-token") !=
        std::string::npos);
  CHECK(std::count(request.headers.begin(), request.headers.end(),
                   std::pair<std::string, std::string>("x-amz-security-token", "token")) == 1);
}

TEST_CASE("names are encoded as the signature wants them", "[s3]") {
  CHECK(uri_encode("a/b c~+\xc3\xa9", true) == "a/b%20c~%2B%C3%A9");
  CHECK(uri_encode("a/b", false) == "a%2Fb");
  CHECK(canonical_query({{"b", "1"}, {"a", "x/y"}, {"a", ""}}) == "a=&a=x%2Fy&b=1");
  for (int octet = 0; octet < 256; ++octet) {
    const std::string text(1, static_cast<char>(octet));
    CHECK(uri_decode(uri_encode(text, false)) == text);
  }
  CHECK(uri_decode("a+b%2") == "a b%2");
  CHECK(uri_decode("%zz%4") == "%zz%4");
}

TEST_CASE("dates are in universal time whatever the machine's zone", "[s3]") {
  CHECK(amz_date(1369353600000) == "20130524T000000Z");
  CHECK(amz_date(1795443339999) == "20261123T141539Z");
}
