// SoftHSM2 tokens for a host's HSM, and the certificates of keys that were made in them. Only in a
// run of tests/softhsm/run.sh.

#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/scenario/world.h"

namespace berth::scenario {

// A fresh token of its own; goes with the object.
class Token {
 public:
  explicit Token(std::string label);
  ~Token();
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;

  // The binding of plugins/hsm/pkcs11 to it. `more`: members of the plugin's configuration.
  nlohmann::json binding(const nlohmann::json& more = nlohmann::json::object()) const;
  // As if it were pulled out, and put back.
  void lose() const;
  void put_back() const;
  // A key made elsewhere, PKCS#8 PEM in `file`, as softhsm2-util imports it.
  void import(const std::filesystem::path& file, const std::string& name) const;

  const std::string& pin_file() const { return pin_file_; }
  static std::string module();

 private:
  std::string label_;
  std::filesystem::path folder_;  // the token's own, below SoftHSM2's
  std::filesystem::path hidden_;
  std::string pin_file_;
};

// A host file changed by `change`, for both nodes.
void edit_host(const World& world, const std::function<void(nlohmann::json&)>& change);

// Makes a pair of keys under each curve's issuer in the host's HSM (or the next one), asks for
// their certificates, has the issuers give them, and returns the entries of `smdp` that name them.
// Names end in `suffix`.
nlohmann::json certified_pairs(World& world, const std::vector<Curve>& curves,
                               const std::string& suffix, bool in_next = false);

}  // namespace berth::scenario
