#include "kernel/vault/data_key.h"

#include <optional>
#include <string>

#include "kernel/vault/seal_format.h"

namespace berth::vault {
namespace {

constexpr std::string_view kWrapLabel = "berth.vault.data-key/1";

// Binds a wrapped data key to its tenant and number, so that one cannot be passed off as another.
Bytes wrap_aad(const TenantId& tenant, std::uint32_t key_id) {
  return to_bytes(
      as_bytes(std::string(kWrapLabel) + "|" + tenant.text() + "|" + std::to_string(key_id)));
}

Result<std::unique_ptr<plugins::HsmKey>> open_or_create_kek(const WrappingKey& key,
                                                            const plugins::Op& op) {
  auto opened = key.hsm.open_key(op, key.reference);
  if (opened || opened.error().code() != ErrorCode::kNotFound) return opened;
  auto created = key.hsm.generate_wrapping_key(op, key.reference);
  if (created || created.error().code() != ErrorCode::kAlreadyExists) return created;
  return key.hsm.open_key(op, key.reference);  // another process was faster
}

Error wrong_key(const TenantId& tenant, std::uint32_t key_id) {
  return {ErrorCode::kDataLoss, "vault.wrong_key",
          "data key " + std::to_string(key_id) + " of tenant " + tenant.text() +
              " does not open; check that the tenant's HSM binding and key reference are those "
              "it was made with, or that berthctl tenant rewrap-keys has wrapped it for these"};
}

Error no_wrapping_key(const TenantId& tenant, std::string_view reference) {
  return {ErrorCode::kDataLoss, "vault.no_wrapping_key",
          "the HSM has no key '" + std::string(reference) +
              "', which wraps the data keys of tenant " + tenant.text() +
              "; bind the HSM and name the key they were made with, and let berthctl tenant "
              "rewrap-keys wrap them for another before you change to it"};
}

// Nothing when the octets do not open.
Result<std::optional<SecretBytes>> try_open(plugins::Hsm& hsm, const plugins::HsmKey& kek,
                                            const plugins::Op& op, const TenantId& tenant,
                                            std::uint32_t key_id, ByteView wrapped) {
  auto plain = hsm.unwrap(op, kek, wrap_aad(tenant, key_id), wrapped);
  if (plain) {
    if (plain->size() != kDataKeySize) return std::optional<SecretBytes>();
    return std::optional<SecretBytes>(*std::move(plain));
  }
  // An HSM that is away or busy says so itself; anything about the octets is a wrong key.
  const ErrorCode code = plain.error().code();
  if (code != ErrorCode::kDataLoss && code != ErrorCode::kInvalidArgument) return plain.error();
  return std::optional<SecretBytes>();
}

}  // namespace

Result<WrappedDataKey> create_data_key(plugins::Hsm& hsm, const plugins::Op& op,
                                       std::string_view kek_reference, const TenantId& tenant,
                                       std::uint32_t key_id, Random& random) {
  if (key_id == 0) {
    return Error{ErrorCode::kInvalidArgument, "vault.key_ids", "data keys are numbered from 1"};
  }
  BERTH_TRY(kek, open_or_create_kek({hsm, kek_reference}, op));
  SecretBytes key(kDataKeySize);
  random.fill(key.mutable_view());
  BERTH_TRY(wrapped, hsm.wrap(op, *kek, wrap_aad(tenant, key_id), key.view()));
  return WrappedDataKey{key_id, std::move(wrapped)};
}

Result<SecretBytes> open_data_key(const WrappingKey& by, const plugins::Op& op,
                                  const TenantId& tenant, const WrappedDataKey& key) {
  auto kek = by.hsm.open_key(op, by.reference);
  if (!kek) {
    if (kek.error().code() == ErrorCode::kNotFound) return no_wrapping_key(tenant, by.reference);
    return std::move(kek).error();
  }
  for (const Bytes* wrapped : {&key.wrapped, &key.next_wrapped}) {
    if (wrapped->empty()) continue;
    BERTH_TRY(plain, try_open(by.hsm, **kek, op, tenant, key.key_id, *wrapped));
    if (plain) return *std::move(plain);
  }
  return wrong_key(tenant, key.key_id);
}

Result<bool> opens(const WrappingKey& by, const plugins::Op& op, const TenantId& tenant,
                   std::uint32_t key_id, ByteView wrapped) {
  if (wrapped.empty()) return false;
  auto kek = by.hsm.open_key(op, by.reference);
  if (!kek) {
    if (kek.error().code() == ErrorCode::kNotFound) return false;
    return std::move(kek).error();
  }
  BERTH_TRY(plain, try_open(by.hsm, **kek, op, tenant, key_id, wrapped));
  return plain.has_value();
}

Result<Bytes> rewrap_data_key(const WrappingKey& from, const WrappingKey& to, const plugins::Op& op,
                              const TenantId& tenant, const WrappedDataKey& key) {
  BERTH_TRY(plain, open_data_key(from, op, tenant, key));
  BERTH_TRY(kek, open_or_create_kek(to, op));
  BERTH_TRY(wrapped, to.hsm.wrap(op, *kek, wrap_aad(tenant, key.key_id), plain.view()));
  BERTH_TRY(again, try_open(to.hsm, *kek, op, tenant, key.key_id, wrapped));
  if (!again || !equal_constant_time(again->view(), plain.view())) {
    return Error{ErrorCode::kInternal, "vault.rewrap_failed",
                 "the next HSM does not give back what it wrapped; nothing was changed, look at "
                 "that HSM before you go on"};
  }
  return wrapped;
}

}  // namespace berth::vault
