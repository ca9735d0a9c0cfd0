// CancelSessionResponse BF41 (SGP.22 §5.7.14).

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr der::Tag kCancelSessionResponse = 0xBF41;
constexpr der::Tag kOk = 0xA0;
constexpr der::Tag kError = 0x81;

using Response = std::variant<CancelSessionOk, CancelSessionError>;

Result<CancelSessionOk> to_ok(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(signed_part, reader.expect(kSequence));
  BERTH_TRY(signature, read_signature(reader));
  BERTH_TRY_VOID(skip_extensions(reader));

  der::Reader fields(signed_part.value);
  BERTH_TRY(transaction_id, read_transaction_id(fields));
  BERTH_TRY(oid, fields.expect(0x81));
  BERTH_TRY(smdp_oid, der::oid_to_text(oid.value));
  BERTH_TRY(reason_element, fields.expect(0x82));
  BERTH_TRY(reason, der::to_unsigned(reason_element.value));
  BERTH_TRY_VOID(skip_extensions(fields));
  return CancelSessionOk{to_bytes(signed_part.whole), std::move(signature),
                         std::move(transaction_id), std::move(smdp_oid), reason};
}

}  // namespace

Result<Response> parse_cancel_session_response(ByteView der) {
  BERTH_TRY(choice, read_choice(der, kCancelSessionResponse));
  BERTH_TRY(alternative, read_alternative(choice));
  if (alternative.tag == kOk) {
    BERTH_TRY(ok, to_ok(alternative.value));
    return Response(std::move(ok));
  }
  if (alternative.tag == kError || alternative.tag == kInteger) {
    BERTH_TRY(error_code, der::to_unsigned(alternative.value));
    return Response(CancelSessionError{error_code});
  }
  return malformed("rsp.choice", "cancelSessionResponse is neither a result nor an error");
}

}  // namespace berth::rsp::sgp22
