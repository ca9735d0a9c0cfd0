// Configuration, passphrase and the start of an instance.

#include <unistd.h>

#include "tests/plugins/hsm/softkeys/softkeys_fixture.h"

namespace {

using namespace berth::softkeys_test;

const berth_plugin_entry& plugin() { return berth::kit::load_plugin(SOFTKEYS_SO); }

Outcome start_of(const berth::hsm_kit::Place& place) {
  Instance instance(plugin(), place.config());
  REQUIRE(instance.created().ok());
  return instance.start();
}

}  // namespace

TEST_CASE("the entry names the plugin and keeps its promises", "[softkeys]") {
  const berth_plugin_entry& entry = plugin();
  CHECK(entry.magic == BERTH_PLUGIN_MAGIC);
  CHECK(entry.struct_size == sizeof(berth_plugin_entry));
  CHECK(entry.abi_major == BERTH_ABI_MAJOR);
  CHECK(std::string(entry.id) == "berth.hsm.softkeys");
  Place place;
  Instance instance(entry, place.config());
  REQUIRE(instance.created().ok());
  for (const char* const* id = entry.provides; *id != nullptr; ++id) {
    CAPTURE(*id);
    CHECK(entry.get_interface(instance.handle(), *id) != nullptr);
  }
}

TEST_CASE("a configuration that does not fit is refused by name", "[softkeys]") {
  struct Case {
    const char* json;
    const char* named;
  };
  for (Case c :
       {Case{R"({"folder":"/k","passphraseFile":"/p","masterKeyFile":"/m"})", "exclude"},
        Case{R"({"folder":"/k","masterKeyFile":"m"})", "/masterKeyFile"}, Case{"", "JSON"},
        Case{"[]", "JSON"}, Case{"{", "JSON"}, Case{"{}", "/folder"},
        Case{R"({"folder":"/k"})", "/passphraseFile"},
        Case{R"({"folder":7,"passphraseFile":"/p"})", "/folder"},
        Case{R"({"folder":"relative","passphraseFile":"/p"})", "/folder"},
        Case{R"({"folder":"","passphraseFile":"/p"})", "/folder"},
        Case{R"({"folder":"/k","passphraseFile":"/p","passfraseFile":"/p"})", "/passfraseFile"}}) {
    CAPTURE(c.json);
    Instance instance(plugin(), c.json);
    CHECK(instance.created().status == BERTH_INVALID_ARGUMENT);
    CHECK(instance.created().reason == "softkeys.config");
    CHECK(instance.created().message.find(c.named) != std::string::npos);
    CHECK(instance.handle() == nullptr);
  }
}

TEST_CASE("create touches no file and start says what the backend is for", "[softkeys]") {
  Place place;
  Instance instance(plugin(), place.config());
  REQUIRE(instance.created().ok());
  CHECK_FALSE(std::filesystem::exists(place.keys()));
  REQUIRE(instance.start().ok());
  auto lines = instance.host().lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == BERTH_LOG_WARN);
  CHECK(lines[0].text.find("development and small hosts") != std::string::npos);
  CHECK(lines[0].text.find("correct horse") == std::string::npos);
}

TEST_CASE("keys are not used before start", "[softkeys]") {
  Place place;
  Instance instance(plugin(), place.config());
  const auto* table = instance.table<berth_hsm>(BERTH_HSM_V1);
  berth_hsm_key* key = nullptr;
  auto outcome = run(
      [&](const berth_op* op) { return table->open_key(instance.handle(), op, str("any"), &key); });
  CHECK(outcome.status == BERTH_FAILED_PRECONDITION);
}

TEST_CASE("a wrong passphrase is refused at start", "[softkeys]") {
  Place place;
  REQUIRE(start_of(place).ok());
  write_file(place.passphrase_file(), "correct horse battery stapler\n", 0600);
  Outcome outcome = start_of(place);
  CHECK(outcome.status == BERTH_UNAUTHENTICATED);
  CHECK(outcome.reason == "softkeys.wrong_passphrase");
  CHECK(outcome.message.find("stapler") == std::string::npos);
  // The line end belongs to the editor, not to the passphrase.
  write_file(place.passphrase_file(), "correct horse battery staple", 0400);
  CHECK(start_of(place).ok());
}

TEST_CASE("a passphrase file that others could read is refused", "[softkeys]") {
  Place place;
  for (mode_t mode : {0644, 0640, 0604, 0660, 0700, 0500, 04600}) {
    CAPTURE(mode);
    write_file(place.passphrase_file(), "phrase", mode);
    Outcome outcome = start_of(place);
    CHECK(outcome.status == BERTH_PERMISSION_DENIED);
    CHECK(outcome.reason == "softkeys.passphrase_mode");
  }
}

TEST_CASE("a passphrase file that is missing, empty, a folder or too long is refused",
          "[softkeys]") {
  Place place;
  for (const char* content : {"", "\n", "\r\n"}) {
    write_file(place.passphrase_file(), content, 0600);
    CHECK(start_of(place).reason == "softkeys.passphrase");
  }
  write_file(place.passphrase_file(), std::string(1025, 'x'), 0600);
  CHECK(start_of(place).reason == "softkeys.passphrase");
  std::filesystem::remove(place.passphrase_file());
  CHECK(start_of(place).reason == "softkeys.passphrase_file");
  std::filesystem::create_directory(place.passphrase_file());
  CHECK(start_of(place).reason == "softkeys.passphrase_mode");
}

TEST_CASE("a key folder that others may write to is refused", "[softkeys]") {
  Place place;
  std::filesystem::create_directory(place.keys());
  REQUIRE(::chmod(place.keys().c_str(), 0770) == 0);
  CHECK(start_of(place).reason == "softkeys.folder_mode");
}

TEST_CASE("an altered master file is refused, never rewritten", "[softkeys]") {
  Place place;
  REQUIRE(start_of(place).ok());
  std::string path = place.keys() + "/.master";
  std::string good = read_file(path);
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "x", "X" + good.substr(1),
        good.substr(0, 8) + '\x01' + good.substr(9), good.substr(0, 8) + '\x7F' + good.substr(9)}) {
    write_file(path, bad, 0600);
    Outcome outcome = start_of(place);
    CHECK(outcome.status == BERTH_DATA_LOSS);
    CHECK(outcome.reason == "softkeys.master_file");
    CHECK(read_file(path) == bad);
  }
  std::string salted = good;
  salted[12] = static_cast<char>(salted[12] ^ 1);
  write_file(path, salted, 0600);
  CHECK(start_of(place).reason == "softkeys.wrong_passphrase");
}

TEST_CASE("a random key opens the folder it made, and no other does", "[softkeys]") {
  RandomKeyPlace place;
  REQUIRE(start_of(place).ok());
  CHECK(read_file(place.keys() + "/.master")[8] == 0);  // no scrypt
  CHECK(start_of(place).ok());
  std::string other(RandomKeyPlace::kHex);
  other[63] = '0';
  write_file(place.key_file(), other, 0600);
  const Outcome outcome = start_of(place);
  CHECK(outcome.status == BERTH_UNAUTHENTICATED);
  CHECK(outcome.reason == "softkeys.wrong_master_key");
  CHECK(outcome.message.find(other) == std::string::npos);
}

TEST_CASE("what is not a random key is refused before the folder is touched", "[softkeys]") {
  RandomKeyPlace place;
  const std::string hex(RandomKeyPlace::kHex);
  for (const std::string& bad :
       {std::string(), std::string("correct horse battery staple"), hex.substr(1), hex + "0",
        "g" + hex.substr(1), hex + "\n\n", std::string(64, '0'), std::string(64, 'a')}) {
    CAPTURE(bad);
    write_file(place.key_file(), bad, 0600);
    const Outcome outcome = start_of(place);
    CHECK(outcome.status == BERTH_INVALID_ARGUMENT);
    CHECK(outcome.reason == "softkeys.master_key");
    CHECK(outcome.message.find("horse") == std::string::npos);
  }
  write_file(place.key_file(), hex, 0644);
  CHECK(start_of(place).reason == "softkeys.passphrase_mode");
  CHECK_FALSE(std::filesystem::exists(place.keys()));
}

TEST_CASE("a folder keeps to the kind of secret it was made under", "[softkeys]") {
  Place phrase;
  RandomKeyPlace random;
  REQUIRE(start_of(phrase).ok());
  REQUIRE(start_of(random).ok());
  const std::string made_by_phrase = read_file(phrase.keys() + "/.master");
  write_file(phrase.keys() + "/.master", read_file(random.keys() + "/.master"), 0600);
  write_file(random.keys() + "/.master", made_by_phrase, 0600);
  for (const berth::hsm_kit::Place* place : {static_cast<const berth::hsm_kit::Place*>(&phrase),
                                             static_cast<const berth::hsm_kit::Place*>(&random)}) {
    const Outcome outcome = start_of(*place);
    CHECK(outcome.status == BERTH_FAILED_PRECONDITION);
    CHECK(outcome.reason == "softkeys.secret_kind");
  }
}
