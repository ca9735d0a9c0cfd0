#include "kernel/trust/smdp_identities.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "tests/kernel/rsp/pki/revocation_list_builder.h"
#include "tools/testpki/test_pki.h"

namespace berth::trust {
namespace {

namespace fs = std::filesystem;
using testpki::ServerRole;

constexpr UnixMs kStart = 1'790'000'000'000;
const plugins::Op kOp{"test", "", std::chrono::nanoseconds::max()};

template <class T>
T must(Result<T> result) {
  if (!result) FAIL(std::string(result.error().reason()) + ": " + result.error().message());
  return std::move(result).value();
}

// Knows public halves only: enough to be asked whose key it holds.
class KeyCabinet final : public plugins::Hsm {
 public:
  struct Key final : plugins::HsmKey {
    explicit Key(Bytes octets) : point(std::move(octets)) {}
    Bytes point;
  };
  using KeyResult = Result<std::unique_ptr<plugins::HsmKey>>;

  std::map<std::string, Bytes, std::less<>> points;
  std::optional<Error> failure;
  int opened = 0;

  KeyResult open_key(const plugins::Op&, std::string_view reference) override {
    if (failure) return *failure;
    const auto found = points.find(reference);
    if (found == points.end()) return Error(ErrorCode::kNotFound, "hsm.key_not_found", "test");
    ++opened;
    return std::unique_ptr<plugins::HsmKey>(std::make_unique<Key>(found->second));
  }
  Result<Bytes> public_point(const plugins::Op&, const plugins::HsmKey& key) override {
    return dynamic_cast<const Key&>(key).point;
  }
  Result<plugins::HsmLimits> limits(const plugins::Op&) override { return plugins::HsmLimits{}; }
  KeyResult generate_ephemeral(const plugins::Op&, Curve) override { return none(); }
  KeyResult generate_pair(const plugins::Op&, std::string_view, Curve, plugins::KeyUsage) override {
    return none();
  }
  KeyResult generate_wrapping_key(const plugins::Op&, std::string_view) override { return none(); }
  Result<Curve> curve(const plugins::Op&, const plugins::HsmKey&) override { return none(); }
  Result<plugins::RawSignature> sign(const plugins::Op&, const plugins::HsmKey&,
                                     const Sha256&) override {
    return none();
  }
  Result<SecretBytes> agree_x963(const plugins::Op&, const plugins::HsmKey&, ByteView, ByteView,
                                 std::size_t) override {
    return none();
  }
  Result<Bytes> wrap(const plugins::Op&, const plugins::HsmKey&, ByteView, ByteView) override {
    return none();
  }
  Result<SecretBytes> unwrap(const plugins::Op&, const plugins::HsmKey&, ByteView,
                             ByteView) override {
    return none();
  }

 private:
  static Error none() { return {ErrorCode::kUnsupported, "test.unsupported", "test"}; }
};

// A CI with one pair under it.
struct Authority {
  Authority(Curve curve, const std::string& name, const Clock& clock, Random& random)
      : ci(must(testpki::TestCi::create(curve, name, clock, random))),
        auth(must(ci.issue_server({.role = ServerRole::kDpAuth}))),
        pb(must(ci.issue_server({.role = ServerRole::kDpPb}))) {}
  testpki::TestCi ci;
  testpki::Issued auth;
  testpki::Issued pb;
};

// Certificate files as an operator lays them out, and the cabinet behind.
struct Scene {
  Scene() : nist(Curve::kP256, "NIST CI", clock, random) {
    std::string name = (fs::temp_directory_path() / "berth-trust.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    host.certificate_issuers = {write("ci.pem", nist.ci.issued().certificate_pem())};
    add(nist, "nist");
  }
  ~Scene() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  fs::path write(const std::string& name, std::string_view text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    return folder / name;
  }
  void add(const Authority& from, const std::string& name) {
    host.smdp.push_back({{write(name + "-auth.pem", from.auth.certificate_pem()), name + "-auth"},
                         {write(name + "-pb.pem", from.pb.certificate_pem()), name + "-pb"}});
  }
  void give_keys(const Authority& of, const std::string& name) {
    hsm.points[name + "-auth"] = of.auth.key.point;
    hsm.points[name + "-pb"] = of.pb.key.point;
  }
  Result<std::unique_ptr<SmdpIdentities>> load() {
    return SmdpIdentities::load(host, hsm, clock.now_ms());
  }
  std::string reason() {
    const auto loaded = load();
    if (loaded) return "ok";
    INFO(loaded.error().message());
    CHECK(loaded.error().message().find(folder.string()) != std::string::npos);  // names the file
    return std::string(loaded.error().reason());
  }

  ManualClock clock{kStart};
  SystemRandom random;
  Authority nist;
  fs::path folder;
  tenancy::HostConfiguration host;
  KeyCabinet hsm;
};

}  // namespace

TEST_CASE("a pair whose keys are in the HSM is usable under its CI", "[trust]") {
  Scene scene;
  scene.give_keys(scene.nist, "nist");
  const auto identities = must(scene.load());
  CHECK(identities->usable().empty());  // not before the keys were looked at
  identities->open_keys(kOp);
  REQUIRE(identities->usable().size() == 1);
  const auto identity = identities->for_ci(scene.nist.ci.subject_key_id());
  REQUIRE(identity != nullptr);
  CHECK(identity->oid == "2.999.10");
  CHECK(identity->ci_key_id == scene.nist.ci.subject_key_id());
  CHECK(identity->dp_auth.der() == scene.nist.auth.certificate);
  CHECK(identity->dp_pb.der() == scene.nist.pb.certificate);
  for (const IdentityStatus& status : identities->status()) {
    CHECK(status.usable);
    CHECK(status.problem.empty());
  }
  CHECK(identities->for_ci(Bytes(20, 1)) == nullptr);
  CHECK(identities->for_ci({}) == nullptr);
}

TEST_CASE("a missing key leaves the pair unusable with its remedy, until it is imported",
          "[trust]") {
  const std::string missing = GENERATE("nist-auth", "nist-pb");
  Scene scene;
  scene.give_keys(scene.nist, "nist");
  scene.hsm.points.erase(missing);
  const auto identities = must(scene.load());
  identities->open_keys(kOp);
  CHECK(identities->usable().empty());
  CHECK(identities->for_ci(scene.nist.ci.subject_key_id()) == nullptr);
  const auto status = identities->status();
  REQUIRE(status.size() == 2);
  // Each key is judged by itself: the one that is there is not blamed for the other.
  for (const IdentityStatus& half : status) {
    CHECK(half.usable == (half.key_reference != missing));
    const bool remedy =
        half.problem.find("berthctl pki import --reference " + missing) != std::string::npos;
    CHECK(remedy == (half.key_reference == missing));
  }
  scene.give_keys(scene.nist, "nist");
  identities->open_keys(kOp);
  CHECK(identities->for_ci(scene.nist.ci.subject_key_id()) != nullptr);
  // Open keys are not opened again.
  const int opened = scene.hsm.opened;
  identities->open_keys(kOp);
  CHECK(scene.hsm.opened == opened);
}

TEST_CASE("a key is taken only for the certificate its reference is named for", "[trust]") {
  Scene scene;
  scene.give_keys(scene.nist, "nist");
  const auto identities = must(scene.load());
  CHECK(identities->check_key("nist-auth", scene.hsm.points["nist-auth"]).ok());
  const auto wrong = identities->check_key("nist-auth", scene.hsm.points["nist-pb"]);
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().reason() == "trust.key_mismatch");
  CHECK(identities->check_key("a-certificate-to-come", scene.hsm.points["nist-pb"]).ok());
}

TEST_CASE("a key that is not the certificate's is never used", "[trust]") {
  Scene scene;
  scene.give_keys(scene.nist, "nist");
  std::swap(scene.hsm.points["nist-auth"], scene.hsm.points["nist-pb"]);
  const auto identities = must(scene.load());
  identities->open_keys(kOp);
  CHECK(identities->usable().empty());
  CHECK(identities->status().front().problem.find("is not the key of") != std::string::npos);
}

TEST_CASE("an HSM out of order is told as such and tried again", "[trust]") {
  Scene scene;
  scene.give_keys(scene.nist, "nist");
  const auto identities = must(scene.load());
  scene.hsm.failure = Error(ErrorCode::kUnavailable, "hsm.gone", "the HSM does not answer");
  identities->open_keys(kOp);
  CHECK(identities->status().front().problem == "the HSM does not answer");
  scene.hsm.failure.reset();
  identities->open_keys(kOp);
  CHECK(identities->usable().size() == 1);
}

TEST_CASE("a snapshot stays good while keys are opened", "[trust]") {
  Scene scene;
  const Authority brainpool(Curve::kBrainpoolP256r1, "Brainpool CI", scene.clock, scene.random);
  scene.host.certificate_issuers.push_back(
      scene.write("ci2.pem", brainpool.ci.issued().certificate_pem()));
  scene.add(brainpool, "bp");
  scene.give_keys(scene.nist, "nist");
  const auto identities = must(scene.load());
  identities->open_keys(kOp);
  const auto before = identities->for_ci(scene.nist.ci.subject_key_id());
  scene.give_keys(brainpool, "bp");
  identities->open_keys(kOp);
  CHECK(identities->usable().size() == 2);
  CHECK(identities->for_ci(scene.nist.ci.subject_key_id()) == before);
}

TEST_CASE("the card's order of CIs decides, among pairs that are usable", "[trust][R22]") {
  Scene scene;
  const Authority brainpool(Curve::kBrainpoolP256r1, "Brainpool CI", scene.clock, scene.random);
  scene.host.certificate_issuers.push_back(
      scene.write("ci2.pem", brainpool.ci.issued().certificate_pem()));
  scene.add(brainpool, "bp");
  scene.give_keys(scene.nist, "nist");
  const Bytes nist = scene.nist.ci.subject_key_id();
  const Bytes other = brainpool.ci.subject_key_id();
  const auto identities = must(scene.load());
  identities->open_keys(kOp);
  CHECK(identities->first_for({other, nist})->ci_key_id == nist);  // the other has no keys yet
  scene.give_keys(brainpool, "bp");
  identities->open_keys(kOp);
  CHECK(identities->first_for({other, nist})->ci_key_id == other);
  CHECK(identities->first_for({nist, other})->ci_key_id == nist);
  CHECK(identities->first_for({Bytes(20, 1), Bytes(), nist})->ci_key_id == nist);
  CHECK(identities->first_for({Bytes(20, 1)}) == nullptr);
  CHECK(identities->first_for({}) == nullptr);
}

TEST_CASE("certificates may be PEM or DER", "[trust]") {
  Scene scene;
  scene.write("nist-auth.pem", as_text(scene.nist.auth.certificate));
  CHECK(scene.reason() == "ok");
}

TEST_CASE("a file that is no certificate is refused and named", "[trust]") {
  Scene scene;
  SECTION("missing") { fs::remove(scene.folder / "nist-pb.pem"); }
  SECTION("a folder") {
    fs::remove(scene.folder / "nist-pb.pem");
    fs::create_directory(scene.folder / "nist-pb.pem");
  }
  SECTION("too large") { scene.write("nist-pb.pem", std::string(64 * 1024 + 1, 'x')); }
  CHECK(scene.reason() == "trust.certificate_unreadable");
}

TEST_CASE("octets that are no certificate are refused and named", "[trust]") {
  Scene scene;
  const std::string broken = GENERATE("", "hello", "-----BEGIN CERTIFICATE-----\nMAA=\n");
  scene.write("nist-auth.pem", broken);
  CHECK(scene.reason() != "ok");
}

TEST_CASE("a certificate must be the CI's, in time and in its role", "[trust]") {
  Scene scene;
  const auto replace = [&](const testpki::Issued& with) {
    scene.write("nist-auth.pem", with.certificate_pem());
  };
  SECTION("of a CI that is not trusted") {
    Authority foreign(Curve::kP256, "Foreign CI", scene.clock, scene.random);
    replace(foreign.auth);
    CHECK(scene.reason() == "certificate.untrusted");
  }
  SECTION("expired") {
    replace(must(scene.nist.ci.issue_server({.flaw = testpki::Flaw::kExpired})));
    CHECK(scene.reason() == "certificate.expired");
  }
  SECTION("a DPpb in the place of the DPauth") {
    replace(scene.nist.pb);
    CHECK(scene.reason() == "certificate.role");
  }
  SECTION("a broken signature") {
    replace(must(scene.nist.ci.issue_server({.flaw = testpki::Flaw::kBrokenSignature})));
    CHECK(scene.reason() == "certificate.signature");
  }
  SECTION("a server certificate among the issuers") {
    scene.host.certificate_issuers.push_back(scene.folder / "nist-pb.pem");
    CHECK(scene.reason() == "certificate.not_a_ci");
  }
}

TEST_CASE("DPauth and DPpb of one entry must be one server", "[trust]") {
  Scene scene;
  SECTION("another OID") {
    const auto other =
        must(scene.nist.ci.issue_server({.role = ServerRole::kDpPb, .registered_id = "2.999.11"}));
    scene.write("nist-pb.pem", other.certificate_pem());
  }
  SECTION("another CI") {
    const Curve curve = GENERATE(Curve::kP256, Curve::kBrainpoolP256r1);
    const Authority second(curve, "Second CI", scene.clock, scene.random);
    scene.host.certificate_issuers.push_back(
        scene.write("ci2.pem", second.ci.issued().certificate_pem()));
    scene.write("nist-pb.pem", second.pb.certificate_pem());
  }
  CHECK(scene.reason() == "trust.pair_mismatch");
}

TEST_CASE("revocation lists are read, checked against the CIs, and named when they are bad",
          "[trust][R16:part]") {
  Scene scene;
  const auto& ci = scene.nist.ci.issued();
  const auto list = rsp::pki::test::make_revocation_list(
      ci.certificate, ci.key,
      {to_bytes(rsp::pki::Certificate::parse(scene.nist.auth.certificate)->serial_number())});
  scene.host.revocation_lists = {scene.write("ci.crl", as_text(list))};
  const auto identities = must(scene.load());
  CHECK(identities->anchors().revoked(*rsp::pki::Certificate::parse(scene.nist.auth.certificate)));
  CHECK_FALSE(
      identities->anchors().revoked(*rsp::pki::Certificate::parse(scene.nist.pb.certificate)));

  scene.host.revocation_lists = {scene.write("bad.crl", "no list")};
  auto bad = scene.load();
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().reason() == "revocation.invalid");
  CHECK(bad.error().message().find("bad.crl") != std::string::npos);
  scene.host.revocation_lists = {scene.folder / "missing.crl"};
  bad = scene.load();
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().reason() == "trust.certificate_unreadable");
}

TEST_CASE("a host without any pair yet can start", "[trust]") {
  Scene scene;
  scene.host.smdp.clear();
  const auto identities = must(scene.load());
  identities->open_keys(kOp);
  CHECK(identities->status().empty());
  CHECK(identities->anchors().find(scene.nist.ci.subject_key_id()) != nullptr);
}

}  // namespace berth::trust
