// Routes in force as a host signs and writes them; that its own are read is shown where whole hosts
// are tested.

#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

#include "kernel/base/digest.h"
#include "tests/kernel/passthrough/door_support.h"

namespace berth::passthrough::test {

class Signing {
 public:
  std::string key() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    REQUIRE(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
  std::string file(std::int64_t number, const std::string& document) const {
    const std::string statement =
        json{{"version", number}, {"sha256", to_hex(sha256(as_bytes(document)))}}.dump();
    return json{{"format", "berth-routes-in-force/1"},
                {"statement", statement},
                {"signature", sign(statement)},
                {"key", "unused"}}
               .dump() +
           "\n" + document;
  }

 private:
  std::string sign(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    Bytes der(80);
    std::size_t size = der.size();
    REQUIRE(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
    REQUIRE(EVP_DigestSign(context.get(), der.data(), &size, as_bytes(text).data(), text.size()) ==
            1);
    const std::uint8_t* at = der.data();
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)), &ECDSA_SIG_free);
    Bytes raw(64);
    REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), 32) == 32);
    REQUIRE(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + 32, 32) == 32);
    return to_hex(raw);
  }
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{EVP_EC_gen("P-256"), &EVP_PKEY_free};
};

// The routes of Behind, with this further realm for "own".
inline std::string routes_with(const std::string& further) {
  json own = route("own", "8904", "23450");
  own["activationRealms"] = {further};
  return json{
      {"tenantRoutes", {own, route("far", "8905", "52512"), route("shared-one", "8906", "26201")}},
      {"defaultAction", "reject"}}
      .dump();
}

}  // namespace berth::passthrough::test
