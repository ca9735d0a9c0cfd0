// One download, step by step (SGP.22 §3.0.1 and §3.1.3, LPA side).

#include "kernel/rsp/pki/certificate.h"
#include "tools/berth-lpa/lpa.h"
#include "tools/euicc/package_decoder.h"
#include "tools/euicc/server_messages.h"

namespace berth::lpa {
namespace {

Failure lpa_failure(std::string step, std::string reason, std::string message) {
  Failure failure;
  failure.kind = FailureKind::kLpa;
  failure.step = std::move(step);
  failure.reason = std::move(reason);
  failure.message = std::move(message);
  return failure;
}

Failure card_failure(std::string step, std::string_view word, std::string message) {
  Failure failure = lpa_failure(std::move(step), std::string(word), std::move(message));
  failure.kind = FailureKind::kCard;
  return failure;
}

bool is_wrong_code(const Failure& failure) {
  return failure.kind == FailureKind::kServer && failure.subject_code == "8.2.7" &&
         failure.reason_code == "3.8";
}

}  // namespace

// What one download has gathered so far.
struct Lpa::Download {
  const rsp::sgp22::ActivationCode& code;
  const DownloadOptions& options;
  Es9Client client;
  std::vector<Step> steps;

  std::optional<ServerAuthentication> server;
  std::optional<ClientAuthentication> client_answer;
  Bytes authenticate_response;
  Bytes prepare_response;
  Bytes package;
  std::optional<euicc::StoredMetadata> metadata;
  bool confirmation_code_required = false;
  std::uint64_t first_notification = 0;
  std::string package_sha256;
};

template <class T>
Outcome<T> Lpa::timed(Download& download, std::string name,
                      const std::function<Outcome<T>()>& work) {
  const auto begin = clock_.monotonic();
  Outcome<T> outcome = work();
  Step step{std::move(name),
            std::chrono::duration_cast<std::chrono::microseconds>(clock_.monotonic() - begin),
            outcome ? std::string() : outcome.error().message};
  if (progress_) progress_(step, outcome.ok());
  download.steps.push_back(std::move(step));
  return outcome;
}

Outcome<void> Lpa::authenticate_server(Download& download) {
  constexpr const char* kStep = "authenticate server";
  const ServerAuthentication& server = *download.server;
  const auto signed1 = euicc::read_server_signed1(server.server_signed1);
  if (!signed1) return lpa_failure(kStep, "lpa.reply_invalid", signed1.error().message());
  if (signed1->transaction_id != server.transaction_id) {
    return lpa_failure(kStep, "lpa.transaction_mismatch",
                       "the signed transaction is not the one the server named");
  }
  if (signed1->server_address != download.client.host()) {
    return lpa_failure(kStep, "lpa.address_mismatch",
                       "the server signed another address than the one it was called by");
  }
  if (!download.code.smdp_oid.empty()) {
    const auto certificate = rsp::pki::Certificate::parse(server.server_certificate);
    if (!certificate) {
      return lpa_failure(kStep, "lpa.reply_invalid", certificate.error().message());
    }
    if (certificate->registered_ids() != std::vector<std::string>{download.code.smdp_oid}) {
      return lpa_failure(kStep, "lpa.oid_mismatch",
                         "the server's certificate has not the OID of the activation code");
    }
  }
  const auto answer = card_.authenticate_server(
      {server.server_signed1, server.server_signature1, server.ci_key_id_to_be_used,
       server.server_certificate,
       download.code.matching_id ? download.code.matching_id->text() : std::string(),
       download.options.device});
  if (!answer) return Failure::of_card(kStep, answer.error());
  download.authenticate_response = answer->der;
  if (answer->error) {
    // The server learns why; its answer to that changes nothing here.
    (void)download.client.authenticate_client(server.transaction_id, answer->der).ok();
    return card_failure(kStep, to_string(*answer->error), "the card does not accept this server");
  }
  return {};
}

Outcome<void> Lpa::authenticate_client(Download& download) {
  constexpr const char* kStep = "authenticate client";
  BERTH_TRY(answer, download.client.authenticate_client(download.server->transaction_id,
                                                        download.authenticate_response));
  download.client_answer = answer;
  const auto metadata = euicc::read_metadata(answer.profile_metadata);
  if (!metadata) {
    return cancel_because(download, kCancelUndefined,
                          lpa_failure(kStep, "lpa.metadata_invalid", metadata.error().message()));
  }
  download.metadata = *metadata;
  const auto signed2 = euicc::read_smdp_signed2(answer.smdp_signed2);
  if (!signed2 || signed2->transaction_id != answer.transaction_id) {
    return cancel_because(download, kCancelUndefined,
                          lpa_failure(kStep, "lpa.transaction_mismatch",
                                      "smdpSigned2 does not belong to this transaction"));
  }
  download.confirmation_code_required = signed2->confirmation_code_required;
  return {};
}

Outcome<void> Lpa::prepare(Download& download, const std::string& code) {
  constexpr const char* kStep = "prepare download";
  const ClientAuthentication& answer = *download.client_answer;
  euicc::PrepareDownloadRequest request{answer.smdp_signed2, answer.smdp_signature2,
                                        answer.smdp_certificate, std::nullopt};
  if (download.confirmation_code_required) {
    request.hash_cc = euicc::Card::hash_confirmation_code(code, answer.transaction_id);
  }
  const auto prepared = card_.prepare_download(request);
  if (!prepared) return Failure::of_card(kStep, prepared.error());
  download.prepare_response = prepared->der;
  if (prepared->error) {
    (void)download.client.get_bound_profile_package(answer.transaction_id, prepared->der).ok();
    return card_failure(kStep, to_string(*prepared->error),
                        "the card does not accept the server's binding certificate or signature");
  }
  return {};
}

Outcome<void> Lpa::fetch_package(Download& download) {
  constexpr const char* kStep = "get bound profile package";
  BERTH_TRY(package, download.client.get_bound_profile_package(
                         download.client_answer->transaction_id, download.prepare_response));
  const Bytes bound = euicc::PackageDecoder::unverified_metadata(package);
  if (bound != download.client_answer->profile_metadata) {
    return cancel_because(download, kCancelMetadataMismatch,
                          lpa_failure(kStep, "lpa.metadata_mismatch",
                                      "the package carries other metadata than was announced"));
  }
  download.package = package;
  return {};
}

Outcome<void> Lpa::install(Download& download) {
  constexpr const char* kStep = "install";
  const auto answer = card_.load_bound_profile_package(download.package);
  if (!answer) return Failure::of_card(kStep, answer.error());
  if (answer->failure) {
    return card_failure(
        kStep, to_string(answer->failure->reason),
        "the card refused the package at " + std::string(to_string(answer->failure->command)));
  }
  const euicc::Profile& profile = card_.state().profiles.back();
  download.package_sha256 = to_hex(profile.package_sha256);
  return {};
}

Outcome<void> Lpa::cancel(Download& download, std::uint8_t reason) {
  const TransactionId& transaction = download.server->transaction_id;
  const auto answer = card_.cancel_session(transaction, reason);
  if (!answer) return Failure::of_card("cancel session", answer.error());
  return download.client.cancel_session(transaction, answer->der);
}

Failure Lpa::cancel_because(Download& download, std::uint8_t reason, Failure failure) {
  const Outcome<void> told = cancel(download, reason);
  failure.message += told ? "; the session was cancelled" : "; cancelling the session failed too";
  return failure;
}

Outcome<DownloadReport> Lpa::finish(Download& download, DownloadEnd end) {
  DownloadReport report{end,
                        download.metadata->iccid,
                        download.metadata->service_provider_name,
                        download.metadata->profile_name,
                        download.package_sha256,
                        {},
                        {}};
  if (end == DownloadEnd::kInstalled) {
    const Outcome<void> sent = timed<void>(download, "handle notification", [&]() -> Outcome<void> {
      report.notifications = send_notifications_from(download.first_notification);
      for (const NotificationReport& entry : report.notifications) {
        if (entry.failure) return *entry.failure;
      }
      return {};
    });
    (void)sent.ok();  // the profile is installed; the card keeps what could not be sent
  }
  report.steps = std::move(download.steps);
  return report;
}

Outcome<DownloadReport> Lpa::download(const rsp::sgp22::ActivationCode& code,
                                      const DownloadOptions& options) {
  Download download{code, options, Es9Client(transport_, code.smdp_address, binding_),
                    {},   {},      {},
                    {},   {},      {},
                    {},   false,   0,
                    {}};
  download.first_notification = card_.state().next_sequence_number;

  BERTH_TRY_VOID(timed<void>(download, "initiate authentication", [&]() -> Outcome<void> {
    BERTH_TRY(server, download.client.initiate_authentication(card_.euicc_challenge(),
                                                              card_.euicc_info1()));
    download.server = server;
    return {};
  }));
  BERTH_TRY_VOID(
      timed<void>(download, "authenticate server", [&] { return authenticate_server(download); }));
  BERTH_TRY_VOID(
      timed<void>(download, "authenticate client", [&] { return authenticate_client(download); }));
  if (options.cancel_after == StopPoint::kAuthenticated) {
    BERTH_TRY_VOID(timed<void>(download, "cancel session",
                               [&] { return cancel(download, options.cancel_reason); }));
    return finish(download, DownloadEnd::kCancelled);
  }
  BERTH_TRY_VOID(fetch_with_codes(download));
  if (options.cancel_after == StopPoint::kBound) {
    BERTH_TRY_VOID(timed<void>(download, "cancel session",
                               [&] { return cancel(download, options.cancel_reason); }));
    return finish(download, DownloadEnd::kCancelled);
  }
  if (options.abandon_after == StopPoint::kBound) return finish(download, DownloadEnd::kAbandoned);

  const Outcome<void> installed =
      timed<void>(download, "install", [&] { return install(download); });
  if (!installed) {
    // The signed result goes to the server, whatever it says.
    (void)send_notifications_from(download.first_notification).size();
    return installed.error();
  }
  return finish(download, DownloadEnd::kInstalled);
}

Outcome<void> Lpa::fetch_with_codes(Download& download) {
  const std::vector<std::string>& codes = download.options.confirmation_codes;
  if (download.confirmation_code_required && codes.empty()) {
    return cancel_because(download, kCancelPostponed,
                          lpa_failure("prepare download", "lpa.confirmation_code_missing",
                                      "this profile needs a confirmation code"));
  }
  std::size_t next_code = 0;
  for (;;) {
    const std::string code = download.confirmation_code_required ? codes[next_code] : std::string();
    BERTH_TRY_VOID(
        timed<void>(download, "prepare download", [&] { return prepare(download, code); }));
    const Outcome<void> fetched =
        timed<void>(download, "get bound profile package", [&] { return fetch_package(download); });
    if (fetched) return {};
    ++next_code;
    if (!is_wrong_code(fetched.error()) || next_code >= codes.size()) return fetched.error();
  }
}

}  // namespace berth::lpa
