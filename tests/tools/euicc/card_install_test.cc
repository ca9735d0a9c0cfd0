#include <catch2/catch.hpp>

#include "kernel/rsp/der/der.h"
#include "tests/tools/euicc/fake_smdp.h"

namespace berth::euicc {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

// The signed result as a server reads it; REQUIREs the card's signature.
rsp::sgp22::ProfileInstallationResult read_result(const Bench& bench, ByteView der) {
  auto parsed = rsp::sgp22::parse_pending_notification(der);
  REQUIRE(parsed.ok());
  auto result = std::get<rsp::sgp22::ProfileInstallationResult>(std::move(parsed->notification));
  const auto key = rsp::pki::Certificate::parse(bench.euicc_certificate.certificate)->public_key();
  REQUIRE(key.verify({result.data}, result.signature));
  return result;
}

// The package must be refused; the reason, which the signed result must carry too.
InstallFailure refused(Bench& bench, ByteView package) {
  const auto answer = bench.card->load_bound_profile_package(package);
  REQUIRE(answer.ok());
  REQUIRE(answer->failure.has_value());
  const auto result = read_result(bench, answer->der);
  const auto& failure = std::get<rsp::sgp22::ProfileInstallationResult::Failure>(result.result);
  CHECK(failure.bpp_command_id == static_cast<std::uint64_t>(answer->failure->command));
  CHECK(failure.error_reason == static_cast<std::uint64_t>(answer->failure->reason));
  CHECK(bench.card->state().profiles.empty());
  return *answer->failure;
}

InstallFailure refused(Bench& bench) {
  bench.prepare();
  return refused(bench, bench.smdp.bind());
}

Bytes owned_metadata(const Bench& bench, std::string_view network, Bytes gid1 = {}) {
  rsp::sgp22::ProfileMetadata metadata = named_metadata(bench.iccid);
  metadata.owner = rsp::sgp22::OperatorId{*MccMnc::parse(network), std::move(gid1), {}};
  return *rsp::sgp22::encode_metadata(metadata);
}

TEST_CASE("a profile arrives octet for octet, on both curves and in both key modes",
          "[euicc][R43][R44]") {
  Bench bench(GENERATE(Curve::kP256, Curve::kBrainpoolP256r1));
  bench.smdp.replace_session_keys = GENERATE(false, true);
  bench.smdp.package = make_package(bench.iccid, bench.iccid, 5000);
  const InstallAnswer answer = bench.download();
  REQUIRE_FALSE(answer.failure.has_value());
  const CardState& state = bench.card->state();
  REQUIRE(state.profiles.size() == 1);
  CHECK(state.profiles[0].package == bench.smdp.package);
  CHECK(state.profiles[0].metadata == bench.smdp.metadata);
  CHECK(state.profiles[0].state == ProfileState::kDisabled);
  CHECK(state.retry_keys.empty());

  const auto result = read_result(bench, answer.der);
  CHECK(result.transaction_id == *bench.smdp.transaction);
  CHECK(result.smdp_oid == "2.999.10");
  CHECK(result.metadata.sequence_number == 1);
  CHECK(result.metadata.notification_address == bench.smdp.address);
  CHECK(result.metadata.iccid == bench.iccid);
  const auto& success = std::get<rsp::sgp22::ProfileInstallationResult::Success>(result.result);
  CHECK(to_hex(success.aid) == "A0000005591010FFFFFFFF8900001000");
  CHECK(to_hex(success.sima_response) == "3007A0053003800100");
  REQUIRE(state.notifications.size() == 1);
  CHECK(state.notifications[0].der == answer.der);
}

TEST_CASE("the secure channel request is refused with its own reasons", "[euicc][R43]") {
  Bench bench;
  SECTION("a signature by another key") {
    bench.prepare();
    bench.smdp.pb.key = testpki::generate_key(Curve::kP256, bench.random);
    CHECK(refused(bench, bench.smdp.bind()).reason == InstallError::kInvalidSignature);
  }
  SECTION("a package bound to another one-time key of the card") {
    bench.prepare();
    bench.smdp.prepared->euicc_otpk = testpki::generate_key(Curve::kP256, bench.random).point;
    CHECK(refused(bench, bench.smdp.bind()).reason == InstallError::kInvalidSignature);
  }
  SECTION("a package of another transaction, rightly signed") {
    bench.smdp.bound_transaction = *TransactionId::from_octets(Bytes(16, 1));
    CHECK(refused(bench).reason == InstallError::kInvalidTransactionId);
  }
  SECTION("another remote operation") {
    bench.smdp.remote_operation = 2;
    CHECK(refused(bench).reason == InstallError::kUnsupportedRemoteOperationType);
  }
  SECTION("another key type") {
    bench.smdp.control_ref_template = hex("A60D8001808101108405534D445031");
    CHECK(refused(bench).reason == InstallError::kUnsupportedCrtValues);
  }
  SECTION("another key length") {
    bench.smdp.control_ref_template = hex("A60D8001888101208405534D445031");
    CHECK(refused(bench).reason == InstallError::kUnsupportedCrtValues);
  }
  SECTION("a one-time key that is off the curve") {
    bench.smdp.dp_one_time_key = testpki::generate_key(Curve::kP256, bench.random);
    bench.smdp.dp_one_time_key->point.back() ^= 1;
    CHECK(refused(bench).reason == InstallError::kIncorrectInputValues);
  }
}

TEST_CASE("keys for another EID fail at the first command", "[euicc][R43]") {
  Bench bench;
  bench.smdp.session_key_eid = Bytes(16, 0x11);
  const InstallFailure failure = refused(bench);
  CHECK(failure.command == BppCommand::kConfigureIsdp);
  CHECK(failure.reason == InstallError::kBspSecurity);
}

TEST_CASE("ConfigureISDP must be one, and of at most 128 octets", "[euicc]") {
  Bench bench;
  bench.smdp.configure_isdp =
      GENERATE(hex("BF2600"), hex("BF240101"), rsp::der::tlv(0xBF24, Bytes(126, 0)));
  const InstallFailure failure = refused(bench);
  CHECK(failure.command == BppCommand::kConfigureIsdp);
  CHECK(failure.reason == InstallError::kIncorrectInputValues);
}

TEST_CASE("bad metadata is refused at StoreMetadata", "[euicc][R43]") {
  Bench bench;
  SECTION("no metadata at all") { bench.smdp.metadata = hex("BF2500"); }
  SECTION("not an ICCID") { bench.smdp.metadata = hex("BF250C5A0AAAAAAAAAAAAAAAAAAAAA"); }
  const InstallFailure failure = refused(bench);
  CHECK(failure.command == BppCommand::kStoreMetadata);
  CHECK(failure.reason == InstallError::kIncorrectInputValues);
}

TEST_CASE("unknown and unwanted profile classes are refused", "[euicc]") {
  Bench bench;
  SECTION("class 3 does not exist") {
    bench.smdp.metadata = rsp::der::tlv(
        0xBF25, {rsp::der::tlv(0x5A, bench.iccid.swapped_octets()), hex("910141920142950103")});
  }
  SECTION("a test profile on a card that is not in test mode") {
    CardState state = bench.initial;
    state.options.accept_test_profiles = false;
    bench.card = std::move(*Card::open(state, bench.store, bench.random, bench.clock));
    bench.smdp.metadata = rsp::der::tlv(
        0xBF25, {rsp::der::tlv(0x5A, bench.iccid.swapped_octets()), hex("910141920142950100")});
  }
  CHECK(refused(bench).reason == InstallError::kUnsupportedProfileClass);
}

TEST_CASE("an ICCID that is installed already is refused", "[euicc][R43]") {
  Bench bench;
  REQUIRE_FALSE(bench.download().failure.has_value());
  bench.smdp.dp_one_time_key.reset();
  const InstallAnswer second = bench.download();
  REQUIRE(second.failure.has_value());
  CHECK(second.failure->command == BppCommand::kStoreMetadata);
  CHECK(second.failure->reason == InstallError::kIccidAlreadyExists);
  CHECK(bench.card->state().profiles.size() == 1);
  CHECK(bench.card->state().notifications.size() == 2);
}

TEST_CASE("metadata, header, EF.ICCID and owner must agree", "[euicc][R43]") {
  Bench bench;
  const Iccid other = *Iccid::parse("8900012345678901241");
  SECTION("header and EF differ from the metadata") {
    bench.smdp.package = make_package(other, other);
  }
  SECTION("EF.ICCID differs") { bench.smdp.package = make_package(bench.iccid, other); }
  SECTION("the owner's MCC and MNC are not those of the IMSI") {
    bench.smdp.metadata = owned_metadata(bench, "310410");
  }
  SECTION("the owner's GID is in no file") {
    bench.smdp.metadata = owned_metadata(bench, "00101", {0x01});
  }
  const InstallFailure failure = refused(bench);
  CHECK(failure.command == BppCommand::kLoadProfileElements);
  CHECK(failure.reason == InstallError::kDataMismatch);
}

TEST_CASE("an owner that matches the IMSI is accepted", "[euicc]") {
  Bench bench;
  bench.smdp.metadata = owned_metadata(bench, "00101");
  CHECK_FALSE(bench.download().failure.has_value());
}

TEST_CASE("policy rules are taken from an owner, unless the card forbids them", "[euicc]") {
  Bench bench;
  CardState state = bench.initial;
  state.options.forbidden_policy_rules = static_cast<std::uint8_t>(PolicyRule::kNoDeleting);
  bench.card = std::move(*Card::open(state, bench.store, bench.random, bench.clock));
  const auto info2 = rsp::sgp22::parse_euicc_info2(bench.card->euicc_info2());
  REQUIRE(info2.ok());
  CHECK(to_hex(info2->forbidden_profile_policy_rules) == "0520");
  rsp::sgp22::ProfileMetadata metadata = named_metadata(bench.iccid);
  metadata.owner = rsp::sgp22::OperatorId{*MccMnc::parse("00101"), {}, {}};
  SECTION("a forbidden rule") {
    metadata.policy_rules.ppr2 = true;
    bench.smdp.metadata = *rsp::sgp22::encode_metadata(metadata);
    const InstallFailure failure = refused(bench);
    CHECK(failure.command == BppCommand::kStoreMetadata);
    CHECK(failure.reason == InstallError::kPprNotAllowed);
  }
  SECTION("a rule without an owner") {
    bench.smdp.metadata = rsp::der::tlv(
        0xBF25, {rsp::der::tlv(0x5A, bench.iccid.swapped_octets()), hex("91014192014299020640")});
    CHECK(refused(bench).reason == InstallError::kPprNotAllowed);
  }
  SECTION("a rule the card allows") {
    metadata.policy_rules.ppr1 = true;
    bench.smdp.metadata = *rsp::sgp22::encode_metadata(metadata);
    CHECK_FALSE(bench.download().failure.has_value());
  }
}

TEST_CASE("metadata with an icon comes in several segments and is kept whole", "[euicc]") {
  Bench bench;
  rsp::sgp22::ProfileMetadata metadata = named_metadata(bench.iccid, bench.smdp.address);
  metadata.icon = Bytes(1024, 0x89);
  metadata.icon_type = rsp::sgp22::IconType::kPng;
  metadata.service_specific = rsp::der::tlv(0xBF22, Bytes(2000, 0));
  bench.smdp.metadata = *rsp::sgp22::encode_metadata(metadata);
  REQUIRE(bench.smdp.metadata.size() > 3 * 1008);
  REQUIRE_FALSE(bench.download().failure.has_value());
  const Profile& profile = bench.card->state().profiles.front();
  CHECK(profile.metadata == bench.smdp.metadata);
  const auto read = read_metadata(profile.metadata);
  REQUIRE(read.ok());
  CHECK(read->icon == metadata.icon);
  CHECK(read->icon_type == 1);
}

TEST_CASE("a package that is no profile is a PE processing error", "[euicc]") {
  Bench bench;
  bench.smdp.package = hex("AA07A0058000810101");
  const InstallFailure failure = refused(bench);
  CHECK(failure.command == BppCommand::kLoadProfileElements);
  CHECK(failure.reason == InstallError::kPeProcessing);
}

TEST_CASE("a full card refuses for now and keeps the one-time key for the retry", "[euicc][R44]") {
  Bench bench;
  CardState state = bench.initial;
  state.options.nvm_bytes = 100;
  bench.card = std::move(*Card::open(state, bench.store, bench.random, bench.clock));
  CHECK(refused(bench).reason == InstallError::kInsufficientMemory);
  REQUIRE(bench.card->state().retry_keys.size() == 1);

  // More memory, and the server re-sends to the same key with the same one-time key of its own.
  CardState larger = bench.card->state();
  larger.options.nvm_bytes = 1 << 20;
  bench.card = std::move(*Card::open(larger, bench.store, bench.random, bench.clock));
  const Bytes first_key = bench.smdp.prepared->euicc_otpk;
  bench.smdp.bpp_euicc_otpk = first_key;
  CHECK_FALSE(bench.download().failure.has_value());
  CHECK(bench.smdp.prepared->euicc_otpk == first_key);
  CHECK(bench.card->state().retry_keys.empty());
}

TEST_CASE("a kept one-time key serves only the SM-DP+ it was made for", "[euicc][R43]") {
  Bench bench;
  bench.prepare();
  const Bytes first_key = bench.smdp.prepared->euicc_otpk;
  FakeSmdp other(bench.ci, bench.random, "2.999.12");
  other.bpp_euicc_otpk = first_key;
  const auto authenticated =
      bench.card->authenticate_server(other.initiate(bench.card->euicc_challenge()));
  other.accept_prepared(bench.card->prepare_download(other.authenticate(authenticated->der))->der);
  CHECK(other.prepared->euicc_otpk != first_key);
}

TEST_CASE("retry keys are bounded; the oldest goes", "[euicc]") {
  Bench bench;
  for (std::size_t i = 0; i < kMaxRetryKeys + 3; ++i) bench.prepare();
  CHECK(bench.card->state().retry_keys.size() == kMaxRetryKeys);
  CHECK(bench.card->state().retry_keys.back().key.point() == bench.smdp.prepared->euicc_otpk);
}

TEST_CASE("a flipped bit anywhere in the package changes nothing on the card", "[euicc][R43]") {
  Bench bench;
  std::size_t size = 0;
  for (std::size_t position = 0; position == 0 || position < size; position += 7) {
    bench.prepare();
    bench.smdp.dp_one_time_key.reset();
    Bytes package = bench.smdp.bind();
    size = package.size();
    package[position] ^= static_cast<std::uint8_t>(1U << (position % 8));
    INFO("octet " << position);
    (void)refused(bench, package);
    CardState state = bench.card->state();
    state.notifications.clear();
    bench.card = std::move(*Card::open(state, bench.store, bench.random, bench.clock));
  }
}

TEST_CASE("a package is loaded once, after PrepareDownload", "[euicc][R43]") {
  Bench bench;
  CHECK(bench.card->load_bound_profile_package({}).error().reason() == "card.no_session");
  REQUIRE_FALSE(bench.download().failure.has_value());
  CHECK(bench.card->load_bound_profile_package(bench.smdp.bind()).error().reason() ==
        "card.no_session");
}

TEST_CASE("nothing is installed when the card cannot save", "[euicc]") {
  struct Failing final : CardStore {
    Result<void> save(const CardState&) override {
      if (--left > 0) return {};
      return Error(ErrorCode::kUnavailable, "card.store_failed", "no");
    }
    int left = 2;  // PrepareDownload saves once
  } store;
  Bench bench;
  bench.card = std::move(*Card::open(bench.initial, store, bench.random, bench.clock));
  bench.prepare();
  CHECK(bench.card->load_bound_profile_package(bench.smdp.bind()).error().reason() ==
        "card.store_failed");
  CHECK(bench.card->state().profiles.empty());
  CHECK(bench.card->state().notifications.empty());
}

}  // namespace
}  // namespace berth::euicc
