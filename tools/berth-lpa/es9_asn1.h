// The LPA's half of ES9+ in its ASN.1 binding (SGP.22 §6.6): writes requests, reads answers.
//
// Shares no code with the server's half (kernel/rsp/sgp22/es9_asn1.h), only DER. Pure. Readers
// answer with the error alternative as a Refusal, and with "lpa.reply_invalid" or "der.*" when the
// octets are no answer to that function.

#pragma once

#include <string_view>

#include "tools/berth-lpa/es9_client.h"

namespace berth::lpa::asn1 {

inline constexpr std::string_view kPath = "/gsma/rsp2/asn1";
inline constexpr std::string_view kContentType = "application/x-gsma-rsp-asn1";

// The tag under which a function's request and answer travel inside A2.
enum class Function : std::uint32_t {
  kInitiateAuthentication = 0xBF39,
  kAuthenticateClient = 0xBF3B,
  kGetBoundProfilePackage = 0xBF3A,
  kHandleNotification = 0xBF3D,
  kCancelSession = 0xBF41,
};

Bytes initiate_authentication(ByteView challenge, std::string_view address, ByteView euicc_info1);
Bytes authenticate_client(const TransactionId& transaction, ByteView response);
Bytes get_bound_profile_package(const TransactionId& transaction, ByteView response);
// `response` is a whole BF41; A1 takes its place here.
Bytes cancel_session(const TransactionId& transaction, ByteView response);
Bytes handle_notification(ByteView notification);

// What an answer holds: the elements of A0, or the integer of 81.
struct Answer {
  std::vector<Bytes> elements;  // whole TLVs
  int error = 0;                // 0: none
};
Result<Answer> read_answer(Function function, ByteView body);

Result<ServerAuthentication> to_server_authentication(const Answer& answer);
Result<ClientAuthentication> to_client_authentication(const Answer& answer);
Result<Bytes> to_bound_package(const Answer& answer, const TransactionId& transaction);

// The status pair that an error integer stands for ("8.2.7", "3.8"); empty where it is undefined
// or unknown, which is the same to a client.
struct Pair {
  std::string_view subject_code;
  std::string_view reason_code;
};
Pair pair_of(Function function, int error);

}  // namespace berth::lpa::asn1
