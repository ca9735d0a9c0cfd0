// Configuration, module, token, PIN: what a start needs, and what it says when it does not get it.

#include <sys/stat.h>

#include <regex>

#include "tests/plugins/hsm/pkcs11/token_place.h"

namespace {

using namespace berth::pkcs11_test;

const berth_plugin_entry& plugin() { return berth::kit::load_plugin(PKCS11_SO); }

Outcome start_with(const std::string& config) {
  Instance instance(plugin(), config);
  REQUIRE(instance.created().ok());
  return instance.start();
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

}  // namespace

TEST_CASE("the entry names the plugin and keeps its promises", "[pkcs11]") {
  const berth_plugin_entry& entry = plugin();
  CHECK(entry.magic == BERTH_PLUGIN_MAGIC);
  CHECK(std::string(entry.id) == "berth.hsm.pkcs11");
  TokenPlace place;
  Instance instance(entry, place.config());
  REQUIRE(instance.created().ok());
  for (const char* const* id = entry.provides; *id != nullptr; ++id) {
    CHECK(entry.get_interface(instance.handle(), *id) != nullptr);
  }
}

TEST_CASE("a configuration that does not fit is refused by name", "[pkcs11]") {
  const std::string good = R"({"module":"/m.so","tokenLabel":"t","pinFile":"/p")";
  REQUIRE(Instance(plugin(), good + "}").created().ok());
  struct Case {
    std::string json;
    const char* named;
  };
  for (const Case& c : std::vector<Case>{
           {"", "JSON"},
           {"[]", "JSON"},
           {"{}", "/module"},
           {R"({"module":"m.so","tokenLabel":"t","pinFile":"/p"})", "/module"},
           {R"({"module":"/m.so","tokenLabel":"t"})", "/pinFile"},
           {R"({"module":"/m.so","pinFile":"/p"})", "/tokenLabel"},
           {good + R"(,"slot":1})", "/slot"},
           {good + R"(,"tokenSerial":"1"})", "/tokenSerial"},
           {R"({"module":"/m.so","slot":-1,"pinFile":"/p"})", "/slot"},
           {R"({"module":"/m.so","tokenLabel":"","pinFile":"/p"})", "/tokenLabel"},
           {good + R"(,"sessions":0})", "/sessions"},
           {good + R"(,"sessions":65})", "/sessions"},
           {good + R"(,"sessions":"8"})", "/sessions"},
           {good + R"(,"maxOpenKeys":0})", "/maxOpenKeys"},
           {good + R"(,"stuckAfterMs":99})", "/stuckAfterMs"},
           {good + R"(,"pin":"1234"})", "/pin"},
           {good + R"(,"fips140":true})", "/fips140"},
           {good + R"(,"fips140":{"level":3}})", "/fips140/standard"},
           {good + R"(,"fips140":{"standard":"140-2"}})", "/fips140/level"},
           {good + R"(,"fips140":{"standard":"140-1","level":3}})", "/fips140/standard"},
           {good + R"(,"fips140":{"standard":"140-3","level":5}})", "/fips140/level"},
           {good + R"(,"fips140":{"standard":"140-3","level":3,"x":1}})", "/fips140/x"}}) {
    CAPTURE(c.json);
    Instance instance(plugin(), c.json);
    CHECK(instance.created().status == BERTH_INVALID_ARGUMENT);
    CHECK(instance.created().reason == "pkcs11.config");
    CHECK(instance.created().message.find(c.named) != std::string::npos);
    CHECK(instance.created().message.find("1234") == std::string::npos);
  }
}

TEST_CASE("the README's configuration starts on the token that its commands make", "[pkcs11]") {
  const std::string readme = read_file(PKCS11_README);
  std::smatch block;
  REQUIRE(std::regex_search(readme, block, std::regex("```json\n([^`]*)```")));
  TokenPlace place;
  std::string config = replaced(block[1], "/usr/lib/softhsm/libsofthsm2.so", place.module());
  config = replaced(config, "mvno-17", place.label());
  config = replaced(config, "/etc/berth/mvno-17.pin", place.pin_file());
  Instance instance(plugin(), config);
  REQUIRE(instance.created().ok());
  CHECK(instance.start().ok());
}

TEST_CASE("start says what the operator declares of the device, and never the PIN", "[pkcs11]") {
  TokenPlace place;
  for (bool declared : {false, true}) {
    place.more =
        declared ? R"(,"fips140":{"standard":"140-3","level":3,"certificate":"4703"})" : "";
    Instance instance(plugin(), place.config());
    REQUIRE(instance.created().ok());
    REQUIRE(instance.start().ok());
    auto lines = instance.host().lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].level == (declared ? BERTH_LOG_INFO : BERTH_LOG_WARN));
    CHECK(lines[0].text.find(declared ? "FIPS 140-3 level 3" : "none") != std::string::npos);
    CHECK(lines[0].text.find(TokenPlace::kPin) == std::string::npos);
    HealthAnswer health = health_of(instance);
    CHECK(health.state == BERTH_HEALTH_SERVING);
    CHECK((health.detail.find("4703") != std::string::npos) == declared);
  }
}

TEST_CASE("calls before start are refused", "[pkcs11]") {
  TokenPlace place;
  Instance instance(plugin(), place.config());
  const auto* table = instance.table<berth_hsm>(BERTH_HSM_V1);
  berth_hsm_key* key = nullptr;
  auto outcome = run(
      [&](const berth_op* op) { return table->open_key(instance.handle(), op, str("any"), &key); });
  CHECK(outcome.reason == "hsm.not_started");
  CHECK(health_of(instance).state == BERTH_HEALTH_NOT_SERVING);
}

TEST_CASE("a module that is missing or none is refused with the loader's words", "[pkcs11]") {
  TokenPlace place;
  auto with = [&](const std::string& module) {
    return start_with(replaced(place.config(), place.module(), module));
  };
  Outcome missing = with("/nowhere/module.so");
  CHECK(missing.status == BERTH_NOT_FOUND);
  CHECK(missing.reason == "pkcs11.module_missing");
  Outcome text = with(place.pin_file());
  CHECK(text.status == BERTH_FAILED_PRECONDITION);
  CHECK(text.reason == "pkcs11.module_load");
  CHECK(text.message.find(place.pin_file()) != std::string::npos);
  CHECK(with(NO_MODULE_SO).reason == "pkcs11.module_load");
}

TEST_CASE("a module that does not initialise is told by what it answered", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  fake.answer("C_Initialize", CKR_GENERAL_ERROR);
  Outcome outcome = start_with(place.config());
  CHECK(outcome.reason == "pkcs11.device");
  CHECK(outcome.message.find("C_Initialize answered CKR_GENERAL_ERROR") != std::string::npos);
  fake.answer("C_Initialize", CKR_CANT_LOCK);
  CHECK(start_with(place.config()).reason == "pkcs11.call");
  CHECK(start_with(place.config()).ok());
}

TEST_CASE("a token is found by label, serial number or slot, and a wrong one is told", "[pkcs11]") {
  TokenPlace place;
  Hsm hsm(place);
  Inside inside(place);
  const std::string by_label = "\"tokenLabel\":\"" + place.label() + "\"";
  auto with = [&](const std::string& name) {
    return start_with(replaced(place.config(), by_label, name));
  };
  CHECK(with("\"tokenSerial\":\"" + inside.serial() + "\"").ok());
  CHECK(with("\"slot\":" + std::to_string(inside.slot())).ok());
  for (const char* name : {R"("tokenLabel":"nobody")", R"("tokenSerial":"0")", R"("slot":4711)"}) {
    CAPTURE(name);
    Outcome outcome = with(name);
    CHECK(outcome.status == BERTH_UNAVAILABLE);
    CHECK(outcome.reason == "pkcs11.token_not_found");
  }
}

TEST_CASE("a PIN file that others could read, or that holds no PIN, is refused", "[pkcs11]") {
  TokenPlace place;
  for (mode_t mode : {0644, 0640, 0604, 0660, 0700, 04600}) {
    CAPTURE(mode);
    write_file(place.pin_file(), TokenPlace::kPin, mode);
    Outcome outcome = start_with(place.config());
    CHECK(outcome.status == BERTH_PERMISSION_DENIED);
    CHECK(outcome.reason == "pkcs11.pin_file_mode");
  }
  for (const std::string& content : {std::string(), std::string("\n"), std::string(300, '1')}) {
    write_file(place.pin_file(), content, 0600);
    CHECK(start_with(place.config()).reason == "pkcs11.pin");
  }
  fs::remove(place.pin_file());
  CHECK(start_with(place.config()).reason == "pkcs11.pin_file");
  write_file(place.pin_file(), TokenPlace::kPin, 0400);
  CHECK(start_with(place.config()).ok());
}

TEST_CASE("a wrong PIN is tried once, and a new instance with the right one serves", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  write_file(place.pin_file(), "13572468", 0600);
  {
    Instance instance(plugin(), place.config());
    REQUIRE(instance.created().ok());
    Outcome outcome = instance.start();
    CHECK(outcome.status == BERTH_UNAUTHENTICATED);
    CHECK(outcome.reason == "pkcs11.pin_incorrect");
    CHECK(outcome.message.find("13572468") == std::string::npos);
    CHECK(fake.calls("C_Login") == 1);
    // The token counted it, and has more tries than that.
    Inside inside(place);
    CHECK((inside.flags() & CKF_USER_PIN_COUNT_LOW) != 0);
    CHECK((inside.flags() & (CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED)) == 0);
  }
  write_file(place.pin_file(), TokenPlace::kPin, 0600);
  Hsm mended(place);
  CHECK((Inside(place).flags() & CKF_USER_PIN_COUNT_LOW) == 0);
}

TEST_CASE("a locked token, and the last try before it locks, are left alone", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  fake.flags(CKF_USER_PIN_FINAL_TRY, 0);
  Outcome last = start_with(place.config());
  CHECK(last.status == BERTH_UNAUTHENTICATED);
  CHECK(last.reason == "pkcs11.pin_final_try");
  fake.flags(CKF_USER_PIN_LOCKED, 0);
  CHECK(start_with(place.config()).reason == "pkcs11.pin_locked");
  CHECK(fake.calls("C_Login") == 0);
  fake.flags(0, 0);
  fake.answer("C_Login", CKR_PIN_LOCKED);
  CHECK(start_with(place.config()).reason == "pkcs11.pin_locked");
  fake.answer("C_Login", CKR_PIN_EXPIRED);
  CHECK(start_with(place.config()).reason == "pkcs11.pin_expired");
  fake.answer("C_Login", CKR_USER_PIN_NOT_INITIALIZED);
  CHECK(start_with(place.config()).reason == "pkcs11.pin_not_set");
  CHECK(fake.calls("C_Login") == 3);
}
