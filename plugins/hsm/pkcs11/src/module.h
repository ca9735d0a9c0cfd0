// A vendor's PKCS#11 library, loaded and initialised.
//
// PKCS#11 keeps one state per process and library, whoever calls it: C_Initialize counts once,
// logins and slots are shared. So instances that name the same path share one Module, the only
// state of this plugin that is not an instance's own; the last one to go finalises it. The library
// itself stays mapped, as every plugin's code does.

#pragma once

#include <p11-kit/pkcs11.h>

#include <memory>
#include <mutex>
#include <string>

namespace pkcs11 {

class Module {
 public:
  // Loads the library and initialises it with the system's locks. Throws Error: NOT_FOUND
  // "pkcs11.module_missing", FAILED_PRECONDITION "pkcs11.module_load" with the loader's words or
  // when there is no usable C_GetFunctionList, and what error_of says of C_Initialize.
  static std::shared_ptr<Module> open(const std::string& path);

  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  CK_FUNCTION_LIST& functions() const { return *functions_; }

  // Finalises and initialises again, which is how some libraries come to see a token that was away.
  // Only when `sole` is the single owner and this plugin initialised the library; else false. No
  // call of the module may be in flight.
  static bool restart(const std::shared_ptr<Module>& sole);

 private:
  struct Slot;
  Module(std::shared_ptr<Slot> slot, CK_FUNCTION_LIST* functions, bool initialised_here)
      : slot_(std::move(slot)), functions_(functions), initialised_here_(initialised_here) {}
  static void initialise(CK_FUNCTION_LIST& functions, bool& initialised_here);

  std::shared_ptr<Slot> slot_;
  CK_FUNCTION_LIST* functions_;
  bool initialised_here_;
};

}  // namespace pkcs11
