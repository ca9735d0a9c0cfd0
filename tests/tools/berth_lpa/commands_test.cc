#include "tools/berth-lpa/commands.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/tools/berth_lpa/fake_server.h"

namespace berth::lpa {
namespace {

TEST_CASE("the commands take a card from init to a deleted profile", "[berth_lpa][R44]") {
  char name[] = "/tmp/berth-lpa-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(name);
  euicc::Bench bench;
  FakeServer server(bench.smdp);
  std::ostringstream out;
  std::ostringstream err;
  const World world{bench.clock, bench.random, out, err, &server};
  const auto write = [&](const char* file, ByteView content) {
    std::ofstream(folder / file, std::ios::binary) << as_text(content);
    return (folder / file).string();
  };
  const auto call = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--card", (folder / "card.json").string(), "--json"});
    return run(words, world);
  };
  const SecretBytes pem = bench.euicc_certificate.key_pem();
  const std::vector<std::string> init = {"init",
                                         "--certificate",
                                         write("c", bench.euicc_certificate.certificate),
                                         "--key",
                                         write("k", pem.view()),
                                         "--eum",
                                         write("e", bench.eum.issued().certificate),
                                         "--ci",
                                         write("i", bench.ci.issued().certificate)};
  CHECK(call({"list"}) == 2);  // no card yet
  REQUIRE(call(init) == 0);
  CHECK(call(init) == 2);  // never overwritten
  REQUIRE(call({"download", "1$smdp.example.com$TOKEN-1"}) == 0);
  CHECK(call({"enable", bench.iccid.text()}) == 0);
  CHECK(call({"enable", bench.iccid.text()}) == 3);
  CHECK(call({"delete", bench.iccid.text()}) == 3);
  CHECK(call({"disable", bench.iccid.text()}) == 0);
  CHECK(call({"delete", bench.iccid.text()}) == 0);
  CHECK(call({"notifications", "--send", "--binding", "asn1"}) == 0);
  CHECK(call({"download", "nonsense"}) == 2);
  CHECK(call({"enable", "x"}) == 2);
  CHECK(call({"download", "1$smdp.example.com$T", "--binding", "xml"}) == 2);
  CHECK(out.str().find("has the form LPA:1$address$token") != std::string::npos);
  CHECK(call({"frobnicate"}) == 2);
  CHECK(err.str().find("'frobnicate'") != std::string::npos);
  CHECK(call({"download", "1$smdp.example.com$T", "--reason", "77"}) == 2);
  CHECK(call({"--version"}) == 0);
  CHECK(call({"--help"}) == 0);
  CHECK(server.notifications.size() == 4);

  const std::string shown = out.str() + err.str();
  const std::string key = to_hex(bench.euicc_certificate.key.scalar.view());
  CHECK(shown.find(key) == std::string::npos);
  CHECK(shown.find(to_base64(bench.euicc_certificate.key.scalar.view())) == std::string::npos);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace berth::lpa
