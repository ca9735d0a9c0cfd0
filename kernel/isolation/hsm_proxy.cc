// "berth.hsm/1" and "berth.hsm.import/1" of an instance in another process.

#include <algorithm>
#include <cstring>

#include "berth/abi/hsm_import.h"
#include "berth/sdk/views.h"
#include "kernel/isolation/remote.h"
#include "kernel/wire/tables.h"

namespace berth::isolation {
namespace {

using sdk::read_struct;
using sdk::write_struct;
using wire::Slot;

// What crosses in one frame, with room for nonce, tag and header.
constexpr std::uint32_t kMaxWrapBytes = 64 * 1024;
static_assert(kMaxWrapBytes < wire::kMaxBuffer);
constexpr std::size_t kMaxRandomBytes = 1024 * 1024;  // of one call

// What a berth_hsm_key* points to: a key in a process, and how to find it in the next one.
struct Key {
  std::mutex mutex;
  std::uint64_t number = 0;
  std::uint64_t generation = 0;  // of the process that gave out the number
  std::string reference;         // empty: it lived in that process alone

  static Key& of(berth_hsm_key* key) { return *reinterpret_cast<Key*>(key); }
  static berth_hsm_key* made(std::uint64_t number, std::uint64_t generation,
                             std::string reference) {
    auto* key = new Key;
    key->number = number;
    key->generation = generation;
    key->reference = std::move(reference);
    return reinterpret_cast<berth_hsm_key*>(key);
  }
};

// Opens a key again that was opened in a process which is gone.
berth_status open_again(const Remote& remote, const berth_op* op, Key& key) {
  if (key.reference.empty()) {
    return fail(op, BERTH_FAILED_PRECONDITION, "hsm.key_lost",
                "the key was never stored, and the process that had it ended; begin again with a "
                "new one");
  }
  wire::KeyAnswer answer;
  std::uint64_t generation = 0;
  const berth_status status = invoke(remote, op, Slot::kHsmOpenKey, wire::Reference{key.reference},
                                     answer, nullptr, &generation);
  if (status != BERTH_OK) return status;
  if (answer.key == 0) return remote.process.distrust(op, generation);
  key.number = answer.key;
  key.generation = generation;
  return BERTH_OK;
}

// A call with a key: `arguments` gets the key's number in whichever process serves now.
template <class Arguments, class Answer>
berth_status with_key(berth_instance* self, const berth_op* op, berth_hsm_key* handle, Slot slot,
                      Arguments& arguments, Answer& answer, std::uint64_t& generation) {
  const Remote& remote = Remote::of(self);
  Key& key = Key::of(handle);
  {
    const std::lock_guard lock(key.mutex);
    const std::uint64_t now = remote.process.generation();
    if (now != 0 && key.generation != now) {
      const berth_status status = open_again(remote, op, key);
      if (status != BERTH_OK) return status;
    }
    arguments.key = key.number;
    generation = key.generation;
  }
  return invoke(remote, op, slot, arguments, answer, nullptr, &generation);
}

void give(const wire::Buffer& from, berth_buf* to, berth_status status) {
  if (to == nullptr || (status != BERTH_OK && status != BERTH_BUFFER_TOO_SMALL)) return;
  const std::size_t count = std::min(from.octets.size(), to->cap);
  if (count > 0) std::memcpy(to->data, from.octets.data(), count);
  to->len = from.length;  // also one that cannot be right: the caller says so
}

berth_status limits(berth_instance* self, const berth_op* op, berth_hsm_limits* out) noexcept {
  wire::Nothing nothing;
  wire::HsmLimits answer;
  const berth_status status = invoke(Remote::of(self), op, Slot::kHsmLimits, nothing, answer);
  if (status == BERTH_OK) {
    write_struct(out, {0, std::min(answer.max_concurrency, kMaxCalls), answer.max_open_keys,
                       std::min(answer.max_wrap_bytes, kMaxWrapBytes)});
  }
  return status;
}

berth_status mechanisms(berth_instance* self, const berth_op* op, std::uint32_t* ids,
                        std::size_t cap, std::size_t* count) noexcept {
  const auto room = static_cast<std::uint32_t>(std::min(cap, wire::kMaxItems));
  wire::MechanismsAnswer answer;
  const berth_status status =
      invoke(Remote::of(self), op, Slot::kHsmMechanisms, wire::Mechanisms{room}, answer);
  if (status != BERTH_OK) return status;
  std::copy_n(answer.ids.begin(), std::min<std::size_t>(answer.ids.size(), room), ids);
  *count = answer.count;
  return status;
}

berth_status open_key(berth_instance* self, const berth_op* op, berth_str reference,
                      berth_hsm_key** out) noexcept {
  const std::string text = text_of(reference);
  wire::KeyAnswer answer;
  std::uint64_t generation = 0;
  const berth_status status = invoke(Remote::of(self), op, Slot::kHsmOpenKey, wire::Reference{text},
                                     answer, nullptr, &generation);
  if (status == BERTH_OK && answer.key != 0) *out = Key::made(answer.key, generation, text);
  return status;
}

wire::KeySpec spec_of(const berth_hsm_key_spec* theirs) {
  const berth_hsm_key_spec spec = read_struct(theirs);
  return {spec.curve, spec.usage, spec.bits, spec.ephemeral, text_of(spec.label)};
}

berth_status generate_key(berth_instance* self, const berth_op* op, const berth_hsm_key_spec* spec,
                          berth_hsm_key** out) noexcept {
  const wire::KeySpec wanted = spec_of(spec);
  wire::KeyAnswer answer;
  std::uint64_t generation = 0;
  const berth_status status =
      invoke(Remote::of(self), op, Slot::kHsmGenerateKey, wanted, answer, nullptr, &generation);
  if (status == BERTH_OK && answer.key != 0) {
    *out = Key::made(answer.key, generation, wanted.ephemeral ? std::string() : wanted.label);
  }
  return status;
}

void close_key(berth_instance* self, berth_hsm_key* handle) noexcept {
  const std::unique_ptr<Key> key(&Key::of(handle));
  const Remote& remote = Remote::of(self);
  remote.process.close_key(remote, key->number, key->generation);
}

berth_status destroy_key(berth_instance* self, const berth_op* op, berth_str reference) noexcept {
  wire::Nothing nothing;
  return invoke(Remote::of(self), op, Slot::kHsmDestroyKey, wire::Reference{text_of(reference)},
                nothing);
}

berth_status describe_key(berth_instance* self, const berth_op* op, berth_hsm_key* key,
                          berth_hsm_key_info* out) noexcept {
  wire::DescribeKey arguments;
  wire::KeyInfo answer;
  std::uint64_t generation = 0;
  const berth_status status =
      with_key(self, op, key, Slot::kHsmDescribeKey, arguments, answer, generation);
  if (status == BERTH_OK) {
    write_struct(out, {0, answer.curve, answer.usage, answer.bits, answer.hardware_bound});
  }
  return status;
}

berth_status public_point(berth_instance* self, const berth_op* op, berth_hsm_key* key,
                          berth_buf* sec1) noexcept {
  wire::PublicPoint arguments{0, sec1->cap};
  wire::Buffer answer;
  std::uint64_t generation = 0;
  const berth_status status =
      with_key(self, op, key, Slot::kHsmPublicPoint, arguments, answer, generation);
  give(answer, sec1, status);
  return status;
}

berth_status sign(berth_instance* self, const berth_op* op, berth_hsm_key* key,
                  std::uint32_t mechanism, berth_bytes digest, berth_buf* signature) noexcept {
  wire::Sign arguments{0, mechanism, octets_of(digest), signature->cap};
  wire::Buffer answer;
  std::uint64_t generation = 0;
  const berth_status status =
      with_key(self, op, key, Slot::kHsmSign, arguments, answer, generation);
  give(answer, signature, status);
  return status;
}

berth_status agree(berth_instance* self, const berth_op* op, berth_hsm_key* private_key,
                   const berth_hsm_agree* theirs, berth_buf* out,
                   berth_hsm_key** out_key) noexcept {
  const berth_hsm_agree params = read_struct(theirs);
  wire::Agree arguments{0,
                        params.mechanism,
                        octets_of(params.peer_point),
                        octets_of(params.shared_info),
                        params.output_len,
                        out != nullptr,
                        out_key != nullptr,
                        out == nullptr ? 0 : out->cap};
  wire::AgreeAnswer answer;
  std::uint64_t generation = 0;
  const berth_status status =
      with_key(self, op, private_key, Slot::kHsmAgree, arguments, answer, generation);
  give(answer.out, out, status);
  if (status == BERTH_OK && out_key != nullptr && answer.key != 0) {
    *out_key = Key::made(answer.key, generation, {});
  }
  return status;
}

berth_status transform(Slot slot, berth_instance* self, const berth_op* op, berth_hsm_key* kek,
                       std::uint32_t mechanism, berth_bytes aad, berth_bytes input,
                       berth_buf* out) noexcept {
  wire::Transform arguments{0, mechanism, octets_of(aad), octets_of(input), out->cap};
  wire::Buffer answer;
  std::uint64_t generation = 0;
  const berth_status status = with_key(self, op, kek, slot, arguments, answer, generation);
  give(answer, out, status);
  return status;
}

berth_status wrap(berth_instance* self, const berth_op* op, berth_hsm_key* kek,
                  std::uint32_t mechanism, berth_bytes aad, berth_bytes plain,
                  berth_buf* wrapped) noexcept {
  return transform(Slot::kHsmWrap, self, op, kek, mechanism, aad, plain, wrapped);
}

berth_status unwrap(berth_instance* self, const berth_op* op, berth_hsm_key* kek,
                    std::uint32_t mechanism, berth_bytes aad, berth_bytes wrapped,
                    berth_buf* plain) noexcept {
  return transform(Slot::kHsmUnwrap, self, op, kek, mechanism, aad, wrapped, plain);
}

berth_status random(berth_instance* self, const berth_op* op, berth_buf* fill) noexcept {
  if (fill->cap > kMaxRandomBytes) {
    return fail(op, BERTH_INVALID_ARGUMENT, "hsm.random_length",
                "at most 1 MiB of random octets can be asked for at once");
  }
  std::size_t done = 0;
  do {  // also once for nothing, since the plugin may refuse
    berth_buf part{fill->data + done, std::min(fill->cap - done, wire::kMaxChunk), 0};
    wire::Buffer answer;
    const berth_status status =
        invoke(Remote::of(self), op, Slot::kHsmRandom, wire::Capacity{part.cap}, answer);
    give(answer, &part, status);
    fill->len = done + part.len;
    if (status != BERTH_OK || part.len != part.cap) return status;
    done += part.len;
  } while (done < fill->cap);
  return BERTH_OK;
}

berth_status import_key(berth_instance* self, const berth_op* op, berth_str reference,
                        const berth_hsm_key_spec* spec, berth_bytes private_key) noexcept {
  wire::Nothing nothing;
  return invoke(Remote::of(self), op, Slot::kHsmImportKey,
                wire::ImportKey{text_of(reference), spec_of(spec), octets_of(private_key)},
                nothing);
}

constexpr berth_hsm kHsmTable{sizeof(berth_hsm),
                              0,
                              &limits,
                              &mechanisms,
                              &open_key,
                              &generate_key,
                              &close_key,
                              &destroy_key,
                              &describe_key,
                              &public_point,
                              &sign,
                              &agree,
                              &wrap,
                              &unwrap,
                              &random};
constexpr berth_hsm_import kImportTable{sizeof(berth_hsm_import), 0, &import_key};

}  // namespace

const ProxyTable kHsmProxy{BERTH_HSM_V1, &kHsmTable, sizeof(kHsmTable)};
const ProxyTable kHsmImportProxy{BERTH_HSM_IMPORT_V1, &kImportTable, sizeof(kImportTable)};

}  // namespace berth::isolation
