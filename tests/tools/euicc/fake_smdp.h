// A small SM-DP+ for the card's tests: reads the card's answers with the server's parsers, binds
// with the server's protector, and can be told to get any single thing wrong.
//
// Verifies what the card signs with REQUIRE, so a wrong card fails the test that uses it.

#pragma once

#include <optional>
#include <string>

#include "kernel/rsp/pki/public_key.h"
#include "kernel/rsp/sgp22/messages.h"
#include "kernel/rsp/sgp22/metadata.h"
#include "tools/euicc/card.h"
#include "tools/testpki/test_pki.h"

namespace berth::euicc {

// A profile package of our own making: header, MF with EF.ICCID, USIM with EF.IMSI, end.
// `ef_iccid` stands in EF.ICCID; `padding` octets of an unknown file make it longer.
Bytes make_package(const Iccid& header_iccid, const Iccid& ef_iccid, std::size_t padding = 0);
// The IMSI in it.
inline constexpr std::string_view kPackageImsi = "001010123456789";

// Metadata with the names "A" and "B"; no address: none.
rsp::sgp22::ProfileMetadata named_metadata(const Iccid& iccid, std::string_view address = "");

class FakeSmdp {
 public:
  FakeSmdp(testpki::TestCi& ci, Random& random, const std::string& oid = "2.999.10");

  AuthenticateServerRequest initiate(ByteView challenge);
  PrepareDownloadRequest authenticate(ByteView bf38);
  // Verifies BF21 and remembers the card's one-time key.
  void accept_prepared(ByteView bf21);
  // BF36 for the prepared key, from the members below.
  Bytes bind();

  // Who it is.
  std::string address = "smdp.example.com";
  testpki::Issued auth;
  testpki::Issued pb;
  Bytes ci_key_id;
  std::string matching_id = "TOKEN-1";

  // The order.
  Bytes metadata;
  Bytes package;
  bool confirmation_code_required = false;
  std::optional<Bytes> bpp_euicc_otpk;  // announced in smdpSigned2

  // What goes into the package; each may be altered before bind().
  Bytes configure_isdp;
  std::uint8_t remote_operation = 1;
  Bytes control_ref_template;
  std::optional<TransactionId> bound_transaction;   // else the session's
  std::optional<testpki::KeyPair> dp_one_time_key;  // else a fresh one
  bool replace_session_keys = false;
  Bytes session_key_eid;  // 16 octets; empty: the card's

  // The session.
  std::optional<TransactionId> transaction;
  std::optional<rsp::sgp22::AuthenticateResponseOk> client;
  std::optional<rsp::sgp22::PrepareDownloadOk> prepared;
  Bytes smdp_signature2;  // TLV
  Bytes server_challenge;

 private:
  Bytes protect(const testpki::KeyPair& one_time, ByteView host_id) const;
  rsp::pki::PublicKey euicc_key() const;
  Random& random_;
};

// A card and a server under one test CI.
struct Bench {
  explicit Bench(Curve curve = Curve::kP256);
  ~Bench();

  // Runs the steps until a package is prepared; REQUIREs that the card accepts each.
  void prepare();
  // All of it; the card's answer to the package.
  InstallAnswer download();

  ManualClock clock{1'790'000'000'000};
  SystemRandom random;
  NullStore store;
  testpki::TestCi ci;
  testpki::TestEum eum;
  testpki::Issued euicc_certificate;
  CardState initial;
  std::unique_ptr<Card> card;
  FakeSmdp smdp;
  Iccid iccid;
};

}  // namespace berth::euicc
