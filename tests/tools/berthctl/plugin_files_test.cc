#include "tools/berthctl/plugin_files.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/kernel/manifest/plugin_folder.h"

namespace {

using namespace berth;                     // NOLINT
using namespace berth::berthctl;           // NOLINT
using namespace berth::manifest::testing;  // NOLINT
namespace fs = std::filesystem;

// An unsigned plugin beside a key.
struct Desk {
  PluginFolder folder;
  fs::path key = folder.path() / "signer.pem";

  Desk() {
    PluginFolder::write(folder.library(), "code");
    PluginFolder::write(folder.manifest(), folder.honest().dump());
    REQUIRE(new_plugin_key(key));
  }
  std::string reason_of_host() const {
    manifest::PluginTrust trust;
    trust.keys.push_back(*manifest::PublicKey::read(key.string() + ".pub"));
    return reason_of(manifest::verify_plugin(folder.library(), trust));
  }
  // The exit code of a command whose arguments are files.
  static int run(const std::string& command) {
    return ::system((command + " >/dev/null 2>&1").c_str());  // NOLINT: a test's own command
  }
};

mode_t mode_of(const fs::path& file) {
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

}  // namespace

TEST_CASE_METHOD(Desk, "a new key is closed to others and overwrites nothing", "[berthctl]") {
  CHECK(mode_of(key) == 0600);
  const std::string before = PluginFolder::read(key);
  CHECK(before.starts_with("-----BEGIN PRIVATE KEY-----"));
  CHECK(reason_of(new_plugin_key(key)) == "berthctl.file");
  CHECK(PluginFolder::read(key) == before);
  CHECK(reason_of(new_plugin_key(folder.path() / "no/such/folder")) == "berthctl.file");
  // Where the private half cannot be written, no public one is left behind.
  const fs::path half = folder.path() / "half.pem";
  fs::create_directory(half);
  CHECK(reason_of(new_plugin_key(half)) == "berthctl.file");
  CHECK_FALSE(fs::exists(half.string() + ".pub"));
}

TEST_CASE_METHOD(Desk, "a signed plugin is one a host takes, and signing again is no harm",
                 "[berthctl]") {
  CHECK(reason_of_host() == "plugin.unsigned");
  const auto done = sign_plugin(folder.manifest(), key);
  INFO(message_of(done));
  REQUIRE(done);
  CHECK(done->id == "org.example.test");
  CHECK(done->signature == folder.signature());
  CHECK(mode_of(done->signature) == 0644);
  CHECK(reason_of_host().empty());
  REQUIRE(sign_plugin(folder.manifest(), key));
  CHECK(reason_of_host().empty());
}

TEST_CASE_METHOD(Desk, "nothing is signed that no host would load", "[berthctl]") {
  PluginFolder::write(folder.library(), "other code");
  CHECK(reason_of(sign_plugin(folder.manifest(), key)) == "plugin.altered");
  CHECK_FALSE(fs::exists(folder.signature()));
  PluginFolder::write(folder.manifest(), "{}");
  CHECK(reason_of(sign_plugin(folder.manifest(), key)) == "plugin.manifest");
  PluginFolder::write(folder.manifest(), folder.honest().dump());
  const fs::path other = folder.path() / "manifest.json";
  fs::copy_file(folder.manifest(), other);
  CHECK(reason_of(sign_plugin(other, key)) == "berthctl.manifest_name");
  fs::permissions(key, fs::perms::others_read, fs::perm_options::add);
  CHECK(reason_of(sign_plugin(folder.manifest(), key)) == "plugin_key.open_to_others");
  CHECK_FALSE(fs::exists(folder.signature()));
}

TEST_CASE_METHOD(Desk, "OpenSSL's command signs and verifies the same way", "[berthctl]") {
  const std::string manifest = folder.manifest().string();
  const std::string signature = folder.signature().string();
  REQUIRE(run("openssl pkeyutl -sign -rawin -inkey " + key.string() + " -in " + manifest +
              " -out " + signature) == 0);
  CHECK(reason_of_host().empty());
  REQUIRE(sign_plugin(folder.manifest(), key));
  const std::string verify = "openssl pkeyutl -verify -rawin -pubin -inkey " + key.string() +
                             ".pub -in " + manifest + " -sigfile " + signature;
  CHECK(run(verify) == 0);
  PluginFolder::write(folder.manifest(), folder.honest().dump() + " ");
  CHECK(run(verify) != 0);
}

TEST_CASE_METHOD(Desk, "the commands sign and verify, and tell a refusal by their exit code",
                 "[berthctl]") {
  const std::string verify = std::string(BERTHCTL) + " plugin verify " + folder.library().string() +
                             " --trusted " + key.string() + ".pub";
  CHECK(WEXITSTATUS(run(verify)) == 1);
  CHECK(run(std::string(BERTHCTL) + " plugin sign " + folder.manifest().string() + " --key " +
            key.string()) == 0);
  CHECK(run(verify) == 0);
  const std::string other = (folder.path() / "other.pem").string();
  CHECK(run(std::string(BERTHCTL) + " plugin key new " + other) == 0);
  CHECK(WEXITSTATUS(run(std::string(BERTHCTL) + " plugin verify " + folder.library().string() +
                        " --trusted " + other + ".pub")) == 1);
}
