// Ephemeral keys made, used and closed; nothing lasting is left.

#include <cstring>
#include <string>
#include <vector>

#include "berth/abi/hsm.h"
#include "kit/exercise.h"

namespace berth::hsm_kit {
namespace {

using kit::Caller;
using kit::str;
using Octets = std::vector<std::uint8_t>;

class HsmExercise final : public kit::Exercise {
 public:
  HsmExercise(const berth_hsm* table, berth_instance* instance)
      : table_(table), instance_(instance) {}

  berth_status round(Caller& caller, std::uint64_t number) override {
    berth_hsm_key* pair = nullptr;
    berth_status status = generate(caller, BERTH_CURVE_P256, BERTH_KEY_SIGN, {}, &pair);
    if (status != BERTH_OK) return status;
    status = sign(caller, pair, number);
    table_->close_key(instance_, pair);
    if (status != BERTH_OK) return status;
    berth_hsm_key* secret = nullptr;
    status = generate(caller, 0, BERTH_KEY_WRAP | BERTH_KEY_UNWRAP, {}, &secret);
    if (status != BERTH_OK) return status;
    status = there_and_back(caller, secret, number);
    table_->close_key(instance_, secret);
    return status;
  }

  std::string seen_by(kit::Exercise& other, Caller& caller) override {
    berth_hsm_key* mine = nullptr;
    if (generate(caller, 0, BERTH_KEY_WRAP, "exercise-mine", &mine) != BERTH_OK) return {};
    table_->close_key(instance_, mine);
    auto& elsewhere = static_cast<HsmExercise&>(other);
    berth_hsm_key* seen = nullptr;
    const berth_status found = caller("open_key", [&](const berth_op* op) {
      return table_->open_key(elsewhere.instance_, op, str("exercise-mine"), &seen);
    });
    if (found == BERTH_OK) table_->close_key(elsewhere.instance_, seen);
    caller("destroy_key", [&](const berth_op* op) {
      return table_->destroy_key(instance_, op, str("exercise-mine"));
    });
    return found == BERTH_NOT_FOUND ? "" : "a key made in one instance is found in the other";
  }

  std::uint32_t concurrency(Caller& caller) override {
    berth_hsm_limits limits{};
    limits.struct_size = sizeof limits;
    caller("limits", [&](const berth_op* op) { return table_->limits(instance_, op, &limits); });
    return limits.max_concurrency;
  }

 private:
  berth_status generate(Caller& caller, std::uint32_t curve, std::uint32_t usage,
                        std::string_view label, berth_hsm_key** key) {
    berth_hsm_key_spec spec{};
    spec.struct_size = sizeof spec;
    spec.curve = curve;
    spec.usage = usage;
    spec.bits = curve == 0 ? 256 : 0;
    spec.ephemeral = label.empty();
    spec.label = str(label);
    return caller("generate_key", [&](const berth_op* op) {
      return table_->generate_key(instance_, op, &spec, key);
    });
  }
  berth_status sign(Caller& caller, berth_hsm_key* key, std::uint64_t number) {
    Octets digest(32);
    std::memcpy(digest.data(), &number, sizeof number);
    Octets signature(64);
    berth_buf out{signature.data(), signature.size(), 0};
    const berth_status status = caller("sign", [&](const berth_op* op) {
      return table_->sign(instance_, op, key, BERTH_MECH_ECDSA_SHA256,
                          {digest.data(), digest.size()}, &out);
    });
    if (status != BERTH_OK || out.len == signature.size()) return status;
    return caller.wrong("sign gave " + std::to_string(out.len) + " octets, a signature has 64");
  }
  berth_status there_and_back(Caller& caller, berth_hsm_key* key, std::uint64_t number) {
    Octets plain(32, static_cast<std::uint8_t>(number));
    Octets wrapped(128);
    Octets back(128);
    berth_buf out{wrapped.data(), wrapped.size(), 0};
    berth_status status = caller("wrap", [&](const berth_op* op) {
      return table_->wrap(instance_, op, key, BERTH_MECH_AES_GCM, {}, {plain.data(), plain.size()},
                          &out);
    });
    if (status != BERTH_OK) return status;
    berth_buf again{back.data(), back.size(), 0};
    status = caller("unwrap", [&](const berth_op* op) {
      return table_->unwrap(instance_, op, key, BERTH_MECH_AES_GCM, {}, {wrapped.data(), out.len},
                            &again);
    });
    if (status != BERTH_OK) return status;
    back.resize(again.len < back.size() ? again.len : back.size());
    return back == plain ? BERTH_OK : caller.wrong("unwrap gave other octets than wrap took");
  }

  const berth_hsm* table_;
  berth_instance* instance_;
};

}  // namespace

std::unique_ptr<kit::Exercise> make_exercise(const berth_plugin_entry& entry,
                                             berth_instance* instance) {
  return std::make_unique<HsmExercise>(
      static_cast<const berth_hsm*>(entry.get_interface(instance, BERTH_HSM_V1)), instance);
}

}  // namespace berth::hsm_kit
