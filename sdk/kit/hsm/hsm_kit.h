// The conformance kit of HSM backends: what every plugin that provides berth.hsm/1 must do, called
// through its C tables alone. A backend's test program links berth_hsm_kit and defines
// make_place().

#pragma once

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "berth/abi/hsm.h"
#include "kit/plugin_under_test.h"

namespace berth::hsm_kit {

using Octets = std::vector<std::uint8_t>;
using kit::Instance;
using kit::Outcome;
using kit::run;
using kit::ScratchFolder;
using kit::str;

inline Octets from_hex(std::string_view hex) {
  Octets out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::string& path, std::string_view content, mode_t mode) {
  std::ofstream(path, std::ios::binary) << content;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

// Where instances of one backend come and go; lasting keys stay with it.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::string plugin() const = 0;  // the built library
  virtual std::string config() const = 0;
};
// Fresh, without keys. Defined by each program that runs the kit.
std::unique_ptr<Place> make_place();

// An open key of an Hsm; closed with this object.
class Key {
 public:
  Key(const berth_hsm* table, berth_instance* instance) : table_(table), instance_(instance) {}
  ~Key() {
    if (handle_ != nullptr) table_->close_key(instance_, handle_);
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  berth_hsm_key** out() { return &handle_; }
  berth_hsm_key* get() const { return handle_; }

 private:
  const berth_hsm* table_;
  berth_instance* instance_;
  berth_hsm_key* handle_ = nullptr;
};

inline berth_hsm_key_spec spec_of(std::uint32_t curve, std::uint32_t usage,
                                  std::string_view label = {}) {
  berth_hsm_key_spec spec{};
  spec.struct_size = sizeof spec;
  spec.curve = curve;
  spec.usage = usage;
  spec.bits = curve == 0 ? 256 : 0;
  spec.ephemeral = label.empty();
  spec.label = str(label);
  return spec;
}

// A started instance. Every call checks the contract: a story exactly when not OK.
class Hsm {
 public:
  explicit Hsm(const Place& place)
      : instance_(kit::load_plugin(place.plugin().c_str()), place.config()) {
    REQUIRE(instance_.created().ok());
    REQUIRE(instance_.start().ok());
    table_ = instance_.table<berth_hsm>(BERTH_HSM_V1);
    REQUIRE(table_ != nullptr);
  }

  Key key() const { return Key(table_, instance_.handle()); }
  const berth_hsm* table() const { return table_; }
  Instance& instance() { return instance_; }

  Outcome open(std::string_view reference, Key& key) {
    return run([&](const berth_op* op) {
      return table_->open_key(instance_.handle(), op, str(reference), key.out());
    });
  }
  Outcome generate(const berth_hsm_key_spec& spec, Key& key) {
    return run([&](const berth_op* op) {
      return table_->generate_key(instance_.handle(), op, &spec, key.out());
    });
  }
  Outcome destroy(std::string_view reference) {
    return run([&](const berth_op* op) {
      return table_->destroy_key(instance_.handle(), op, str(reference));
    });
  }
  Octets point(const Key& key) {
    Octets out(65);
    berth_buf buffer{out.data(), out.size(), 0};
    REQUIRE(run([&](const berth_op* op) {
              return table_->public_point(instance_.handle(), op, key.get(), &buffer);
            }).ok());
    REQUIRE(buffer.len == 65);
    return out;
  }
  Outcome sign(const Key& key, const Octets& digest, Octets& signature,
               std::uint32_t mechanism = BERTH_MECH_ECDSA_SHA256) {
    signature.assign(64, 0);
    berth_buf buffer{signature.data(), signature.size(), 0};
    return run([&](const berth_op* op) {
      return table_->sign(instance_.handle(), op, key.get(), mechanism, kit::octets(digest),
                          &buffer);
    });
  }
  Outcome agree(const Key& key, const Octets& peer, const Octets& shared_info, Octets& out) {
    berth_hsm_agree params{};
    params.struct_size = sizeof params;
    params.mechanism = BERTH_MECH_ECKA_X963_SHA256;
    params.peer_point = kit::octets(peer);
    params.shared_info = kit::octets(shared_info);
    params.output_len = out.size();
    berth_buf buffer{out.data(), out.size(), 0};
    return run([&](const berth_op* op) {
      return table_->agree(instance_.handle(), op, key.get(), &params, &buffer, nullptr);
    });
  }
  using Transform = decltype(berth_hsm::wrap);
  // wrap or unwrap into `out`, sized as the plugin asks.
  Outcome transform(Transform slot, const Key& kek, std::uint32_t mechanism, std::string_view aad,
                    const Octets& in, Octets& out) {
    out.assign(in.size() + 64, 0);
    berth_buf buffer{out.data(), out.size(), 0};
    Outcome outcome = run([&](const berth_op* op) {
      return slot(instance_.handle(), op, kek.get(), mechanism, kit::octets(aad), kit::octets(in),
                  &buffer);
    });
    if (outcome.ok()) out.resize(buffer.len);
    return outcome;
  }
  Outcome wrap(const Key& kek, std::uint32_t mechanism, std::string_view aad, const Octets& in,
               Octets& out) {
    return transform(table_->wrap, kek, mechanism, aad, in, out);
  }
  Outcome unwrap(const Key& kek, std::uint32_t mechanism, std::string_view aad, const Octets& in,
                 Octets& out) {
    return transform(table_->unwrap, kek, mechanism, aad, in, out);
  }

 private:
  Instance instance_;
  const berth_hsm* table_ = nullptr;
};

}  // namespace berth::hsm_kit
