#include "module.h"

#include <dlfcn.h>
#include <unistd.h>

#include <map>
#include <utility>

#include "berth/sdk/error.h"
#include "return_value.h"

namespace pkcs11 {

using berth::sdk::Error;

// One path's place in the process: its lock orders C_Initialize and C_Finalize, so that a hung
// library holds up nobody but its own users.
struct Module::Slot {
  std::mutex mutex;
  std::weak_ptr<Module> current;
  bool initialised = false;  // by this plugin
};

namespace {

CK_FUNCTION_LIST* load(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) {
    throw Error(BERTH_NOT_FOUND, "pkcs11.module_missing", "there is no readable file " + path);
  }
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* words = ::dlerror();
    throw Error(BERTH_FAILED_PRECONDITION, "pkcs11.module_load",
                "the loader refused " + path + ": " + (words == nullptr ? "no reason" : words));
  }
  auto get_list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* list = nullptr;
  if (get_list == nullptr || get_list(&list) != CKR_OK || list == nullptr ||
      list->version.major < 2) {
    throw Error(BERTH_FAILED_PRECONDITION, "pkcs11.module_load",
                path + " is no PKCS#11 module: it gives no list of functions");
  }
  return list;
}

}  // namespace

void Module::initialise(CK_FUNCTION_LIST& functions, bool& initialised_here) {
  CK_C_INITIALIZE_ARGS args{};
  args.flags = CKF_OS_LOCKING_OK;
  CK_RV answer = functions.C_Initialize(&args);
  initialised_here = answer == CKR_OK;
  // Somebody else in this process uses the library too; it is theirs to finalise.
  if (answer != CKR_CRYPTOKI_ALREADY_INITIALIZED) check("C_Initialize", answer);
}

std::shared_ptr<Module> Module::open(const std::string& path) {
  static std::mutex registry_mutex;
  static std::map<std::string, std::shared_ptr<Slot>> registry;
  std::shared_ptr<Slot> slot;
  {
    std::lock_guard lock(registry_mutex);
    std::shared_ptr<Slot>& found = registry[path];
    if (found == nullptr) found = std::make_shared<Slot>();
    slot = found;
  }
  std::lock_guard lock(slot->mutex);
  if (std::shared_ptr<Module> shared = slot->current.lock()) return shared;
  CK_FUNCTION_LIST* functions = load(path);
  // A destructor that has not got the lock yet has left the library initialised: taken over.
  bool initialised_here = false;
  try {
    initialise(*functions, initialised_here);
  } catch (const CallFailed& failed) {
    throw error_of(failed);
  }
  slot->initialised = slot->initialised || initialised_here;
  std::shared_ptr<Module> made(new Module(slot, functions, slot->initialised));
  slot->current = made;
  return made;
}

Module::~Module() {
  std::lock_guard lock(slot_->mutex);
  // Another instance may have come between the last reference and this lock.
  if (!initialised_here_ || !slot_->current.expired()) return;
  slot_->initialised = false;
  functions_->C_Finalize(nullptr);
}

bool Module::restart(const std::shared_ptr<Module>& sole) {
  std::lock_guard lock(sole->slot_->mutex);
  if (sole.use_count() != 1 || !sole->initialised_here_) return false;
  sole->functions_->C_Finalize(nullptr);
  bool ours = false;  // and stays so when this fails: the next attempt begins here again
  initialise(*sole->functions_, ours);
  return true;
}

}  // namespace pkcs11
