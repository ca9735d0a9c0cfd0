// Goal: a plugin that no host would load is refused before anything else is asked, in the words
// that its author needs.

#include <nlohmann/json.hpp>

#include "tests/kernel/manifest/plugin_folder.h"
#include "tests/tools/berth_plugin_check/bad_plugins.h"

namespace {

using namespace berth::plugin_check;           // NOLINT
using namespace berth::plugin_check::testing;  // NOLINT
using berth::sha256;
using berth::manifest::digits_of;
using berth::manifest::SigningKey;
using berth::manifest::testing::PluginFolder;
using nlohmann::json;

// A signed plugin and a host that trusts its signer; tests spoil it.
struct Signed {
  PluginFolder folder;
  SigningKey key = SigningKey::generate();
  std::string trusted = (folder.path() / "signer.pub").string();
  std::string library = folder.library().string();

  Signed() {
    std::filesystem::copy_file(bad_plugin("good"), folder.library());
    folder.sign(folder.honest(), key);
    PluginFolder::write(trusted, key.public_pem());
  }
  std::string refusal() const {
    CheckRequest request = request_for(library, "life");
    request.trusted = {trusted};
    const auto findings = run_checks(request, [](const Finding&) {});
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().check == "loads");
    CHECK_FALSE(findings.front().ok);
    return findings.front().detail;
  }
};

std::string refusal(const std::string& name) {
  const Finding finding = ask(name, "life");
  CHECK(finding.check == "loads");
  CHECK_FALSE(finding.ok);
  return finding.detail;
}

}  // namespace

TEST_CASE_METHOD(Signed, "an unsigned plugin is refused where somebody is trusted",
                 "[plugin-check][R13]") {
  std::filesystem::remove(folder.signature());
  CHECK(refusal() == "[plugin.unsigned] plugin " + library +
                         " is refused: it is not signed (there is no " +
                         folder.signature().string() +
                         "); its signer makes one with berthctl plugin sign, or "
                         "plugins.allowUnsigned lets it pass outside production");
}

TEST_CASE_METHOD(Signed, "a library altered after signing is refused", "[plugin-check][R13]") {
  const auto digest = [&] {
    return digits_of(sha256(berth::as_bytes(PluginFolder::read(folder.library()))));
  };
  const std::string before = digest();
  PluginFolder::write(folder.library(), PluginFolder::read(folder.library()) + "x");
  CHECK(refusal() == "[plugin.altered] plugin " + library + " is refused: its SHA-256 is " +
                         digest() + ", its manifest was made for " + before +
                         "; copy the plugin again, all its files together, or have it signed anew");
}

TEST_CASE_METHOD(Signed, "a manifest that lies is refused, though its signature is good",
                 "[plugin-check][R13]") {
  json manifest = folder.honest();
  manifest["provides"] = {"berth.hsm/1"};
  folder.sign(manifest, key);
  CHECK(refusal() == "[plugin.manifest_lies] plugin " + library +
                         " is refused: its manifest says provides 'berth.hsm/1', its code says "
                         "'berth.hsm/1, berth.storage/1'; its author corrects the manifest and "
                         "signs it again");
}

TEST_CASE("what a host cannot load is refused in the host's words", "[plugin-check][R13]") {
  const auto refused = [](const char* name, const char* reason, const std::string& why) {
    INFO(name);
    CHECK(refusal(name) ==
          "[" + std::string(reason) + "] plugin " + bad_plugin(name) + " is refused: " + why);
  };
  refused("newer_major", "plugin.abi_major", "it speaks ABI major 2, this host 1");
  refused("exports_too_much", "plugin.exports",
          "it exports 1 symbols besides its entry (build it with berth_add_plugin): "
          "shared_counter");
  refused("no_entry", "plugin.no_entry",
          "it has no object named berth_plugin_entry_v1; is it a Berth plugin of ABI major 1?");
  refused("wrong_magic", "plugin.magic", "its entry does not begin with the plugin magic");
  refused("null_slot", "plugin.null_slot", "its entry leaves a function out");
  refused("run_path", "plugin.linkage",
          "it has a run path, and so would load libraries from folders of its own choice; build it "
          "with berth_add_plugin");
  CHECK_THAT(refusal("missing_symbol"),
             Catch::StartsWith("[plugin.load_failed] plugin " + bad_plugin("missing_symbol")) &&
                 Catch::Contains("a_function_nobody_has"));
}

TEST_CASE("a plugin of no kind with a kit is told so", "[plugin-check]") {
  CheckRequest request = request_for(bad_plugin("working"), "life");
  request.programs = "/nowhere";
  CHECK(ask(request).detail ==
        "there is no kit for anything it provides: `provides` names the interface of its kind, "
        "such as berth.storage/1");
}
