// AuthenticateServerResponse BF38 (SGP.22 §5.7.13), what AuthenticateClient carries.

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr der::Tag kAuthenticateServerResponse = 0xBF38;
constexpr der::Tag kOk = 0xA0;
constexpr der::Tag kError = 0xA1;
constexpr der::Tag kEuiccInfo2 = 0xBF22;

using Response = std::variant<AuthenticateResponseOk, AuthenticateResponseError>;

// deviceCapabilities (A1) differ from release to release and decide nothing here: skipped.
Result<DeviceInfo> to_device_info(ByteView value) {
  DeviceInfo info;
  bool has_tac = false;
  der::Reader reader(value);
  while (!reader.at_end()) {
    BERTH_TRY(element, reader.next());
    if (element.tag == 0x80) {
      // 4 octets; nothing is decided on it, and an old module in the field says 8: taken as sent.
      info.tac = to_bytes(element.value);
      has_tac = true;
    } else if (element.tag == 0x82) {
      info.imei = to_bytes(element.value);  // informational, like the tac
    }
  }
  if (!has_tac) return malformed("rsp.device_info", "deviceInfo lacks its tac");
  return info;
}

struct Context {
  std::optional<MatchingId> matching_id;
  bool matching_id_malformed = false;
  DeviceInfo device_info;
};

// CtxParamsForCommonAuthentication; the elements v3 adds are skipped.
Result<Context> to_context(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(matching_id, reader.optional(0x80));
  std::optional<MatchingId> wanted;
  bool malformed_id = false;
  if (matching_id && !matching_id->value.empty()) {
    auto parsed = MatchingId::parse(as_text(matching_id->value));
    malformed_id = !parsed;
    if (parsed) wanted = std::move(*parsed);
  }
  std::optional<DeviceInfo> device_info;
  while (!reader.at_end()) {
    BERTH_TRY(element, reader.next());
    if (element.tag == 0x80 || (element.tag == 0xA1 && device_info)) {
      return malformed("rsp.duplicate", "an element of ctxParams1 comes twice");
    }
    if (element.tag != 0xA1) continue;
    BERTH_TRY(parsed, to_device_info(element.value));
    device_info = std::move(parsed);
  }
  if (!device_info) return malformed("rsp.context", "ctxParams1 lacks deviceInfo");
  return Context{std::move(wanted), malformed_id, std::move(*device_info)};
}

Result<AuthenticateResponseOk> to_ok(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(signed1, reader.expect(kSequence));
  BERTH_TRY(signature1, read_signature(reader));
  BERTH_TRY(euicc_certificate, read_certificate(reader));
  BERTH_TRY(eum_certificate, read_certificate(reader));
  BERTH_TRY_VOID(skip_extensions(reader));

  der::Reader fields(signed1.value);
  BERTH_TRY(transaction_id, read_transaction_id(fields));
  BERTH_TRY(address, fields.expect(0x83));
  BERTH_TRY(server_address, to_fqdn(address.value));
  BERTH_TRY(challenge, fields.expect(0x84));
  BERTH_TRY(server_challenge, exact_octets(challenge.value, kChallengeSize, "serverChallenge"));
  BERTH_TRY(info2, fields.expect(kEuiccInfo2));
  BERTH_TRY(euicc_info2, parse_euicc_info2(info2.whole));
  // ctxParams1 is a CHOICE whose only alternative in v2 is common authentication.
  BERTH_TRY(context_element, fields.expect(0xA0));
  BERTH_TRY(context, to_context(context_element.value));
  BERTH_TRY_VOID(skip_extensions(fields));

  return AuthenticateResponseOk{.signed1 = to_bytes(signed1.whole),
                                .signature1 = std::move(signature1),
                                .euicc_certificate = std::move(euicc_certificate),
                                .eum_certificate = std::move(eum_certificate),
                                .transaction_id = std::move(transaction_id),
                                .server_address = std::move(server_address),
                                .server_challenge = std::move(server_challenge),
                                .euicc_info2 = std::move(euicc_info2),
                                .matching_id = std::move(context.matching_id),
                                .matching_id_malformed = context.matching_id_malformed,
                                .device_info = std::move(context.device_info)};
}

}  // namespace

Result<Response> parse_authenticate_server_response(ByteView der) {
  BERTH_TRY(choice, read_choice(der, kAuthenticateServerResponse));
  BERTH_TRY(alternative, read_alternative(choice));
  if (alternative.tag == kOk) {
    BERTH_TRY(ok, to_ok(alternative.value));
    return Response(std::move(ok));
  }
  if (alternative.tag == kError) {
    BERTH_TRY(error, read_error_alternative(alternative.value));
    return Response(AuthenticateResponseError{error.transaction_id, error.error_code});
  }
  return malformed("rsp.choice", "authenticateServerResponse is neither a result nor an error");
}

}  // namespace berth::rsp::sgp22
