// The built softkeys plugin in a scratch folder, called through its C tables alone.

#pragma once

#include <array>
#include <string>
#include <string_view>

#include "berth/abi/hsm_import.h"
#include "kit/hsm/hsm_kit.h"

namespace berth::softkeys_test {

using hsm_kit::from_hex;
using hsm_kit::Hsm;
using hsm_kit::Instance;
using hsm_kit::Key;
using hsm_kit::Octets;
using hsm_kit::Outcome;
using hsm_kit::read_file;
using hsm_kit::run;
using hsm_kit::ScratchFolder;
using hsm_kit::spec_of;
using hsm_kit::str;
using hsm_kit::write_file;

// A folder with a passphrase file, where instances come and go.
struct Place final : hsm_kit::Place {
  Place() { write_file(passphrase_file(), "correct horse battery staple\n", 0600); }
  std::string plugin() const override { return SOFTKEYS_SO; }
  std::string passphrase_file() const { return folder / "passphrase"; }
  std::string keys() const { return folder / "keys"; }
  std::string key_file(const std::string& reference) const {
    return keys() + "/" + reference + ".key";
  }
  std::string config() const override {
    return R"({"folder":")" + keys() + R"(","passphraseFile":")" + passphrase_file() + R"("})";
  }
  ScratchFolder folder;
};

// The same with a random key in place of the passphrase.
struct RandomKeyPlace final : hsm_kit::Place {
  RandomKeyPlace() { write_file(key_file(), std::string(kHex) + "\n", 0600); }
  static constexpr std::string_view kHex =
      "00112233445566778899AABBCCDDEEFFfedcba98765432100123456789abcdef";
  std::string plugin() const override { return SOFTKEYS_SO; }
  std::string key_file() const { return folder / "keys.hex"; }
  std::string keys() const { return folder / "keys"; }
  std::string config() const override {
    return R"({"folder":")" + keys() + R"(","masterKeyFile":")" + key_file() + R"("})";
  }
  ScratchFolder folder;
};

// A started instance that takes keys from outside, too.
class Softkeys : public Hsm {
 public:
  explicit Softkeys(const Place& place)
      : Hsm(place), import_(instance().table<berth_hsm_import>(BERTH_HSM_IMPORT_V1)) {
    REQUIRE(import_ != nullptr);
  }
  Outcome import(std::string_view reference, const berth_hsm_key_spec& spec,
                 const Octets& private_key) {
    return run([&](const berth_op* op) {
      return import_->import_key(instance().handle(), op, str(reference), &spec,
                                 kit::octets(private_key));
    });
  }

 private:
  const berth_hsm_import* import_;
};

}  // namespace berth::softkeys_test
