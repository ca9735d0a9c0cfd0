// A SoftHSM2 token of a test's own, as instances of the pkcs11 plugin find it; the fake module
// around it; and the token seen without the plugin.

#pragma once

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "kit/hsm/hsm_kit.h"

namespace berth::pkcs11_test {

using namespace hsm_kit;  // NOLINT: the same words, one backend
namespace fs = std::filesystem;

inline std::string softhsm_module() {
  const char* module = std::getenv("BERTH_TEST_SOFTHSM");
  if (module == nullptr) throw std::runtime_error("run this by tests/softhsm/run.sh");
  return module;
}

// Scripted from its beginning; clean again at its end.
class Fake {
 public:
  Fake() : library_(::dlopen(FAKE_MODULE_SO, RTLD_NOW | RTLD_LOCAL)) {
    REQUIRE(library_ != nullptr);
    reset();
  }
  ~Fake() { reset(); }
  // `call` answers `answer` `times` times, after `skip` calls that pass.
  void answer(const char* call, CK_RV answer, int times = 1, int skip = 0) {
    function<void(const char*, unsigned long, int, int)>("fake_answer")(call, answer, times, skip);
  }
  void delay(const char* call, int ms) { function<void(const char*, int)>("fake_delay")(call, ms); }
  int calls(const char* call) { return function<int(const char*)>("fake_calls")(call); }
  void flags(CK_FLAGS token, CK_FLAGS slot) {
    function<void(unsigned long, unsigned long)>("fake_flags")(token, slot);
  }
  void kdf(int kind) { function<void(int)>("fake_kdf")(kind); }
  void reset() { function<void()>("fake_reset")(); }

 private:
  template <class Signature>
  Signature* function(const char* name) {
    return reinterpret_cast<Signature*>(::dlsym(library_, name));
  }
  void* library_;
};

class TokenPlace final : public hsm_kit::Place {
 public:
  explicit TokenPlace(std::string module = softhsm_module())
      : module_(std::move(module)), label_(fresh_label()) {
    std::vector<fs::path> before;
    for (const auto& entry : fs::directory_iterator(tokens())) before.push_back(entry.path());
    std::string command = "softhsm2-util --init-token --free --label " + label_ +
                          " --so-pin 87654321 --pin " + kPin + " >/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    for (const auto& entry : fs::directory_iterator(tokens())) {
      if (std::find(before.begin(), before.end(), entry.path()) == before.end()) {
        token_folder_ = entry.path();
      }
    }
    write_file(pin_file(), std::string(kPin) + "\n", 0600);
  }
  ~TokenPlace() override {
    std::error_code ignored;
    fs::remove_all(token_folder_, ignored);
  }

  static constexpr const char* kPin = "24681357";
  std::string plugin() const override { return PKCS11_SO; }
  // The token by its label and whatever `more` says: members of the configuration.
  std::string config() const override {
    return R"({"module":")" + module_ + R"(","tokenLabel":")" + label_ + R"(","pinFile":")" +
           pin_file() + R"(","maxOpenKeys":100)" + more + "}";
  }
  std::string more;
  const std::string& module() const { return module_; }
  const std::string& label() const { return label_; }
  std::string pin_file() const { return folder_ / "pin"; }

  // As if it were pulled out, and put back.
  void lose() { fs::rename(token_folder_, hidden()); }
  void put_back() { fs::rename(hidden(), token_folder_); }

 private:
  static fs::path tokens() {
    return fs::path(std::getenv("SOFTHSM2_CONF")).parent_path() / "tokens";
  }
  static std::string fresh_label() {
    static std::atomic<int> counter{0};
    return "token-" + std::to_string(++counter);
  }
  fs::path hidden() const { return folder_.path() / "hidden"; }

  std::string module_;
  std::string label_;
  fs::path token_folder_;
  ScratchFolder folder_;
};

// A token's objects without the plugin, while an instance is logged in to it: PKCS#11 shares one
// state in the process.
class Inside {
 public:
  explicit Inside(const TokenPlace& place) {
    void* library = ::dlopen(softhsm_module().c_str(), RTLD_NOW | RTLD_LOCAL);
    auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    REQUIRE(get(&call_) == CKR_OK);
    std::vector<CK_SLOT_ID> slots(100);
    CK_ULONG count = slots.size();
    REQUIRE(call_->C_GetSlotList(CK_TRUE, slots.data(), &count) == CKR_OK);
    for (CK_ULONG i = 0; i < count; ++i) {
      CK_TOKEN_INFO info{};
      if (call_->C_GetTokenInfo(slots[i], &info) != CKR_OK) continue;
      std::string label(reinterpret_cast<const char*>(info.label), sizeof info.label);
      if (!label.starts_with(place.label() + " ")) continue;
      slot_ = slots[i];
      flags_ = info.flags;
      serial_.assign(reinterpret_cast<const char*>(info.serialNumber), 16);
    }
    REQUIRE(call_->C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                                 &session_) == CKR_OK);
  }
  ~Inside() { call_->C_CloseSession(session_); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  CK_FUNCTION_LIST& call() { return *call_; }
  CK_SESSION_HANDLE session() const { return session_; }
  CK_SLOT_ID slot() const { return slot_; }
  CK_FLAGS flags() const { return flags_; }
  const std::string& serial() const { return serial_; }

  std::vector<CK_OBJECT_HANDLE> objects(CK_OBJECT_CLASS type) {
    CK_ATTRIBUTE wanted{CKA_CLASS, &type, sizeof type};
    std::vector<CK_OBJECT_HANDLE> found(1000);
    CK_ULONG count = 0;
    REQUIRE(call_->C_FindObjectsInit(session_, &wanted, 1) == CKR_OK);
    REQUIRE(call_->C_FindObjects(session_, found.data(), found.size(), &count) == CKR_OK);
    REQUIRE(call_->C_FindObjectsFinal(session_) == CKR_OK);
    found.resize(count);
    return found;
  }
  std::string attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    std::string value(200, '\0');
    CK_ATTRIBUTE wanted{type, value.data(), value.size()};
    if (call_->C_GetAttributeValue(session_, object, &wanted, 1) != CKR_OK) return "refused";
    value.resize(wanted.ulValueLen);
    return value;
  }
  void set(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, std::string value) {
    CK_ATTRIBUTE changed{type, value.data(), value.size()};
    REQUIRE(call_->C_SetAttributeValue(session_, object, &changed, 1) == CKR_OK);
  }

 private:
  CK_FUNCTION_LIST* call_ = nullptr;
  CK_SLOT_ID slot_ = 0;
  CK_FLAGS flags_ = 0;
  std::string serial_;
  CK_SESSION_HANDLE session_ = 0;
};

// What health answers.
struct HealthAnswer {
  std::uint32_t state = 0;
  std::string detail;
};
inline HealthAnswer health_of(Instance& instance) {
  HealthAnswer answer;
  kit::CollectingSink sink;
  const auto* table = instance.table<berth_health>(BERTH_HEALTH_V1);
  REQUIRE(run([&](const berth_op* op) {
            return table->check(instance.handle(), op, &answer.state, sink.raw());
          }).ok());
  answer.detail = sink.content();
  return answer;
}

}  // namespace berth::pkcs11_test
