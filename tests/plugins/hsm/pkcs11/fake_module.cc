// SoftHSM2 behind a door that fails as it is told: for faults that SoftHSM2 alone cannot show. In
// its own process it is told by its functions; in another one by the file that
// BERTH_TEST_FAKE_SCRIPT names, for as long as it stands there: lines of a call, an answer (0: the
// call passes) and a delay in milliseconds.

#include <dlfcn.h>
#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

struct Script {
  CK_RV answer = CKR_OK;
  int times = 0;  // how often it is given
  int skip = 0;   // after how many calls that pass
  int delay_ms = 0;
  int calls = 0;
};

std::mutex g_mutex;
std::map<std::string, Script> g_scripts;
CK_FLAGS g_token_flags = 0;
CK_FLAGS g_slot_flags = 0;
int g_kdf = 0;  // 0: none inside; 1: X9.63; 2: one that is not
CK_FUNCTION_LIST* g_real = nullptr;
CK_FUNCTION_LIST g_list;

void read_script(const std::string& wanted, CK_RV& answer, int& delay) {
  const char* file = std::getenv("BERTH_TEST_FAKE_SCRIPT");
  if (file == nullptr) return;
  std::ifstream script(file);
  std::string call;
  CK_RV given = CKR_OK;
  for (int wait = 0; script >> call >> given >> wait;) {
    if (call != wanted) continue;
    answer = given;
    delay = wait;
  }
}

// CKR_OK: the call passes.
CK_RV scripted(const char* call) {
  int delay = 0;
  CK_RV answer = CKR_OK;
  read_script(call, answer, delay);
  {
    std::lock_guard lock(g_mutex);
    Script& script = g_scripts[call];
    ++script.calls;
    delay = std::max(delay, script.delay_ms);
    if (script.skip > 0) {
      --script.skip;
    } else if (script.times > 0) {
      --script.times;
      answer = script.answer;
    }
  }
  if (delay > 0) std::this_thread::sleep_for(std::chrono::milliseconds(delay));
  return answer;
}

template <auto Member>
struct Wrapped;
template <class... Arguments, CK_RV (*CK_FUNCTION_LIST::*Member)(Arguments...)>
struct Wrapped<Member> {
  static inline const char* name = "";
  static CK_RV call(Arguments... arguments) {
    CK_RV answer = scripted(name);
    return answer != CKR_OK ? answer : (g_real->*Member)(arguments...);
  }
  static void install(const char* as) {
    name = as;
    g_list.*Member = &call;
  }
};

CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
  CK_RV answer = scripted("C_GetTokenInfo");
  if (answer == CKR_OK) answer = g_real->C_GetTokenInfo(slot, info);
  if (answer == CKR_OK) info->flags |= g_token_flags;
  return answer;
}

CK_RV slot_info(CK_SLOT_ID slot, CK_SLOT_INFO* info) {
  CK_RV answer = g_real->C_GetSlotInfo(slot, info);
  if (answer == CKR_OK) info->flags |= g_slot_flags;
  return answer;
}

// X9.63 with SHA-256 "inside the token", which SoftHSM2 cannot.
CK_RV derive_inside(CK_SESSION_HANDLE session, CK_ECDH1_DERIVE_PARAMS params, CK_OBJECT_HANDLE key,
                    CK_ATTRIBUTE* attributes, CK_ULONG count, CK_OBJECT_HANDLE* out) {
  std::vector<CK_ATTRIBUTE> object(attributes, attributes + count);
  CK_ULONG wanted = 0;
  CK_ULONG shared_size = 32;
  for (CK_ATTRIBUTE& attribute : object) {
    if (attribute.type != CKA_VALUE_LEN) continue;
    std::memcpy(&wanted, attribute.pValue, sizeof wanted);
    attribute.pValue = &shared_size;
  }
  std::vector<unsigned char> input(params.pSharedData, params.pSharedData + params.ulSharedDataLen);
  params.kdf = CKD_NULL;
  params.pSharedData = nullptr;
  params.ulSharedDataLen = 0;
  CK_MECHANISM mechanism{CKM_ECDH1_DERIVE, &params, sizeof params};
  CK_OBJECT_HANDLE shared = 0;
  CK_RV answer = g_real->C_DeriveKey(session, &mechanism, key, object.data(), count, &shared);
  if (answer != CKR_OK) return answer;
  unsigned char secret[36] = {};
  CK_ATTRIBUTE value{CKA_VALUE, secret, 32};
  g_real->C_GetAttributeValue(session, shared, &value, 1);
  g_real->C_DestroyObject(session, shared);
  input.insert(input.begin(), secret, secret + sizeof secret);
  std::vector<unsigned char> derived;
  for (input[35] = g_kdf == 1 ? 1 : 9; derived.size() < wanted; ++input[35]) {
    unsigned char block[32];
    EVP_Digest(input.data(), input.size(), block, nullptr, EVP_sha256(), nullptr);
    derived.insert(derived.end(), block, block + sizeof block);
  }
  for (CK_ATTRIBUTE& attribute : object) {
    if (attribute.type == CKA_VALUE_LEN) attribute = {CKA_VALUE, derived.data(), wanted};
  }
  return g_real->C_CreateObject(session, object.data(), count, out);
}

CK_RV derive(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key,
             CK_ATTRIBUTE* attributes, CK_ULONG count, CK_OBJECT_HANDLE* out) {
  auto* params = static_cast<CK_ECDH1_DERIVE_PARAMS*>(mechanism->pParameter);
  bool inside = params->kdf == CKD_SHA256_KDF;
  CK_RV answer = scripted(inside ? "C_DeriveKey inside" : "C_DeriveKey");
  if (answer != CKR_OK) return answer;
  if (inside && g_kdf != 0) return derive_inside(session, *params, key, attributes, count, out);
  return g_real->C_DeriveKey(session, mechanism, key, attributes, count, out);
}

#define FAKE_WRAP(call) Wrapped<&CK_FUNCTION_LIST::call>::install(#call)

}  // namespace

FAKE_EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  if (g_real == nullptr) {
    void* real = ::dlopen(std::getenv("BERTH_TEST_SOFTHSM"), RTLD_NOW | RTLD_LOCAL);
    if (real == nullptr) return CKR_GENERAL_ERROR;
    auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(real, "C_GetFunctionList"));
    if (get(&g_real) != CKR_OK) return CKR_GENERAL_ERROR;
    g_list = *g_real;
    FAKE_WRAP(C_Initialize);
    FAKE_WRAP(C_Finalize);
    FAKE_WRAP(C_GetSlotList);
    FAKE_WRAP(C_GetMechanismInfo);
    FAKE_WRAP(C_OpenSession);
    FAKE_WRAP(C_CloseSession);
    FAKE_WRAP(C_GetSessionInfo);
    FAKE_WRAP(C_Login);
    FAKE_WRAP(C_DestroyObject);
    FAKE_WRAP(C_FindObjectsInit);
    FAKE_WRAP(C_GenerateKeyPair);
    FAKE_WRAP(C_SignInit);
    FAKE_WRAP(C_Sign);
    FAKE_WRAP(C_Decrypt);
    FAKE_WRAP(C_GenerateRandom);
    g_list.C_GetTokenInfo = &token_info;
    g_list.C_GetSlotInfo = &slot_info;
    g_list.C_DeriveKey = &derive;
  }
  *list = &g_list;
  return CKR_OK;
}

FAKE_EXPORT void fake_answer(const char* call, unsigned long answer, int times, int skip) {
  std::lock_guard lock(g_mutex);
  Script& script = g_scripts[call];
  script.answer = answer;
  script.times = times;
  script.skip = skip;
}
FAKE_EXPORT void fake_delay(const char* call, int milliseconds) {
  std::lock_guard lock(g_mutex);
  g_scripts[call].delay_ms = milliseconds;
}
FAKE_EXPORT int fake_calls(const char* call) {
  std::lock_guard lock(g_mutex);
  return g_scripts[call].calls;
}
FAKE_EXPORT void fake_flags(unsigned long token, unsigned long slot) {
  g_token_flags = token;
  g_slot_flags = slot;
}
FAKE_EXPORT void fake_kdf(int kind) { g_kdf = kind; }
FAKE_EXPORT void fake_reset() {
  std::lock_guard lock(g_mutex);
  g_scripts.clear();
  g_token_flags = 0;
  g_slot_flags = 0;
  g_kdf = 0;
}
