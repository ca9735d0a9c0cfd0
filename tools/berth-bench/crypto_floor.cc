#include "tools/berth-bench/crypto_floor.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <thread>

#include "kernel/base/bytes.h"
#include "tools/berth-bench/memory_handshake.h"
#include "tools/berth-bench/report.h"

namespace berth::bench {
namespace {

template <class T, auto Free>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Deleter<T, Free>>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

constexpr std::size_t kDigest = 32;
constexpr std::size_t kPoint = 65;
constexpr std::size_t kSegment = 1008;
constexpr std::size_t kRepeats = 8;  // of one primitive between two readings of the clock

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL failed to ") + what);
}

const char* group_name(Curve curve) { return curve == Curve::kP256 ? "P-256" : "brainpoolP256r1"; }

// The keys and contexts of one thread.
class Primitives {
 public:
  Primitives(Curve curve, std::size_t package_octets)
      : generator_(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)),
        package_(package_octets, 0x5A),
        encrypted_(package_octets + kSegment) {
    check(EVP_PKEY_keygen_init(generator_.get()) == 1 &&
              EVP_PKEY_CTX_set_group_name(generator_.get(), group_name(curve)) == 1,
          "set up key generation");
    own_ = generated();
    peer_ = generated();
    std::size_t size = 0;
    check(EVP_PKEY_get_octet_string_param(peer_.get(), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                          peer_point_.data(), peer_point_.size(), &size) == 1 &&
              size == kPoint,
          "write a point");
    sign_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, own_.get(), nullptr));
    verify_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, own_.get(), nullptr));
    derive_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, own_.get(), nullptr));
    check(EVP_PKEY_sign_init(sign_.get()) == 1 && EVP_PKEY_verify_init(verify_.get()) == 1 &&
              EVP_PKEY_derive_init(derive_.get()) == 1,
          "set up a key's contexts");
    check(RAND_bytes(digest_.data(), static_cast<int>(digest_.size())) == 1, "draw a digest");
    cipher_.reset(EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr));
    cipher_context_.reset(EVP_CIPHER_CTX_new());
    const Owned<EVP_MAC, EVP_MAC_free> mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
    mac_context_.reset(EVP_MAC_CTX_new(mac.get()));
    char name[] = "AES-128-CBC";
    const std::array<OSSL_PARAM, 2> params = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0),
        OSSL_PARAM_construct_end()};
    check(EVP_EncryptInit_ex2(cipher_context_.get(), cipher_.get(), symmetric_key_.data(),
                              symmetric_key_.data(), nullptr) == 1 &&
              EVP_MAC_init(mac_context_.get(), symmetric_key_.data(), symmetric_key_.size(),
                           params.data()) == 1,
          "set up AES");
    sign();
  }

  void sign() {
    signature_size_ = signature_.size();
    check(EVP_PKEY_sign(sign_.get(), signature_.data(), &signature_size_, digest_.data(),
                        kDigest) == 1,
          "sign");
  }
  void verify() {
    check(EVP_PKEY_verify(verify_.get(), signature_.data(), signature_size_, digest_.data(),
                          kDigest) == 1,
          "verify");
  }
  void generate() { check(generated() != nullptr, "generate a key"); }
  void agree() {
    const Key peer(EVP_PKEY_new());
    std::array<std::uint8_t, kDigest> secret{};
    std::size_t size = secret.size();
    // The point is checked once, when it is taken in.
    check(peer != nullptr && EVP_PKEY_copy_parameters(peer.get(), own_.get()) == 1 &&
              EVP_PKEY_set1_encoded_public_key(peer.get(), peer_point_.data(),
                                               peer_point_.size()) == 1 &&
              EVP_PKEY_derive_set_peer_ex(derive_.get(), peer.get(), 0) == 1 &&
              EVP_PKEY_derive(derive_.get(), secret.data(), &size) == 1,
          "agree on a secret");
  }
  void encrypt() {
    int size = 0;
    for (std::size_t at = 0; at < package_.size(); at += kSegment) {
      const std::size_t length = std::min(kSegment, package_.size() - at) / 16 * 16;
      check(EVP_EncryptInit_ex2(cipher_context_.get(), nullptr, nullptr, symmetric_key_.data(),
                                nullptr) == 1 &&
                EVP_EncryptUpdate(cipher_context_.get(), encrypted_.data(), &size,
                                  package_.data() + at, static_cast<int>(length)) == 1,
            "encrypt");
    }
  }
  void mac() {
    std::array<std::uint8_t, 16> tag{};
    std::size_t size = 0;
    for (std::size_t at = 0; at < package_.size(); at += kSegment) {
      check(EVP_MAC_init(mac_context_.get(), nullptr, 0, nullptr) == 1 &&
                EVP_MAC_update(mac_context_.get(), package_.data() + at,
                               std::min(kSegment, package_.size() - at)) == 1 &&
                EVP_MAC_final(mac_context_.get(), tag.data(), &size, tag.size()) == 1,
            "authenticate");
    }
  }

 private:
  Key generated() {
    EVP_PKEY* key = nullptr;
    check(EVP_PKEY_generate(generator_.get(), &key) == 1, "generate a key");
    return Key(key);
  }

  KeyContext generator_;
  Key own_;
  Key peer_;
  KeyContext sign_;
  KeyContext verify_;
  KeyContext derive_;
  std::array<std::uint8_t, kPoint> peer_point_{};
  std::array<std::uint8_t, kDigest> digest_{};
  std::array<std::uint8_t, 80> signature_{};
  std::size_t signature_size_ = 0;
  std::array<std::uint8_t, 16> symmetric_key_{};
  Bytes package_;
  Bytes encrypted_;
  Owned<EVP_CIPHER, EVP_CIPHER_free> cipher_;
  Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> cipher_context_;
  Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> mac_context_;
};

// Microseconds of this thread's CPU for one call.
template <class Work>
double cost(const Work& work) {
  const double before = thread_cpu_us();
  for (std::size_t i = 0; i < kRepeats; ++i) work();
  return (thread_cpu_us() - before) / kRepeats;
}

CryptoFloor floor_of_one_thread(Curve curve, std::size_t package_octets, std::size_t rounds) {
  Primitives primitives(curve, package_octets);
  MemoryHandshake handshake;
  std::array<std::vector<double>, 7> samples;
  for (std::size_t round = 0; round < rounds; ++round) {
    samples[0].push_back(handshake.server_cpu_us());
    samples[1].push_back(cost([&] { primitives.sign(); }));
    samples[2].push_back(cost([&] { primitives.verify(); }));
    samples[3].push_back(cost([&] { primitives.generate(); }));
    samples[4].push_back(cost([&] { primitives.agree(); }));
    samples[5].push_back(cost([&] { primitives.encrypt(); }));
    samples[6].push_back(cost([&] { primitives.mac(); }));
  }
  return {median(samples[0]), median(samples[1]), median(samples[2]), median(samples[3]),
          median(samples[4]), median(samples[5]), median(samples[6])};
}

}  // namespace

double thread_cpu_us() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

CryptoFloor measure_floor(Curve curve, std::size_t package_octets, std::size_t threads,
                          std::size_t rounds) {
  std::vector<CryptoFloor> found(std::max<std::size_t>(threads, 1));
  std::exception_ptr failure;
  {
    std::vector<std::jthread> others;
    const auto work = [&](std::size_t i) {
      try {
        found[i] = floor_of_one_thread(curve, package_octets, rounds);
      } catch (...) {
        if (i == 0) failure = std::current_exception();
      }
    };
    for (std::size_t i = 1; i < found.size(); ++i) others.emplace_back(work, i);
    work(0);
  }
  if (failure) std::rethrow_exception(failure);
  const auto mean = [&](double CryptoFloor::*part) {
    double sum = 0;
    for (const CryptoFloor& one : found) sum += one.*part;
    return sum / static_cast<double>(found.size());
  };
  return {mean(&CryptoFloor::handshake), mean(&CryptoFloor::sign),  mean(&CryptoFloor::verify),
          mean(&CryptoFloor::generate),  mean(&CryptoFloor::agree), mean(&CryptoFloor::encrypt),
          mean(&CryptoFloor::mac)};
}

}  // namespace berth::bench
