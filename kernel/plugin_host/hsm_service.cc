// The slots of "berth.hsm/1" and "berth.hsm.import/1".

#include <algorithm>

#include "berth/abi/hsm_import.h"
#include "kernel/plugin_host/instance.h"
#include "kernel/wire/tables.h"

namespace berth::plugin_host {
namespace {

using wire::Slot;

// Room for what a slot writes. No more than an answer holds, whatever the host offered.
class Room {
 public:
  explicit Room(std::uint64_t capacity)
      : octets_(static_cast<std::size_t>(std::min<std::uint64_t>(capacity, wire::kMaxBuffer))) {
    raw_ = {octets_.data(), octets_.size(), 0};
  }
  berth_buf* raw() { return &raw_; }
  wire::Buffer answer(berth_status status) {
    wire::Buffer buffer{raw_.len, {}};
    if (status == BERTH_OK && raw_.len <= octets_.size()) {
      octets_.resize(raw_.len);
      buffer.octets = std::move(octets_);
    }
    return buffer;
  }

 private:
  wire::Octets octets_;
  berth_buf raw_{};
};

berth_hsm_key_spec spec_of(const wire::KeySpec& from) {
  berth_hsm_key_spec spec{};
  spec.struct_size = sizeof(spec);
  spec.curve = from.curve;
  spec.usage = from.usage;
  spec.bits = from.bits;
  spec.ephemeral = from.ephemeral;
  spec.label = abi(from.label);
  return spec;
}

// One call to the plugin's table, in the words of its slots.
class HsmCall {
 public:
  HsmCall(RunningCall& call, const berth_hsm& table, ByteView arguments, wire::Octets& answer)
      : call_(call),
        table_(table),
        self_(call.instance.handle),
        op_(call.op.abi()),
        arguments_(arguments),
        answer_(answer) {}

  berth_status run(Slot slot) {
    switch (slot) {
      case Slot::kHsmLimits:
        return limits();
      case Slot::kHsmMechanisms:
        return mechanisms();
      case Slot::kHsmOpenKey:
        return open_key();
      case Slot::kHsmGenerateKey:
        return generate_key();
      case Slot::kHsmDestroyKey: {
        const auto wanted = read<wire::Reference>();
        return table_.destroy_key(self_, op_, abi(wanted.reference));
      }
      case Slot::kHsmDescribeKey:
        return describe_key();
      case Slot::kHsmPublicPoint: {
        const auto wanted = read<wire::PublicPoint>();
        return filled(wanted.capacity, [&](berth_buf* out) {
          return with_key(wanted.key, [&](berth_hsm_key* key) {
            return table_.public_point(self_, op_, key, out);
          });
        });
      }
      case Slot::kHsmSign: {
        const auto wanted = read<wire::Sign>();
        return filled(wanted.capacity, [&](berth_buf* out) {
          return with_key(wanted.key, [&](berth_hsm_key* key) {
            return table_.sign(self_, op_, key, wanted.mechanism, abi(wanted.digest), out);
          });
        });
      }
      case Slot::kHsmAgree:
        return agree();
      case Slot::kHsmWrap:
        return transform(table_.wrap);
      case Slot::kHsmUnwrap:
        return transform(table_.unwrap);
      case Slot::kHsmRandom: {
        const auto wanted = read<wire::Capacity>();
        return filled(wanted.capacity,
                      [&](berth_buf* out) { return table_.random(self_, op_, out); });
      }
      default:
        Connection::give_up();
    }
  }

 private:
  template <class Arguments>
  Arguments read() const {
    return read_arguments<Arguments>(arguments_);
  }
  template <class Slot>
  berth_status with_key(std::uint64_t number, Slot slot) {
    berth_hsm_key* key = call_.instance.key(number);
    if (key != nullptr) return slot(key);
    return call_.op.fail(BERTH_INTERNAL, "plugin.unknown_key",
                         "the host named a key that is closed");
  }
  template <class Slot>
  berth_status filled(std::uint64_t capacity, Slot slot) {
    Room room(capacity);
    const berth_status status = slot(room.raw());
    answer_ = wire::encode(room.answer(status));
    return status;
  }
  // A key that comes beside a failure means nothing.
  std::uint64_t kept(berth_status status, berth_hsm_key* key) {
    return status == BERTH_OK ? call_.instance.keep_key(key) : 0;
  }

  berth_status limits() {
    berth_hsm_limits limits{};
    limits.struct_size = sizeof(limits);
    const berth_status status = table_.limits(self_, op_, &limits);
    answer_ = wire::encode(
        wire::HsmLimits{limits.max_concurrency, limits.max_open_keys, limits.max_wrap_bytes});
    return status;
  }
  berth_status mechanisms() {
    const auto wanted = read<wire::Mechanisms>();
    wire::MechanismsAnswer found;
    found.ids.resize(std::min<std::size_t>(wanted.capacity, wire::kMaxItems));
    std::size_t count = 0;
    const berth_status status =
        table_.mechanisms(self_, op_, found.ids.data(), found.ids.size(), &count);
    found.count = count;
    found.ids.resize(std::min(count, found.ids.size()));
    answer_ = wire::encode(found);
    return status;
  }
  berth_status open_key() {
    const auto wanted = read<wire::Reference>();
    berth_hsm_key* key = nullptr;
    const berth_status status = table_.open_key(self_, op_, abi(wanted.reference), &key);
    answer_ = wire::encode(wire::KeyAnswer{kept(status, key)});
    return status;
  }
  berth_status generate_key() {
    const auto wanted = read<wire::KeySpec>();
    const berth_hsm_key_spec spec = spec_of(wanted);
    berth_hsm_key* key = nullptr;
    const berth_status status = table_.generate_key(self_, op_, &spec, &key);
    answer_ = wire::encode(wire::KeyAnswer{kept(status, key)});
    return status;
  }
  berth_status describe_key() {
    const auto wanted = read<wire::DescribeKey>();
    berth_hsm_key_info info{};
    info.struct_size = sizeof(info);
    const berth_status status = with_key(wanted.key, [&](berth_hsm_key* key) {
      return table_.describe_key(self_, op_, key, &info);
    });
    answer_ = wire::encode(wire::KeyInfo{info.curve, info.usage, info.bits, info.hardware_bound});
    return status;
  }
  berth_status agree() {
    const auto wanted = read<wire::Agree>();
    berth_hsm_agree params{};
    params.struct_size = sizeof(params);
    params.mechanism = wanted.mechanism;
    params.peer_point = abi(wanted.peer_point);
    params.shared_info = abi(wanted.shared_info);
    params.output_len = wanted.output_len;
    Room room(wanted.capacity);
    berth_hsm_key* made = nullptr;
    const berth_status status = with_key(wanted.key, [&](berth_hsm_key* key) {
      return table_.agree(self_, op_, key, &params, wanted.to_buffer ? room.raw() : nullptr,
                          wanted.to_key ? &made : nullptr);
    });
    answer_ = wire::encode(wire::AgreeAnswer{room.answer(status), kept(status, made)});
    return status;
  }
  berth_status transform(decltype(berth_hsm::wrap) slot) {
    const auto wanted = read<wire::Transform>();
    return filled(wanted.capacity, [&](berth_buf* out) {
      return with_key(wanted.key, [&](berth_hsm_key* key) {
        return slot(self_, op_, key, wanted.mechanism, abi(wanted.aad), abi(wanted.input), out);
      });
    });
  }

  RunningCall& call_;
  const berth_hsm& table_;
  berth_instance* self_;
  const berth_op* op_;
  ByteView arguments_;
  wire::Octets& answer_;
};

berth_status import_key(RunningCall& call, ByteView arguments) {
  const auto* table = static_cast<const berth_hsm_import*>(call.table(BERTH_HSM_IMPORT_V1));
  if (table == nullptr) return BERTH_UNSUPPORTED;
  const auto wanted = read_arguments<wire::ImportKey>(arguments);
  const berth_hsm_key_spec spec = spec_of(wanted.spec);
  return table->import_key(call.instance.handle, call.op.abi(), abi(wanted.reference), &spec,
                           abi(wanted.private_key));
}

}  // namespace

berth_status serve_hsm(Slot slot, RunningCall& call, ByteView arguments, wire::Octets& answer) {
  if (slot == Slot::kHsmImportKey) return import_key(call, arguments);
  const auto* table = static_cast<const berth_hsm*>(call.table(BERTH_HSM_V1));
  if (table == nullptr) return BERTH_UNSUPPORTED;
  return HsmCall(call, *table, arguments, answer).run(slot);
}

}  // namespace berth::plugin_host
