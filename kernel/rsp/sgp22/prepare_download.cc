// PrepareDownloadResponse BF21 (SGP.22 §5.7.5), what GetBoundProfilePackage carries.

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr der::Tag kPrepareDownloadResponse = 0xBF21;
constexpr der::Tag kOk = 0xA0;
constexpr der::Tag kError = 0xA1;
constexpr der::Tag kEuiccOtpk = 0x5F49;
constexpr std::uint8_t kUncompressedPoint = 0x04;

using Response = std::variant<PrepareDownloadOk, PrepareDownloadError>;

Result<PrepareDownloadOk> to_ok(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(signed2, reader.expect(kSequence));
  BERTH_TRY(signature2, read_signature(reader));
  BERTH_TRY_VOID(skip_extensions(reader));

  der::Reader fields(signed2.value);
  BERTH_TRY(transaction_id, read_transaction_id(fields));
  BERTH_TRY(otpk, fields.expect(kEuiccOtpk));
  BERTH_TRY(euicc_otpk, exact_octets(otpk.value, kPublicPointSize, "euiccOtpk"));
  if (euicc_otpk[0] != kUncompressedPoint) {
    return malformed("rsp.otpk", "euiccOtpk is an uncompressed point, 04 X Y");
  }
  BERTH_TRY(hash, fields.optional(kOctetString));
  std::optional<Bytes> hash_cc;
  if (hash) {
    BERTH_TRY(octets, exact_octets(hash->value, kHashCcSize, "hashCc"));
    hash_cc = std::move(octets);
  }
  BERTH_TRY_VOID(skip_extensions(fields));
  return PrepareDownloadOk{to_bytes(signed2.whole), std::move(signature2),
                           std::move(transaction_id), std::move(euicc_otpk), std::move(hash_cc)};
}

}  // namespace

Result<Response> parse_prepare_download_response(ByteView der) {
  BERTH_TRY(choice, read_choice(der, kPrepareDownloadResponse));
  BERTH_TRY(alternative, read_alternative(choice));
  if (alternative.tag == kOk) {
    BERTH_TRY(ok, to_ok(alternative.value));
    return Response(std::move(ok));
  }
  if (alternative.tag == kError) {
    BERTH_TRY(error, read_error_alternative(alternative.value));
    return Response(PrepareDownloadError{error.transaction_id, error.error_code});
  }
  return malformed("rsp.choice", "prepareDownloadResponse is neither a result nor an error");
}

}  // namespace berth::rsp::sgp22
