// The shipped HSM and store backends as loaded libraries, behind the kernel's own interfaces.

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <memory>

#include "berth/abi/hsm.h"
#include "kernel/plugins/call.h"
#include "kernel/plugins/hsm_adapter.h"
#include "kernel/plugins/object_store_adapter.h"
#include "kernel/plugins/registry.h"
#include "kernel/vault/vault.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
namespace fs = std::filesystem;

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}

// A folder of its own for each test, with a passphrase file.
struct Site {
  fs::path root;
  SystemClock clock;
  SystemRandom random;
  Registry registry{HostServices{&clock, nullptr}, {.keys = {}, .allow_unsigned = true}};
  Op op{"request-1", "", std::chrono::nanoseconds::max()};

  Site() {
    std::string name = (fs::temp_directory_path() / "berth-loaded-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    std::ofstream(root / "passphrase") << "correct horse battery staple\n";
    fs::permissions(root / "passphrase", fs::perms::owner_read | fs::perms::owner_write);
  }
  ~Site() { fs::remove_all(root); }

  std::shared_ptr<Instance> start(const std::string& library, const std::string& tenant,
                                  const std::string& config) {
    auto instance =
        registry.instance(fs::path(BERTH_PLUGINS) / library, {tenant, "test", config}, op);
    if (!instance) FAIL(instance.error().message());
    return *instance;
  }
  std::shared_ptr<Instance> softkeys(const std::string& tenant) {
    return start("hsm/softkeys.so", tenant,
                 R"({"folder":")" + (root / tenant / "keys").string() + R"(","passphraseFile":")" +
                     (root / "passphrase").string() + R"("})");
  }
  std::unique_ptr<Hsm> hsm(const std::string& tenant) {
    fs::create_directories(root / tenant);
    return *make_hsm(softkeys(tenant));
  }
  std::unique_ptr<ObjectStore> store(const std::string& tenant) {
    fs::create_directories(root / tenant);
    return *make_object_store(
        start("storage/filesystem.so", tenant,
              R"({"folder":")" + (root / tenant / "store").string() + R"("})"));
  }
};

// Verifies with OpenSSL what the backend signed.
bool verifies(const char* group, const Bytes& point, const Sha256& digest,
              const RawSignature& signature) {
  std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> build(OSSL_PARAM_BLD_new(),
                                                                        &OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(
      OSSL_PARAM_BLD_to_param(build.get()), &OSSL_PARAM_free);
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> maker(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* made = nullptr;
  REQUIRE(EVP_PKEY_fromdata_init(maker.get()) == 1);
  REQUIRE(EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) == 1);
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(made, &EVP_PKEY_free);

  std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), &ECDSA_SIG_free);
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(signature.data(), 32, nullptr),
                 BN_bin2bn(signature.data() + 32, 32, nullptr));
  Bytes der(80);
  std::uint8_t* end = der.data();
  der.resize(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), &end)));
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> verifier(
      EVP_PKEY_CTX_new(key.get(), nullptr), &EVP_PKEY_CTX_free);
  REQUIRE(EVP_PKEY_verify_init(verifier.get()) == 1);
  return EVP_PKEY_verify(verifier.get(), der.data(), der.size(), digest.data(), digest.size()) == 1;
}

// RFC 6979, A.2.5.
constexpr std::string_view kScalar =
    "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
constexpr std::string_view kPoint =
    "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";

}  // namespace

TEST_CASE("an imported key signs what OpenSSL verifies, on both curves", "[vault]") {
  Site site;
  fs::create_directories(site.root / "mvno-17");
  const auto instance = site.softkeys("mvno-17");
  const auto hsm = *make_hsm(instance);
  Bytes scalar = *from_hex(kScalar);
  for (const auto& [curve, group] : {std::pair{Curve::kP256, "prime256v1"},
                                     std::pair{Curve::kBrainpoolP256r1, "brainpoolP256r1"}}) {
    INFO(group);
    const std::string reference = curve == Curve::kP256 ? "sign-nist" : "sign-brainpool";
    // brainpoolP256r1's order begins with A9, below the scalar.
    if (curve == Curve::kBrainpoolP256r1) scalar.front() = 0x49;
    const auto imported = import_key(*instance, site.op, reference, curve, KeyUsage::kSign, scalar);
    INFO((imported ? "" : imported.error().message()));
    REQUIRE(imported);
    CHECK(reason_of(import_key(*instance, site.op, reference, curve, KeyUsage::kSign, scalar)) ==
          "hsm.key_exists");
    const auto key = *hsm->open_key(site.op, reference);
    CHECK(*hsm->curve(site.op, *key) == curve);
    const Bytes point = *hsm->public_point(site.op, *key);
    if (curve == Curve::kP256) CHECK(to_hex(point) == kPoint);
    const Sha256 digest = sha256(as_bytes("a message"));
    const RawSignature signature = *hsm->sign(site.op, *key, digest);
    CHECK(verifies(group, point, digest, signature));
    CHECK_FALSE(verifies(group, point, sha256(as_bytes("another")), signature));
  }
}

TEST_CASE("keys that cannot be right are refused by the loaded backend", "[vault]") {
  Site site;
  fs::create_directories(site.root / "mvno-17");
  const auto instance = site.softkeys("mvno-17");
  const auto hsm = *make_hsm(instance);
  CHECK(reason_of(hsm->open_key(site.op, "nobody")) == "hsm.key_not_found");
  for (const Bytes& bad : {Bytes(32, 0), Bytes(32, 0xFF), Bytes(31, 1), Bytes()}) {
    const auto result = import_key(*instance, site.op, "bad", Curve::kP256, KeyUsage::kSign, bad);
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("two ephemeral keys agree on the same secret, on both curves", "[vault]") {
  Site site;
  const auto hsm = site.hsm("mvno-17");
  for (const Curve curve : {Curve::kP256, Curve::kBrainpoolP256r1}) {
    const auto one = *hsm->generate_ephemeral(site.op, curve);
    const auto two = *hsm->generate_ephemeral(site.op, curve);
    const Bytes point_one = *hsm->public_point(site.op, *one);
    Bytes point_two = *hsm->public_point(site.op, *two);
    const Bytes info = {1, 2, 3};
    const auto left = hsm->agree_x963(site.op, *one, point_two, info, 48);
    const auto right = hsm->agree_x963(site.op, *two, point_one, info, 48);
    REQUIRE(left);
    REQUIRE(right);
    CHECK(equal(left->view(), right->view()));
    const auto other = hsm->agree_x963(site.op, *one, point_two, Bytes{9}, 48);
    CHECK_FALSE(equal(left->view(), other->view()));
    point_two.back() ^= 1;
    const auto off = hsm->agree_x963(site.op, *one, point_two, info, 48);
    CHECK(reason_of(off) == "hsm.point_not_on_curve");
  }
}

TEST_CASE("a wrapped key opens with its context only", "[vault]") {
  Site site;
  const auto hsm = site.hsm("mvno-17");
  const auto kek = *hsm->generate_wrapping_key(site.op, "kek");
  CHECK(reason_of(hsm->generate_wrapping_key(site.op, "kek")) == "hsm.key_exists");
  const Bytes plain(32, 0x11);
  Bytes wrapped = *hsm->wrap(site.op, *kek, Bytes{1}, plain);
  CHECK(equal(hsm->unwrap(site.op, *kek, Bytes{1}, wrapped)->view(), plain));
  CHECK(reason_of(hsm->unwrap(site.op, *kek, Bytes{2}, wrapped)) == "hsm.unwrap_failed");
  wrapped.back() ^= 1;
  CHECK(reason_of(hsm->unwrap(site.op, *kek, Bytes{1}, wrapped)) == "hsm.unwrap_failed");
}

TEST_CASE("the loaded store keeps, lists and removes objects", "[vault]") {
  Site site;
  const auto store = site.store("mvno-17");
  const Bytes body(200'000, 0x42);
  CHECK(store->put(site.op, "packages/b", body, true)->size == body.size());
  REQUIRE(store->put(site.op, "packages/a", {}, false));
  CHECK(reason_of(store->put(site.op, "packages/b", {}, true)) == "storage.exists");
  CHECK(*store->get(site.op, "packages/b", body.size()) == body);
  CHECK(reason_of(store->get(site.op, "packages/b", body.size() - 1)) == "storage.too_large");
  CHECK(store->get(site.op, "packages/a", 0)->empty());
  CHECK(store->stat(site.op, "packages/b")->size == body.size());
  CHECK(*store->list(site.op, "packages/", "", 10) ==
        std::vector<std::string>{"packages/a", "packages/b"});
  CHECK(*store->list(site.op, "packages/", "packages/a", 10) ==
        std::vector<std::string>{"packages/b"});
  CHECK(store->list(site.op, "packages/", "", 1)->size() == 1);
  REQUIRE(store->remove(site.op, "packages/a"));
  REQUIRE(store->remove(site.op, "packages/a"));
  CHECK(reason_of(store->get(site.op, "packages/a", 10)) == "storage.not_found");
  CHECK(reason_of(store->get(site.op, "../escape", 10)) == "storage.bad_name");
}

TEST_CASE("a vault over the loaded backends outlives a restart", "[vault][R128:part]") {
  Site site;
  const TenantId tenant = *TenantId::parse("mvno-17");
  const Bytes package = to_bytes(as_bytes("a profile that must not be readable at rest"));
  std::vector<vault::WrappedDataKey> keys;
  {
    const auto hsm = site.hsm("mvno-17");
    const auto store = site.store("mvno-17");
    keys.push_back(*vault::create_data_key(*hsm, site.op, "kek", tenant, 1, site.random));
    const auto open = *vault::Vault::open(tenant, *hsm, site.op, "kek", keys, *store, site.random);
    REQUIRE(open->put(site.op, "packages/1", package));
  }
  const auto hsm = site.hsm("mvno-17");
  const auto store = site.store("mvno-17");
  const auto open = *vault::Vault::open(tenant, *hsm, site.op, "kek", keys, *store, site.random);
  CHECK(equal(open->get(site.op, "packages/1", 1000)->view(), package));

  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(site.root / "mvno-17")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string octets{std::istreambuf_iterator<char>(file), {}};
    CHECK(octets.find("must not be readable") == std::string::npos);
    ++files;
  }
  CHECK(files >= 2);  // the wrapping key and the object at least
}

TEST_CASE("one tenant's HSM does not open another tenant's data key", "[vault][R128:part]") {
  Site site;
  const TenantId tenant = *TenantId::parse("mvno-17");
  const auto hsm = site.hsm("mvno-17");
  const auto foreign_hsm = site.hsm("mvno-18");
  const auto store = site.store("mvno-17");
  const std::vector keys{*vault::create_data_key(*hsm, site.op, "kek", tenant, 1, site.random)};
  REQUIRE(foreign_hsm->generate_wrapping_key(site.op, "kek"));
  CHECK(reason_of(vault::Vault::open(tenant, *foreign_hsm, site.op, "kek", keys, *store,
                                     site.random)) == "vault.wrong_key");
}

TEST_CASE("destroying a tenant's key makes its packages unreadable, and nobody else's",
          "[vault][R32]") {
  Site site;
  const Bytes package = to_bytes(as_bytes("a profile of a subscriber who has gone"));
  struct Tenant {
    TenantId id;
    std::shared_ptr<Instance> instance;
    std::unique_ptr<Hsm> hsm;
    std::unique_ptr<ObjectStore> store;
    std::vector<vault::WrappedDataKey> keys;
  };
  const auto open = [&](const Tenant& tenant) {
    return vault::Vault::open(tenant.id, *tenant.hsm, site.op, "kek", tenant.keys, *tenant.store,
                              site.random);
  };
  std::vector<Tenant> tenants;
  for (const std::string name : {"mvno-17", "mvno-18"}) {
    fs::create_directories(site.root / name);
    auto instance = site.softkeys(name);
    auto& made = tenants.emplace_back(
        Tenant{*TenantId::parse(name), instance, *make_hsm(instance), site.store(name), {}});
    made.keys.push_back(
        *vault::create_data_key(*made.hsm, site.op, "kek", made.id, 1, site.random));
    REQUIRE((*open(made))->put(site.op, "packages/1", package));
  }

  const Tenant& gone = tenants.front();
  const auto* table = *gone.instance->interface<berth_hsm>(BERTH_HSM_V1);
  Call call(site.op, site.clock, "test");
  REQUIRE(call.finish(table->destroy_key(gone.instance->handle(), call.op(), abi("kek"))));
  CHECK(reason_of(open(gone)) == "vault.no_wrapping_key");
  // No key by its name makes up for it, and what lies in the store is noise.
  REQUIRE(gone.hsm->generate_wrapping_key(site.op, "kek"));
  CHECK(reason_of(open(gone)) == "vault.wrong_key");
  const auto left = gone.store->get(site.op, "packages/1", 1000);
  REQUIRE(left);
  CHECK(std::search(left->begin(), left->end(), package.begin(), package.end()) == left->end());

  CHECK(equal((*open(tenants.back()))->get(site.op, "packages/1", 1000)->view(), package));
}
