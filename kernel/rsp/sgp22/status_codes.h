// The standard's refusals by name, and what each means to the person who meets it (SGP.22 §5.2.6).
//
// A refusal is built by name, so that no caller spells a code pair. The message goes to the peer
// and may be shown to a subscriber: it never holds a secret. Thread-safe, no state.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kernel/rsp/rsp_error.h"

namespace berth::rsp::sgp22 {

struct StatusMeaning {
  std::string meaning;     // what happened
  std::string whose_turn;  // who can change it
  std::string next_step;   // what that party should do
};

// Explains the pair; where the specification gives it no meaning of its own, subject and reason
// are explained one by one. Empty when neither code is known.
std::optional<StatusMeaning> describe(std::string_view subject_code, std::string_view reason_code);
// What the peer is told: what happened, whose turn it is and what to do. The error's own message
// alone where the specification gives the pair no meaning, and nothing without a message.
std::string told(const RspError& error);
// "Matching ID" for 8.2.6, "Refused" for 3.8; empty when unknown.
std::string_view subject_name(std::string_view subject_code);
std::string_view reason_name(std::string_view reason_code);

// ---- InitiateAuthentication (§5.6.1), in order of checking ----
inline RspError smdp_address_refused(std::string message = "this address is not served here") {
  return {"8.8.1", "3.8", std::move(message)};
}
inline RspError svn_unsupported(
    std::string message = "the card's SGP.22 version is not supported") {
  return {"8.8.3", "3.1", std::move(message)};
}
inline RspError ci_for_signing_unsupported(
    std::string message = "no certificate issuer of this card is known here") {
  return {"8.8.2", "3.1", std::move(message)};
}
inline RspError no_certificate_for_verification_ci(
    std::string message = "no server certificate that this card could verify") {
  return {"8.8.4", "3.7", std::move(message)};
}

// ---- AuthenticateClient (§5.6.3) ----
inline RspError transaction_unknown(std::string message = "the transaction is unknown or over") {
  return {"8.10.1", "3.9", std::move(message)};
}
inline RspError ci_unknown(
    std::string message = "the certificate issuer of the card's maker is unknown here") {
  return {"8.11.1", "3.9", std::move(message)};
}
inline RspError eum_certificate_invalid(
    std::string message = "the EUM certificate cannot be trusted") {
  return {"8.1.2", "6.1", std::move(message)};
}
inline RspError eum_certificate_expired(std::string message = "the EUM certificate has expired") {
  return {"8.1.2", "6.3", std::move(message)};
}
inline RspError euicc_certificate_invalid(
    std::string message = "the eUICC certificate cannot be trusted") {
  return {"8.1.3", "6.1", std::move(message)};
}
inline RspError euicc_certificate_expired(
    std::string message = "the eUICC certificate has expired") {
  return {"8.1.3", "6.3", std::move(message)};
}
inline RspError euicc_signature_invalid(
    std::string message = "the signature of the eUICC does not verify") {
  return {"8.1", "6.1", std::move(message)};
}
inline RspError euicc_memory_insufficient(
    std::string message = "the eUICC has too little free memory") {
  return {"8.1", "4.8", std::move(message)};
}
inline RspError eid_refused(std::string message = "the order is not for this eUICC") {
  return {"8.1.1", "3.8", std::move(message)};
}
inline RspError profile_not_released(
    std::string message = "the profile has not been released yet") {
  return {"8.2", "1.2", std::move(message)};
}
inline RspError no_eligible_profile(
    std::string message = "no profile here is eligible for this eUICC and device") {
  return {"8.2.5", "4.3", std::move(message)};
}
inline RspError matching_id_refused(std::string message = "the activation code is not valid") {
  return {"8.2.6", "3.8", std::move(message)};
}
inline RspError download_order_expired(std::string message = "the download order has expired") {
  return {"8.8.5", "4.10", std::move(message)};
}
inline RspError download_attempts_exceeded(std::string message = "too many download attempts") {
  return {"8.8.5", "6.4", std::move(message)};
}

// ---- GetBoundProfilePackage (§5.6.2) ----
inline RspError binding_unavailable(
    std::string message = "the profile is bound to another one-time key") {
  return {"8.2", "3.7", std::move(message)};
}
inline RspError confirmation_code_missing(std::string message = "a confirmation code is needed") {
  return {"8.2.7", "2.2", std::move(message)};
}
inline RspError confirmation_code_refused(std::string message = "the confirmation code is wrong") {
  return {"8.2.7", "3.8", std::move(message)};
}
inline RspError confirmation_code_attempts_exceeded(
    std::string message = "too many wrong confirmation codes") {
  return {"8.2.7", "6.4", std::move(message)};
}

// ---- CancelSession (§5.6.5) ----
inline RspError smdp_oid_mismatch(
    std::string message = "the OID in the request is not this server's") {
  return {"8.8", "3.10", std::move(message)};
}

// ---- any function ----
inline RspError requester_unknown(std::string message = "the function requester is unknown") {
  return {"1.1", "1.1", std::move(message)};
}
inline RspError requester_not_allowed(
    std::string message = "the function requester may not do this") {
  return {"1.1", "1.2", std::move(message)};
}
inline RspError request_malformed(std::string message = "the request is malformed") {
  return {"1.3.1", "2.1", std::move(message)};
}
inline RspError request_element_missing(
    std::string message = "the request lacks a mandatory element") {
  return {"1.3.1", "2.2", std::move(message)};
}
inline RspError protocol_version_unsupported(
    std::string message = "the protocol version is not supported") {
  return {"1.3.2", "3.1", std::move(message)};
}

// ---- ES2+ (§5.3) ----
inline RspError profile_not_allowed(
    std::string message = "the requester may not use this profile") {
  return {"8.2.1", "1.2", std::move(message)};
}
inline RspError profile_not_available(std::string message = "the profile is not available") {
  return {"8.2.1", "3.3", std::move(message)};
}
inline RspError profile_transition_invalid(
    std::string message = "the profile's state does not allow this") {
  return {"8.2.1", "3.5", std::move(message)};
}
inline RspError profile_unknown(std::string message = "the ICCID is unknown") {
  return {"8.2.1", "3.9", std::move(message)};
}
inline RspError profile_type_not_allowed(
    std::string message = "the requester may not use this profile type") {
  return {"8.2.5", "1.2", std::move(message)};
}
inline RspError profile_type_exhausted(std::string message = "no profile of this type is left") {
  return {"8.2.5", "3.7", std::move(message)};
}
inline RspError profile_type_mismatch(
    std::string message = "the profile type does not match the ICCID") {
  return {"8.2.5", "3.8", std::move(message)};
}
inline RspError profile_type_unknown(std::string message = "the profile type is unknown") {
  return {"8.2.5", "3.9", std::move(message)};
}
inline RspError eid_missing(std::string message = "this order needs an EID") {
  return {"8.1.1", "2.2", std::move(message)};
}
inline RspError eid_already_associated(std::string message = "the order belongs to another EID") {
  return {"8.1.1", "3.10", std::move(message)};
}
inline RspError matching_id_in_use(std::string message = "the MatchingID is in use") {
  return {"8.2.6", "3.3", std::move(message)};
}
inline RspError matching_id_association_invalid(
    std::string message = "the order has another MatchingID") {
  return {"8.2.6", "3.10", std::move(message)};
}
inline RspError smds_execution_failed(std::string message = "the SM-DS could not do its part") {
  return {"8.9", "4.2", std::move(message)};
}
inline RspError smds_inaccessible(std::string message = "the SM-DS cannot be reached") {
  return {"8.9", "5.1", std::move(message)};
}

}  // namespace berth::rsp::sgp22
