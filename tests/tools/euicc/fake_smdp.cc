#include "tests/tools/euicc/fake_smdp.h"

#include <catch2/catch.hpp>

#include "kernel/rsp/bsp/bound_package.h"
#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/certificate.h"
#include "tools/euicc/card_setup.h"

namespace berth::euicc {
namespace {

using rsp::der::tlv;

constexpr std::string_view kEid = "89049032123451234512345678901235";
constexpr std::string_view kIccid = "8900012345678901233";

Bytes hex(std::string_view text) { return from_hex(text).value(); }

Bytes element(rsp::der::Tag tag, std::uint8_t identification, ByteView rest) {
  const Bytes id = {identification};
  return tlv(tag, {tlv(0xA0, {tlv(0x80, ByteView()), tlv(0x81, id)}), rest});
}

Bytes sign_tlv(const testpki::KeyPair& key, ByteView message) {
  return tlv(0x5F37, testpki::sign_raw(key, message));
}

Bytes join(ByteView first, ByteView second) {
  Bytes joined = to_bytes(first);
  append(joined, second);
  return joined;
}

CardState make_state(const testpki::TestCi& ci, const testpki::TestEum& eum,
                     const testpki::Issued& card, UnixMs now) {
  CardSetup setup;
  setup.credentials.push_back(
      {card.certificate, to_bytes(card.key_pem().view()), eum.issued().certificate});
  setup.ci_certificates.push_back(ci.issued().certificate);
  auto state = new_card(setup, now);
  INFO((state ? std::string() : state.error().message()));
  REQUIRE(state.ok());
  return std::move(*state);
}

}  // namespace

Bytes make_package(const Iccid& header_iccid, const Iccid& ef_iccid, std::size_t padding) {
  const Bytes header = tlv(0xA0, {hex("800102"), hex("810103"), tlv(0x82, as_bytes("Berth test")),
                                  tlv(0x83, header_iccid.natural_octets()), hex("A5028100"),
                                  hex("A610060667810F010201060667810F010204")});
  const Bytes ef = tlv(0xA4, tlv(0x83, ef_iccid.swapped_octets()));
  const Bytes mf = element(0xB0, 1, join(hex("810667810F010201A200"), ef));
  Bytes files = hex("810667810F010204A200A30B8309080910101032547698");
  if (padding != 0) append(files, tlv(0xA4, tlv(0x83, Bytes(padding, 0x5A))));
  const Bytes usim = element(0xB3, 2, files);
  Bytes package = header;
  append(package, mf);
  append(package, usim);
  append(package, element(0xAA, 3, {}));
  return package;
}

rsp::sgp22::ProfileMetadata named_metadata(const Iccid& iccid, std::string_view address) {
  return {.iccid = iccid,
          .service_provider_name = "A",
          .profile_name = "B",
          .notification_address = std::string(address),
          .owner = {}};
}

FakeSmdp::FakeSmdp(testpki::TestCi& ci, Random& random, const std::string& oid)
    : auth(std::move(
          *ci.issue_server({.role = testpki::ServerRole::kDpAuth, .registered_id = oid}))),
      pb(std::move(*ci.issue_server({.role = testpki::ServerRole::kDpPb, .registered_id = oid}))),
      ci_key_id(ci.subject_key_id()),
      configure_isdp(hex("BF2400")),
      control_ref_template(hex("A60D8001888101108405534D445031")),
      random_(random) {}

rsp::pki::PublicKey FakeSmdp::euicc_key() const {
  const auto certificate = rsp::pki::Certificate::parse(client->euicc_certificate);
  REQUIRE(certificate.ok());
  return certificate->public_key();
}

AuthenticateServerRequest FakeSmdp::initiate(ByteView challenge) {
  transaction = *TransactionId::from_octets(random_.bytes(16));
  server_challenge = random_.bytes(16);
  client.reset();
  prepared.reset();
  const Bytes signed1 =
      rsp::sgp22::encode_server_signed1(*transaction, challenge, address, server_challenge);
  return {signed1,     sign_tlv(auth.key, signed1), tlv(0x04, ci_key_id), auth.certificate,
          matching_id, {hex("35290611"), {}}};
}

PrepareDownloadRequest FakeSmdp::authenticate(ByteView bf38) {
  auto response = rsp::sgp22::parse_authenticate_server_response(bf38);
  REQUIRE(response.ok());
  REQUIRE(std::holds_alternative<rsp::sgp22::AuthenticateResponseOk>(*response));
  client = std::get<rsp::sgp22::AuthenticateResponseOk>(std::move(*response));
  REQUIRE(euicc_key().verify({client->signed1}, client->signature1));
  REQUIRE(client->transaction_id == *transaction);
  REQUIRE(client->server_challenge == server_challenge);
  REQUIRE(client->server_address == address);
  const Bytes signed2 =
      rsp::sgp22::encode_smdp_signed2(*transaction, confirmation_code_required, bpp_euicc_otpk);
  smdp_signature2 = sign_tlv(pb.key, join(signed2, tlv(0x5F37, client->signature1)));
  return {signed2, smdp_signature2, pb.certificate, std::nullopt};
}

void FakeSmdp::accept_prepared(ByteView bf21) {
  auto response = rsp::sgp22::parse_prepare_download_response(bf21);
  REQUIRE(response.ok());
  REQUIRE(std::holds_alternative<rsp::sgp22::PrepareDownloadOk>(*response));
  prepared = std::get<rsp::sgp22::PrepareDownloadOk>(std::move(*response));
  REQUIRE(euicc_key().verify({prepared->signed2, smdp_signature2}, prepared->signature2));
  REQUIRE(prepared->transaction_id == *transaction);
}

Bytes FakeSmdp::protect(const testpki::KeyPair& one_time, ByteView host_id) const {
  // The server's key agreement lives behind its HSM; here its number is at hand.
  const auto own = PrivateKey::from_scalar(one_time.curve, one_time.scalar.view());
  const auto shared = own->agree(prepared->euicc_otpk);
  REQUIRE(shared.ok());
  const auto certificate = rsp::pki::Certificate::parse(client->euicc_certificate);
  const Eid eid = session_key_eid.empty() ? *Eid::parse(certificate->subject_serial_number())
                                          : *Eid::from_octets(session_key_eid);
  const Bytes info = *rsp::bsp::shared_info(host_id, eid);
  Bytes key_data;
  for (std::uint8_t round = 1; round <= 2; ++round) {
    const Bytes counter = {0, 0, 0, round};
    const Sha256 hash = Sha256Stream().update(shared->view()).update(counter).update(info).finish();
    append(key_data, hash);
  }
  key_data.resize(rsp::bsp::kKeyDataSize);
  const auto keys = rsp::bsp::SessionKeys::from_key_data(SecretBytes::take(std::move(key_data)));
  auto protector = rsp::bsp::Protector::create(*keys);
  Bytes first, second, keys_part, last;
  REQUIRE(protector->append_encrypted(first, 0x87, configure_isdp).ok());
  REQUIRE(protector->append_mac_only(second, 0x88, metadata).ok());
  Bytes parts = tlv(0xA0, first);
  append(parts, tlv(0xA1, second));
  if (replace_session_keys) {
    const Bytes ppk = random_.bytes(48);
    const ByteView view(ppk);
    const Bytes command = tlv(0xBF26, {tlv(0x80, view.first(16)), tlv(0x81, view.subspan(16, 16)),
                                       tlv(0x82, view.last(16))});
    REQUIRE(protector->append_encrypted(keys_part, 0x87, command).ok());
    append(parts, tlv(0xA2, keys_part));
    protector = rsp::bsp::Protector::create(view.subspan(16, 16), view.last(16), view.first(16));
  }
  REQUIRE(protector->append_encrypted(last, 0x86, package).ok());
  append(parts, tlv(0xA3, last));
  return parts;
}

Bytes FakeSmdp::bind() {
  REQUIRE(prepared.has_value());
  if (!dp_one_time_key) dp_one_time_key = testpki::generate_key(pb.key.curve, random_);
  const Bytes operation = {remote_operation};
  const TransactionId& bound = bound_transaction ? *bound_transaction : *transaction;
  const Bytes signed_part = join(join(tlv(0x82, operation), tlv(0x80, bound.octets())),
                                 join(control_ref_template, tlv(0x5F49, dp_one_time_key->point)));
  const Bytes signature = sign_tlv(pb.key, join(signed_part, tlv(0x5F49, prepared->euicc_otpk)));
  const Bytes request = tlv(0xBF23, {signed_part, signature});
  rsp::der::Reader crt(rsp::der::parse_single(control_ref_template, 0xA6)->value);
  ByteView host_id;
  while (!crt.at_end()) host_id = crt.next()->value;  // hostId is the last one
  return tlv(0xBF36, {request, protect(*dp_one_time_key, host_id)});
}

Bench::Bench(Curve curve)
    : ci(std::move(*testpki::TestCi::create(curve, "Berth Test CI", clock, random))),
      eum(std::move(*ci.issue_eum({}))),
      euicc_certificate(std::move(*eum.issue_euicc({.eid = std::string(kEid)}))),
      initial(make_state(ci, eum, euicc_certificate, clock.now_ms())),
      card(std::move(*Card::open(initial, store, random, clock))),
      smdp(ci, random),
      iccid(*Iccid::parse(kIccid)) {
  smdp.metadata = *rsp::sgp22::encode_metadata(named_metadata(iccid, smdp.address));
  smdp.package = make_package(iccid, iccid);
}
Bench::~Bench() = default;

void Bench::prepare() {
  const auto authenticated = card->authenticate_server(smdp.initiate(card->euicc_challenge()));
  REQUIRE(authenticated.ok());
  INFO((authenticated->error ? to_string(*authenticated->error) : "ok"));
  REQUIRE_FALSE(authenticated->error.has_value());
  const auto prepared = card->prepare_download(smdp.authenticate(authenticated->der));
  REQUIRE(prepared.ok());
  INFO((prepared->error ? to_string(*prepared->error) : "ok"));
  REQUIRE_FALSE(prepared->error.has_value());
  smdp.accept_prepared(prepared->der);
}

InstallAnswer Bench::download() {
  prepare();
  auto answer = card->load_bound_profile_package(smdp.bind());
  REQUIRE(answer.ok());
  return std::move(*answer);
}

}  // namespace berth::euicc
