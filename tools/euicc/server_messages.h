// What a server sends, as the card reads it: strict DER, signatures over the received octets.
//
// All views borrow from the input. Failures are kInvalidArgument "card.message_invalid" or "der.*".

#pragma once

#include <optional>
#include <string>

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "kernel/rsp/der/der.h"

namespace berth::euicc {

inline constexpr std::size_t kChallengeSize = 16;
inline constexpr std::size_t kSignatureSize = 64;
inline constexpr std::size_t kPointSize = 65;
inline constexpr std::size_t kMaxHostIdSize = 16;

struct ServerSigned1 {  // 30
  TransactionId transaction_id;
  ByteView euicc_challenge;
  std::string server_address;
  ByteView server_challenge;
};
Result<ServerSigned1> read_server_signed1(ByteView der);

struct SmdpSigned2 {  // 30
  TransactionId transaction_id;
  bool confirmation_code_required = false;
  std::optional<Bytes> bpp_euicc_otpk;  // 65 octets
};
Result<SmdpSigned2> read_smdp_signed2(ByteView der);

// The 64 octets inside 5F37 40.
Result<ByteView> read_signature(ByteView der);
// The identifier inside 04.
Result<ByteView> read_key_identifier(ByteView der);

struct SecureChannelRequest {  // InitialiseSecureChannelRequest BF23
  std::uint64_t remote_operation = 0;
  TransactionId transaction_id;
  ByteView host_id;            // empty when the control reference template is not one we support
  bool crt_supported = false;  // AES-128 and a host id of 1..16 octets
  ByteView smdp_otpk;          // contents of 5F49
  ByteView signed_part;        // 82, 80, A6 and 5F49 TLVs as received
  ByteView signature;          // 64 octets
};
Result<SecureChannelRequest> read_secure_channel_request(ByteView der);

struct ReplaceSessionKeys {  // BF26; 16 octets each
  ByteView initial_mcv;
  ByteView ppk_enc;
  ByteView ppk_cmac;
};
Result<ReplaceSessionKeys> read_replace_session_keys(ByteView der);

// ConfigureISDPRequest BF24 of at most 128 octets.
Result<void> check_configure_isdp(ByteView der);

}  // namespace berth::euicc
