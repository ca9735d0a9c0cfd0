#include <catch2/catch.hpp>

#include "kernel/tenancy/configuration_files.h"
#include "tests/kernel/tenancy/files_support.h"
#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using Catch::Contains;
using nlohmann::json;

// SHA-256 of nothing, in the three forms and its normal one.
constexpr const char* kPin = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kPinUpper =
    "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
constexpr const char* kPinColons =
    "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:"
    "55";
constexpr const char* kPinBase64 = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

Result<HostConfiguration> read_with(const Folder& folder, const json& es2plus) {
  json host = host_json();
  host["es2plus"] = es2plus;
  return read_host_file(folder.write("host.json", host));
}

json operator_json(const std::string& name, const std::string& pin) {
  return {{"name", name}, {"pins", {pin}}, {"requesters", {{"OP-2", "tenant-b"}}}};
}

}  // namespace

TEST_CASE("a host without es2plus has no such door", "[tenancy]") {
  const Folder folder;
  const auto host = read_host_file(folder.write("host.json", host_json()));
  REQUIRE(host);
  CHECK_FALSE(host->es2plus.has_value());
  CHECK(host->revocation_lists.empty());
}

TEST_CASE("an ES2+ door reads with its operators", "[tenancy][R10:part]") {
  const Folder folder;
  json es2plus = es2plus_json();
  es2plus["hostName"] = "ES2plus.Example";
  es2plus["operators"][0]["requesters"]["OP-2"] = "tenant-b";
  es2plus["operators"].push_back(operator_json("Other", kPin));
  es2plus["operators"][1]["acceptExpired"] = true;
  const auto host = read_with(folder, es2plus);
  INFO(message_of(host));
  REQUIRE(host);
  REQUIRE(host->es2plus);
  const Es2Door& door = *host->es2plus;
  CHECK(door.listen == "127.0.0.1:0");
  CHECK(door.host_name.text() == "es2plus.example");
  CHECK(door.tls.certificate_chain == folder.path() / "tls/es2.pem");
  CHECK(door.tls.private_key == folder.path() / "tls/es2.key");
  REQUIRE(door.operators.size() == 2);
  CHECK(door.operators[0].name == "BSS");
  CHECK(door.operators[0].pins == std::vector{std::string(64, 'a')});
  CHECK(
      door.operators[0].requesters ==
      std::map<std::string, TenantId>{{"OP-1", tenant("tenant-a")}, {"OP-2", tenant("tenant-b")}});
  CHECK_FALSE(door.operators[0].accept_expired);
  CHECK(door.operators[1].accept_expired);
}

TEST_CASE("a pin has one form however it is written", "[tenancy][R10:part]") {
  const std::string written = GENERATE(kPin, kPinUpper, kPinColons, kPinBase64);
  const Folder folder;
  json es2plus = es2plus_json();
  es2plus["operators"][0]["pins"] = {written};
  const auto host = read_with(folder, es2plus);
  INFO(message_of(host));
  REQUIRE(host);
  CHECK(host->es2plus->operators[0].pins == std::vector{std::string(kPin)});
}

TEST_CASE("what is no pin is refused at its place", "[tenancy]") {
  std::string gap = kPinColons;
  gap[5] = '0';
  const std::string written =
      GENERATE_COPY(std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'g'), gap,
                    std::string("sha256/AAAA"), std::string("sha256/") + kPin,
                    std::string("SHA256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
                    std::string(kPin).insert(0, " "), std::string(95, ':'));
  const Folder folder;
  json es2plus = es2plus_json();
  es2plus["operators"][0]["pins"] = {std::string(64, 'b'), written};
  const auto host = read_with(folder, es2plus);
  CAPTURE(written, message_of(host));
  CHECK(reason_of(host) == "configuration.invalid");
  CHECK_THAT(message_of(host), Contains(": es2plus.operators[0].pins[1]: "));
}

TEST_CASE("a key is the pin of one operator only, in whatever form", "[tenancy][R10:part]") {
  const Folder folder;
  json es2plus = es2plus_json();
  es2plus["operators"][0]["pins"] = {kPinColons};
  es2plus["operators"].push_back(operator_json("Other", kPinBase64));
  const auto host = read_with(folder, es2plus);
  CHECK(reason_of(host) == "configuration.invalid");
  CHECK_THAT(message_of(host), Contains("es2plus.operators[1].pins[0]") &&
                                   Contains("a pin of es2plus.operators[0] already"));
  es2plus["operators"] = json::array({operator_json("Other", kPin)});
  es2plus["operators"][0]["pins"].push_back(kPinUpper);
  CHECK(reason_of(read_with(folder, es2plus)) == "configuration.invalid");
}

TEST_CASE("two operators have two names", "[tenancy]") {
  const Folder folder;
  json es2plus = es2plus_json();
  es2plus["operators"].push_back(operator_json("BSS", kPin));
  CHECK_THAT(message_of(read_with(folder, es2plus)), Contains("es2plus.operators[1].name"));
}

TEST_CASE("a requester that stands twice is refused rather than one tenant taken", "[tenancy]") {
  const Folder folder;
  json host = host_json();
  host["es2plus"] = es2plus_json();
  std::string text = host.dump();
  const std::string member = R"("OP-1":"tenant-a")";
  text.insert(text.find(member), R"("OP-1":"tenant-b",)");
  const auto read = read_host_file(folder.write("host.json", text));
  CHECK(reason_of(read) == "configuration.invalid");
  CHECK_THAT(message_of(read), Contains("OP-1") && Contains("twice"));
}

TEST_CASE("a bad ES2+ member is refused with file, path and reason", "[tenancy]") {
  const auto [pointer, value, path] = GENERATE(table<std::string, json, std::string>({
      {"/listen", "127.0.0.1", "es2plus.listen"},
      {"/hostName", "not a name", "es2plus.hostName"},
      {"/hostName", "es2plus.example:8443", "es2plus.hostName"},
      {"/tls/privateKey", 7, "es2plus.tls.privateKey"},
      {"/operators", json::array(), "es2plus.operators"},
      {"/operators/0/name", "", "es2plus.operators[0].name"},
      {"/operators/0/pins", json::array(), "es2plus.operators[0].pins"},
      {"/operators/0/pins",
       {kPin, std::string(64, 'a'), std::string(64, 'b')},
       "es2plus.operators[0].pins"},
      {"/operators/0/requesters", json::object(), "es2plus.operators[0].requesters"},
      {"/operators/0/requesters/OP-1", "Tenant A", "es2plus.operators[0].requesters.\"OP-1\""},
      {"/operators/0/requesters/OP-1", 5, "es2plus.operators[0].requesters"},
      {"/operators/0/requesters", {{"", "tenant-a"}}, "es2plus.operators[0].requesters.\"\""},
      {"/operators/0/requesters",
       {{std::string(129, 'R'), "tenant-a"}},
       "es2plus.operators[0].requesters.\"RRR"},
      {"/operators/0/acceptExpired", "yes", "es2plus.operators[0].acceptExpired"},
      {"/operators/0/pin", kPin, "es2plus.operators[0]: unknown member"},
      {"/port", 1, "es2plus: unknown member"},
  }));
  const Folder folder;
  json es2plus = es2plus_json();
  es2plus[json::json_pointer(pointer)] = value;
  const auto read = read_with(folder, es2plus);
  CAPTURE(pointer, message_of(read));
  CHECK(reason_of(read) == "configuration.invalid");
  CHECK_THAT(message_of(read), Contains(": " + path));
}
