// Goal: nothing but what a trusted key signed comes through, and each refusal says which of the
// files is wrong. The library's octets need not be a library here: nothing is loaded.

#include "kernel/manifest/verified_plugin.h"

#include <catch2/catch.hpp>

#include "tests/kernel/manifest/plugin_folder.h"

namespace {

using namespace berth;                     // NOLINT
using namespace berth::manifest;           // NOLINT
using namespace berth::manifest::testing;  // NOLINT
using Catch::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

// A signed plugin; tests spoil it.
struct Signed {
  PluginFolder folder;
  SigningKey key = SigningKey::generate();
  PluginTrust trust = trust_in(key);

  Signed() {
    PluginFolder::write(folder.library(), "code of the plugin");
    folder.sign(folder.honest(), key);
  }
  Result<VerifiedPlugin> verify() const { return verify_plugin(folder.library(), trust); }
  std::string reason() const { return reason_of(verify()); }
  void sign_with(const char* pointer, const json& value) const {
    json manifest = folder.honest();
    manifest[json::json_pointer(pointer)] = value;
    folder.sign(manifest, key);
  }
};

}  // namespace

TEST_CASE_METHOD(Signed, "a signed plugin is taken, with the octets that were judged",
                 "[manifest]") {
  const auto verified = verify();
  INFO(message_of(verified));
  REQUIRE(verified);
  CHECK(verified->manifest()->id == "org.example.test");
  CHECK(verified->signed_by() == trust.keys.front().fingerprint());
  CHECK(verified->sha256() == sha256(as_bytes("code of the plugin")));
  CHECK(as_text(verified->copy().octets()) == "code of the plugin");
  CHECK(verified->config_schema().empty());
}

TEST_CASE_METHOD(Signed, "a plugin without signature or manifest is unsigned", "[manifest]") {
  fs::remove(folder.signature());
  CHECK(reason() == "plugin.unsigned");
  CHECK_THAT(message_of(verify()),
             Contains(folder.signature().string()) && Contains("berthctl plugin sign"));
  fs::remove(folder.manifest());
  CHECK(reason() == "plugin.unsigned");
}

TEST_CASE_METHOD(Signed, "a changed manifest is refused before it is read", "[manifest]") {
  const std::string good = PluginFolder::read(folder.manifest());
  PluginFolder::write(folder.manifest(), good + " ");
  CHECK(reason() == "plugin.signature");
  PluginFolder::write(folder.manifest(), "this is not JSON");
  CHECK(reason() == "plugin.signature");
  PluginFolder::write(folder.manifest(), good.substr(0, good.size() - 1));
  CHECK(reason() == "plugin.signature");
  PluginFolder::write(folder.manifest(), std::string(kMaxManifestBytes + 1, ' '));
  CHECK(reason() == "plugin.manifest");
}

TEST_CASE_METHOD(Signed, "a signature that is none of a trusted key is refused", "[manifest]") {
  const std::string good = PluginFolder::read(folder.signature());
  for (const std::string& bad : {std::string(), good.substr(1), good + "x", std::string(64, '\0'),
                                 std::string(100'000, 'x'), to_hex(as_bytes(good))}) {
    PluginFolder::write(folder.signature(), bad);
    CHECK(reason() == "plugin.signature");
  }
  folder.sign(folder.honest(), SigningKey::generate());
  CHECK(reason() == "plugin.signature");
  trust.allow_unsigned = true;  // a wrong signature is worse than none
  CHECK(reason() == "plugin.signature");
}

TEST_CASE_METHOD(Signed, "keys roll over: both hold, then the old one no longer", "[manifest]") {
  const auto next = SigningKey::generate();
  trust.keys.push_back(*PublicKey::from_pem(next.public_pem()));
  CHECK(reason().empty());
  folder.sign(folder.honest(), next);
  CHECK(verify()->signed_by() == trust.keys.back().fingerprint());
  trust.keys.erase(trust.keys.begin());
  CHECK(reason().empty());
  folder.sign(folder.honest(), key);
  CHECK(reason() == "plugin.signature");
  trust.keys.clear();
  CHECK(reason() == "plugin.signature");
}

TEST_CASE_METHOD(Signed, "an altered library is refused, and so is an old one that was revoked",
                 "[manifest]") {
  trust.revoked.insert(sha256(as_bytes("code of the plugin")));
  CHECK(reason() == "plugin.revoked");
  trust.revoked = {sha256(as_bytes("another"))};
  CHECK(reason().empty());
  PluginFolder::write(folder.library(), "code of the plugiN");
  CHECK(reason() == "plugin.altered");
  PluginFolder::write(folder.library(), "");
  CHECK(reason() == "plugin.altered");
  fs::remove(folder.library());
  CHECK(reason() == "plugin.not_found");
}

TEST_CASE_METHOD(Signed, "what a signed manifest says of another library, host or ABI is refused",
                 "[manifest]") {
  const std::vector<std::tuple<const char*, json, const char*>> wrong = {
      {"/library/file", "y.so", "plugin.manifest_library"},
      {"/library/sha256", std::string(64, '0'), "plugin.altered"},
      {"/library/machine", "riscv64-linux-gnu", "plugin.machine"},
      {"/abi/major", 2, "plugin.abi_major"},
      {"/abi/minor_min", 1, "plugin.abi_minor"},
      {"/kind", "rating", "plugin.kind"},
      {"/unknown", 1, "plugin.manifest"}};
  for (const auto& [pointer, value, expected] : wrong) {
    sign_with(pointer, value);
    INFO(pointer);
    CHECK(reason() == expected);
    CHECK_THAT(message_of(verify()), Contains(folder.path().string()));
  }
}

TEST_CASE_METHOD(Signed, "a plugin signed under one name is not taken under another",
                 "[manifest]") {
  const fs::path other = folder.path() / "y.so";
  fs::copy_file(folder.library(), other);
  fs::copy_file(folder.manifest(), manifest_path(other));
  fs::copy_file(folder.signature(), signature_path(manifest_path(other)));
  CHECK(reason_of(verify_plugin(other, trust)) == "plugin.manifest_library");
}

TEST_CASE_METHOD(Signed, "the configuration's schema is covered by the signature", "[manifest]") {
  const fs::path schema = folder.path() / "x.config.schema.json";
  PluginFolder::write(schema, R"({"type":"object"})");
  sign_with("/config_schema", {{"file", "x.config.schema.json"},
                               {"sha256", digits_of(sha256(as_bytes(R"({"type":"object"})")))}});
  REQUIRE(reason().empty());
  CHECK(verify()->config_schema() == R"({"type":"object"})");
  PluginFolder::write(schema, R"({"type":"array"})");
  CHECK(reason() == "plugin.altered");
  fs::remove(schema);
  CHECK(reason() == "plugin.config_schema");
}

TEST_CASE("unsigned plugins pass where they are allowed, and are known as such", "[manifest]") {
  const PluginFolder folder;
  PluginTrust trust{.keys = {}, .allow_unsigned = true};
  PluginFolder::write(folder.library(), "code");
  const auto bare = verify_plugin(folder.library(), trust);
  REQUIRE(bare);
  CHECK(bare->signed_by().empty());
  CHECK_FALSE(bare->manifest());

  // A manifest is held to what it says, signed or not.
  PluginFolder::write(folder.manifest(), folder.honest().dump());
  CHECK(verify_plugin(folder.library(), trust)->manifest()->id == "org.example.test");
  PluginFolder::write(folder.library(), "other code");
  CHECK(reason_of(verify_plugin(folder.library(), trust)) == "plugin.altered");

  // Nobody can judge a signature where no key is trusted; where one is, it has to hold.
  const auto key = SigningKey::generate();
  folder.sign(folder.honest(), key);
  CHECK(verify_plugin(folder.library(), trust)->signed_by().empty());
  trust.keys = trust_in(SigningKey::generate()).keys;
  CHECK(reason_of(verify_plugin(folder.library(), trust)) == "plugin.signature");
  trust.keys = trust_in(key).keys;
  CHECK(verify_plugin(folder.library(), trust)->signed_by() == trust.keys.front().fingerprint());
}

TEST_CASE_METHOD(Signed, "a file replaced after it was judged changes nothing", "[manifest]") {
  const auto verified = verify();
  REQUIRE(verified);
  PluginFolder::write(folder.library(), "evil");
  CHECK(as_text(verified->copy().octets()) == "code of the plugin");
  CHECK(PluginFolder::read(verified->copy().path()) == "code of the plugin");
}
