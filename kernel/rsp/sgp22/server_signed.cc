// What the server signs: ServerSigned1 and SmdpSigned2 (SGP.22 §5.6.1, §5.6.3).

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {

Bytes encode_server_signed1(const TransactionId& transaction, ByteView euicc_challenge,
                            std::string_view server_address, ByteView server_challenge) {
  BERTH_ASSERT(euicc_challenge.size() == kChallengeSize);
  BERTH_ASSERT(server_challenge.size() == kChallengeSize);
  Bytes fields;
  der::append_tlv(fields, kTransactionId, transaction.octets());
  der::append_tlv(fields, 0x81, euicc_challenge);
  der::append_tlv(fields, 0x83, as_bytes(server_address));
  der::append_tlv(fields, 0x84, server_challenge);
  return der::tlv(kSequence, fields);
}

Bytes encode_smdp_signed2(const TransactionId& transaction, bool confirmation_code_required,
                          const std::optional<Bytes>& bpp_euicc_otpk) {
  constexpr der::Tag kBoolean = 0x01;
  constexpr der::Tag kBppEuiccOtpk = 0x5F49;
  const std::uint8_t flag = confirmation_code_required ? 0xFF : 0x00;
  Bytes fields;
  der::append_tlv(fields, kTransactionId, transaction.octets());
  der::append_tlv(fields, kBoolean, ByteView(&flag, 1));
  if (bpp_euicc_otpk) {
    BERTH_ASSERT(bpp_euicc_otpk->size() == kPublicPointSize);
    der::append_tlv(fields, kBppEuiccOtpk, *bpp_euicc_otpk);
  }
  return der::tlv(kSequence, fields);
}

}  // namespace berth::rsp::sgp22
