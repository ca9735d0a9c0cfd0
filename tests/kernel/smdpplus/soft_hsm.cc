#include "tests/kernel/smdpplus/soft_hsm.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdexcept>

#include "tools/euicc/private_key.h"

namespace berth::smdpplus::testing {
namespace {

struct SoftKey final : plugins::HsmKey {
  explicit SoftKey(testpki::KeyPair pair) : value(std::move(pair)) {}
  testpki::KeyPair value;
};

const testpki::KeyPair& pair_of(const plugins::HsmKey& key) {
  return dynamic_cast<const SoftKey&>(key).value;
}

std::unique_ptr<plugins::HsmKey> handle(testpki::KeyPair pair) {
  return std::make_unique<SoftKey>(std::move(pair));
}

void demand(bool good) {
  if (!good) throw std::runtime_error("OpenSSL refused what the test double asked");
}

}  // namespace

void SoftHsm::put_key(const std::string& reference, const testpki::KeyPair& key) {
  keys_.insert_or_assign(reference, key.copy());
}

const Error* SoftHsm::failing(const std::string& call) const {
  const auto found = failures.find(call);
  return found == failures.end() ? nullptr : &found->second;
}

SoftHsm::KeyResult SoftHsm::open_key(const plugins::Op& op, std::string_view reference) {
  if (const Error* failure = failing("open")) return *failure;
  const auto found = keys_.find(reference);
  if (found == keys_.end()) return wrapping_.open_key(op, reference);
  return handle(found->second.copy());
}

SoftHsm::KeyResult SoftHsm::generate_ephemeral(const plugins::Op&, Curve curve) {
  if (const Error* failure = failing("generate")) return *failure;
  return handle(testpki::generate_key(curve, random_));
}

Result<Curve> SoftHsm::curve(const plugins::Op&, const plugins::HsmKey& key) {
  return pair_of(key).curve;
}

Result<Bytes> SoftHsm::public_point(const plugins::Op&, const plugins::HsmKey& key) {
  return pair_of(key).point;
}

Result<plugins::RawSignature> SoftHsm::sign(const plugins::Op&, const plugins::HsmKey& key,
                                            const Sha256& digest) {
  if (const Error* failure = failing("sign")) return *failure;
  ++signatures;
  const SecretBytes pem = testpki::key_to_pem(pair_of(key));
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(
      BIO_new_mem_buf(pem.view().data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> own(
      PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  demand(own != nullptr);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> signer(
      EVP_PKEY_CTX_new(own.get(), nullptr), EVP_PKEY_CTX_free);
  Bytes der(128);
  std::size_t size = der.size();
  demand(EVP_PKEY_sign_init(signer.get()) == 1 &&
         EVP_PKEY_sign(signer.get(), der.data(), &size, digest.data(), digest.size()) == 1);
  const unsigned char* at = der.data();
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)), ECDSA_SIG_free);
  demand(signature != nullptr);
  plugins::RawSignature raw{};
  demand(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), 32) == 32 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + 32, 32) == 32);
  return raw;
}

Result<SecretBytes> SoftHsm::agree_x963(const plugins::Op&, const plugins::HsmKey& key,
                                        ByteView peer_point, ByteView shared_info,
                                        std::size_t output_len) {
  if (const Error* failure = failing("agree")) return *failure;
  ++agreements;
  const testpki::KeyPair& pair = pair_of(key);
  const auto own = euicc::PrivateKey::from_scalar(pair.curve, pair.scalar.view());
  demand(own.ok());
  const auto shared = own->agree(peer_point);
  if (!shared) {
    return Error(ErrorCode::kInvalidArgument, "hsm.bad_point", "the peer's point is off the curve");
  }
  Bytes out;
  for (std::uint8_t round = 1; out.size() < output_len; ++round) {
    const Bytes counter = {0, 0, 0, round};
    append(out, Sha256Stream().update(shared->view()).update(counter).update(shared_info).finish());
  }
  out.resize(output_len);
  return SecretBytes::take(std::move(out));
}

}  // namespace berth::smdpplus::testing
