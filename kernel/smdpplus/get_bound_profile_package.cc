// ES9+.GetBoundProfilePackage (SGP.22 §5.6.2). The checks stand in the standard's order.
//
// A package is bound at most once per (order, card, one-time key): a retry with the same key gets
// the same protected octets, since keys, metadata and package are frozen with the binding.

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/bsp/bound_package.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/es9_state.h"
#include "kernel/smdpplus/order_end.h"
#include "kernel/smdpplus/profile_step.h"
#include "kernel/smdpplus/result_code.h"

namespace berth::smdpplus {
namespace {

using lifecycle::ProfileInput;
using rsp::RspError;
using rsp::sgp22::GetBoundProfilePackageRequest;
using rsp::sgp22::GetBoundProfilePackageResponse;
using rsp::sgp22::PrepareDownloadOk;

constexpr std::size_t kHostIdSize = 8;
// ConfigureISDPRequest without proprietary data.
constexpr std::array<std::uint8_t, 3> kConfigureIsdp = {0xBF, 0x24, 0x00};

struct Found {
  ledger::OrderRecord order;
  ledger::ProfileRecord profile;
  std::optional<ledger::BindingRecord> row;  // whatever binding the profile has now
  ledger::AttemptRecord attempt;             // of this session
};

enum class CodeCheck : std::uint8_t {
  kGood = 1,
  kDecideAnew,  // wrong, but somebody changed the order before it could be counted
};

// A binding with its keys opened.
struct Bound {
  ledger::BindingRecord record;
  rsp::bsp::SessionKeys keys;
  bool reused = false;
};

class Binding {
 public:
  Binding(context::TenantContext& tenant, const std::string& request_id, const Session& session,
          const PrepareDownloadOk& ok, RefusalJournal& journal)
      : tenant_(tenant),
        session_(session),
        ok_(ok),
        journal_(journal),
        op_(plugin_op(tenant, request_id)) {}

  Result<void, Failure> check_signature() {
    const Bytes signature2 = signature_tlv(session_.smdp_signature2);
    if (!session_.card->euicc.public_key().verify({ok_.signed2, signature2}, ok_.signature2)) {
      return refuse("card", {"8.1", "6.1", "the card's signature does not verify"}, "");
    }
    if (ok_.transaction_id != session_.transaction_id) {
      return refuse("card", {"8.10.1", "3.9", "the card signed another transaction"}, "");
    }
    return {};
  }

  Result<Found, Failure> find() {
    auto order = tenant_.ledger().order(session_.order_id);
    if (!order) return Failure(std::move(order).error());
    if (!*order || !(*order)->open) {
      return refuse_closed(*order);
    }
    auto attempt = tenant_.ledger().attempt(session_.transaction_id);
    if (!attempt) return Failure(std::move(attempt).error());
    if (!*attempt || (*attempt)->state != ledger::AttemptState::kAuthenticated) {
      return refuse("order", {"8.10.1", "3.9", "this download attempt is over; start again"}, "");
    }
    auto profile = tenant_.ledger().profile((*order)->iccid);
    if (!profile) return Failure(std::move(profile).error());
    auto row = tenant_.ledger().binding((*order)->iccid);
    if (!row) return Failure(std::move(row).error());
    if (!*profile) {
      return Failure(Error(ErrorCode::kDataLoss, "ledger.order_without_profile",
                           "an order refers to a profile that is not there"));
    }
    profile_type_ = (*profile)->profile_type;
    if ((*profile)->eid && *(*profile)->eid != eid()) {
      return refuse("EID", {"8.2", "3.7", "the profile went to another eUICC meanwhile"},
                    "use the device the plan was first loaded to");
    }
    return Found{std::move(**order), std::move(**profile), std::move(*row), std::move(**attempt)};
  }

  // Step 3. A wrong code is counted in the ledger before it is answered (R102).
  Result<CodeCheck, Failure> check_code(const Found& found, bool& session_goes_on) {
    session_goes_on = false;
    if (!found.order.confirmation_code_sha256) return CodeCheck::kGood;
    if (!ok_.hash_cc) {
      session_goes_on = true;
      return refuse("confirmation code", {"8.2.7", "2.2", "a confirmation code is needed"},
                    "ask the user for the code that came with the plan");
    }
    Sha256Stream digest;
    digest.update(*found.order.confirmation_code_sha256).update(session_.transaction_id.octets());
    // An order may begin with no try left (OrderPreset): then the right code comes too late as
    // well.
    const bool has_try = found.order.code_attempts_used < found.order.code_attempts_max;
    if (has_try && equal_constant_time(digest.finish(), *ok_.hash_cc)) return CodeCheck::kGood;
    return count_wrong_code(found, session_goes_on);
  }

  Result<Bound, Failure> bind(const Found& found) {
    if (found.row && found.row->order_id == found.order.order_id && found.row->eid == eid() &&
        found.row->ci_key_id_hex == to_hex(session_.identity->ci_key_id) &&
        equal(found.row->euicc_otpk, ok_.euicc_otpk)) {
      auto key_data = tenant_.vault().unseal(
          binding_purpose(found.order.iccid, found.order.order_id), found.row->sealed_session_keys);
      if (!key_data) return Failure(std::move(key_data).error());
      auto keys = rsp::bsp::SessionKeys::from_key_data(std::move(*key_data));
      if (!keys) return Failure(std::move(keys).error());
      return Bound{*found.row, std::move(*keys), true};
    }
    const bool bound_before = found.row && found.row->order_id == found.order.order_id;
    if (bound_before && !tenant_.configuration().rebind_with_new_key) {
      return refuse("order", {"8.2", "3.7", "the profile is bound to another one-time key"},
                    "the device must offer the key it used first; else order again");
    }
    return bind_anew(found);
  }

  // BF36 over the frozen parts, signed for this transaction.
  Result<Bytes, Failure> build(const Found& found, const Bound& bound) {
    auto parts = found.profile.protected_package.object_name.empty()
                     ? protect_now(found.profile, bound)
                     : wrap_protected(found.profile, bound);
    if (!parts) return Failure(std::move(parts).error());
    auto signature = sign_parts(tenant_, op_, *session_.identity->dp_pb_key,
                                {rsp::bsp::secure_channel_to_sign(
                                    session_.transaction_id, bound.record.control_ref_template,
                                    bound.record.dp_otpk, ok_.euicc_otpk)});
    if (!signature) return Failure(std::move(signature).error());
    return rsp::bsp::bound_package(rsp::bsp::initialise_secure_channel(
                                       session_.transaction_id, bound.record.control_ref_template,
                                       bound.record.dp_otpk, *signature),
                                   *parts);
  }

  Result<ledger::Unit, Failure> make_unit(const Found& found, const Bound& bound) {
    const auto transition =
        lifecycle::apply(found.profile.state, ProfileInput::kDelivered, found.profile.quarantined);
    if (!transition) return refuse_ended();
    ledger::Unit unit;
    unit.commit_id = new_commit_id(tenant_);
    ledger::ProfileRecord profile = advanced(found.profile, *transition);
    profile.eid = eid();
    ledger::AttemptRecord attempt = found.attempt;
    attempt.state = ledger::AttemptState::kDelivered;
    attempt.revision += 1;
    ledger::OrderRecord order = found.order;
    order.eid = eid();
    order.revision += 1;
    unit.changes = {ledger::UpdateProfile{profile, found.profile.revision},
                    ledger::UpdateOrder{order, found.order.revision, true, true},
                    ledger::UpdateAttempt{attempt, found.attempt.revision}};
    if (!bound.reused) {
      unit.changes.push_back(ledger::PutBinding{bound.record, found.row ? found.row->revision : 0});
    }
    unit.event = event_draft(tenant_, "profileBound",
                             {.correlation_id = order.correlation_id,
                              .order_id = order.order_id,
                              .eid = eid(),
                              .iccid = order.iccid,
                              .stage = "bound",
                              .result = "",
                              .result_code = "",
                              .attempt = session_.attempt});
    unit.usage = usage_draft("download.bound", order.order_id,
                             {{"reused", bound.reused ? "true" : "false"},
                              {"attempt", std::to_string(session_.attempt)},
                              // A signature; for a new binding a key pair and its agreement, too.
                              {"hsmOperations", bound.reused ? "1" : "3"},
                              {"storageReads", "1"}});
    unit.audit = audit_draft("download.bound", {ledger::SubjectKind::kProfile, order.iccid.text()},
                             {{"orderId", order.order_id},
                              {"eid", std::string(eid().text())},
                              {"transactionId", session_.transaction_id.hex()},
                              {"binding", bound.reused ? "re-sent" : "new"}});
    if (order.confirmation_code_sha256) add(unit, kPointConfirmationCode, std::nullopt);
    add(unit, kPointDelivered, std::nullopt);
    return unit;
  }

  Failure refuse_expired() {
    return refuse("order", {"8.8.5", "4.10", "the download order has expired"},
                  "order the profile again");
  }

 private:
  const Eid& eid() const { return session_.card->eid; }

  Failure refuse(std::string stage, RspError error, std::string remedy) {
    journal_.authenticated(tenant_, {.function = "GetBoundProfilePackage",
                                     .stage = std::move(stage),
                                     .route = "",
                                     .remedy = std::move(remedy),
                                     .error = error,
                                     .eid = eid(),
                                     .iccid = session_.iccid,
                                     .matching_id = std::nullopt});
    return error;
  }

  // An order that ended by its time says so, unless its profile went on to something else.
  Failure refuse_closed(const std::optional<ledger::OrderRecord>& order) {
    if (!order || !is_expired(*order, tenant_.clock().now_ms())) return refuse_ended();
    const auto profile = tenant_.ledger().profile(order->iccid);
    const bool last = profile && *profile && (*profile)->order_id == order->order_id &&
                      (*profile)->state != lifecycle::ProfileState::kInstalled;
    return last ? refuse_expired() : refuse_ended();
  }

  Failure refuse_ended() {
    return refuse("order", {"8.2", "3.7", "the download order has ended"}, "order again");
  }

  void add(ledger::Unit& unit, std::uint32_t point, std::optional<RspError> failure) const {
    add_progress(tenant_, unit, progress(point, std::move(failure)));
  }
  Progress progress(std::uint32_t point, std::optional<RspError> failure) const {
    return {point, eid(), *session_.iccid, profile_type_, std::move(failure), {}};
  }

  // The package encrypted for this binding alone.
  Result<Bytes> protect_now(const ledger::ProfileRecord& profile, const Bound& bound) {
    BERTH_TRY(package, tenant_.vault().get(op_, profile.package.object_name, kMaxBoundPackage));
    if (sha256(package.view()) != profile.package.sha256) return changed_in_store();
    return rsp::bsp::protect_package(bound.keys, kConfigureIsdp, bound.record.metadata,
                                     package.view());
  }

  // The package as it was encrypted once, its keys handed over under this binding's.
  Result<Bytes> wrap_protected(const ledger::ProfileRecord& profile, const Bound& bound) {
    const ledger::ProtectedPackage& stored = profile.protected_package;
    BERTH_TRY(segments, tenant_.vault().get(op_, stored.object_name, kMaxProtectedPackage));
    if (sha256(segments.view()) != stored.sha256) return changed_in_store();
    BERTH_TRY(key_data, tenant_.vault().unseal(protection_purpose(profile.package.object_name),
                                               stored.sealed_keys));
    BERTH_TRY(keys, rsp::bsp::SessionKeys::from_key_data(std::move(key_data)));
    return rsp::bsp::protect_package(bound.keys, kConfigureIsdp, bound.record.metadata, keys,
                                     segments.view());
  }

  static Error changed_in_store() {
    return {ErrorCode::kDataLoss, "package.checksum",
            "the stored profile package is not the one that was imported"};
  }

  // A fresh one-time key pair of ours; its private half dies with this call.
  Result<Bound, Failure> bind_anew(const Found& found) {
    plugins::Hsm& hsm = tenant_.hsm();
    auto key = hsm.generate_ephemeral(op_, session_.identity->dp_pb.public_key().curve());
    if (!key) return Failure(std::move(key).error());
    auto point = hsm.public_point(op_, **key);
    if (!point) return Failure(std::move(point).error());
    const Bytes host_id = tenant_.random().bytes(kHostIdSize);
    auto info = rsp::bsp::shared_info(host_id, eid());
    if (!info) return Failure(std::move(info).error());
    auto reference = rsp::bsp::control_ref_template(host_id);
    if (!reference) return Failure(std::move(reference).error());
    auto key_data = hsm.agree_x963(op_, **key, ok_.euicc_otpk, *info, rsp::bsp::kKeyDataSize);
    if (!key_data) {
      if (key_data.error().code() != ErrorCode::kInvalidArgument) {
        return Failure(std::move(key_data).error());
      }
      return refuse("card", {"8.1", "6.1", "the card's one-time key is not on the curve"}, "");
    }
    Bytes sealed = tenant_.vault().seal(binding_purpose(found.order.iccid, found.order.order_id),
                                        key_data->view());
    auto keys = rsp::bsp::SessionKeys::from_key_data(std::move(*key_data));
    if (!keys) return Failure(std::move(keys).error());
    ledger::BindingRecord record{.iccid = found.order.iccid,
                                 .order_id = found.order.order_id,
                                 .eid = eid(),
                                 .revision = found.row ? found.row->revision + 1 : 1,
                                 .euicc_otpk = ok_.euicc_otpk,
                                 .dp_otpk = std::move(*point),
                                 .control_ref_template = std::move(*reference),
                                 .sealed_session_keys = std::move(sealed),
                                 .metadata = session_.metadata,
                                 .ci_key_id_hex = to_hex(session_.identity->ci_key_id),
                                 .created_ms = tenant_.clock().now_ms()};
    return Bound{std::move(record), std::move(*keys), false};
  }

  // One try less; at the limit the order ends. No guess goes uncounted: an answer that tells it was
  // wrong leaves only after the commit.
  Result<CodeCheck, Failure> count_wrong_code(const Found& found, bool& session_goes_on) {
    ledger::OrderRecord order = found.order;
    order.code_attempts_used += 1;
    if (order.code_attempts_used < order.code_attempts_max) {
      return count_one(found, order, session_goes_on);
    }
    const RspError error{"8.2.7", "6.4", "the confirmation code was wrong too often"};
    auto unit = order_end_unit(tenant_, found.profile, order,
                               {.input = ProfileInput::kCodeAttemptsExceeded,
                                .event = "profileDownloadResult",
                                .result = "FAILED",
                                .result_code = std::string(kResultCodeAttemptsExceeded),
                                .eid = eid(),
                                .attempt = session_.attempt,
                                .audit = "order.code_attempts_exceeded",
                                .usage = "download.code_attempts_exceeded",
                                .why = "",
                                .progress = progress(kPointConfirmationCode, error)});
    if (!unit) return refuse_ended();
    end_attempt(tenant_, *unit, found.attempt, ledger::AttemptState::kAbandoned);
    auto done = commit(tenant_.ledger(), std::move(*unit));
    if (!done) return std::move(done).error();
    if (std::holds_alternative<ledger::Refused>(*done)) return CodeCheck::kDecideAnew;
    return refuse("confirmation code", error, "order the profile again");
  }

  Result<CodeCheck, Failure> count_one(const Found& found, ledger::OrderRecord& order,
                                       bool& session_goes_on) {
    const RspError error{"8.2.7", "3.8", "the confirmation code is wrong"};
    order.revision += 1;
    ledger::Unit unit;
    unit.commit_id = new_commit_id(tenant_);
    unit.changes = {ledger::UpdateOrder{order, found.order.revision, false}};
    unit.audit = audit_draft(
        "order.code_refused", {ledger::SubjectKind::kProfile, order.iccid.text()},
        {{"orderId", order.order_id}, {"tries", std::to_string(order.code_attempts_used)}});
    add(unit, kPointConfirmationCode, error);
    auto done = commit(tenant_.ledger(), std::move(unit));
    if (!done) return std::move(done).error();
    if (std::holds_alternative<ledger::Refused>(*done)) return CodeCheck::kDecideAnew;
    session_goes_on = true;
    return refuse("confirmation code", error,
                  "the user must enter the code that came with the plan");
  }

  context::TenantContext& tenant_;
  const Session& session_;
  const PrepareDownloadOk& ok_;
  RefusalJournal& journal_;
  plugins::Op op_;
  std::string profile_type_;  // once the order is found
};

}  // namespace

Result<GetBoundProfilePackageResponse, Failure> Es9Service::get_bound_profile_package(
    context::TenantContext& tenant, const std::string& request_id,
    const GetBoundProfilePackageRequest& request) {
  auto taken = state_->sessions.take(tenant.id(), request.transaction_id, tenant.clock().now_ms());
  if (!taken) return Failure(std::move(taken).error());
  std::optional<SessionLease>& lease = *taken;
  const auto refuse = [&](RspError error) -> Failure {
    state_->refusals.anonymous(tenant, "GetBoundProfilePackage " + error.pair());
    return error;
  };
  if (!lease) return refuse({"8.10.1", "3.9", "unknown transaction; start again"});
  Session& session = **lease;
  if (session.state != SessionState::kAuthenticated) {
    return refuse({"8.10.1", "3.9", "this transaction is not ready for a package; start again"});
  }
  lease->close();
  const auto* ok = std::get_if<PrepareDownloadOk>(&request.response);
  if (ok == nullptr) return refuse({"8.1", "6.1", "the card refused to prepare the download"});

  const auto settled = [&](Failure failure) {
    lease->settle(failure);
    return failure;
  };
  Binding binding(tenant, request_id, session, *ok, state_->refusals);
  if (auto good = binding.check_signature(); !good) return settled(std::move(good).error());
  for (int round = 0; round < kMaxDecisions; ++round) {
    auto found = binding.find();
    if (!found) return settled(std::move(found).error());
    bool session_goes_on = false;
    const auto code = binding.check_code(*found, session_goes_on);
    if (!code) {
      if (session_goes_on) lease->keep();
      return code.error();
    }
    if (*code == CodeCheck::kDecideAnew) continue;
    if (is_expired(found->order, tenant.clock().now_ms())) return binding.refuse_expired();
    auto bound = binding.bind(*found);
    if (!bound) return settled(std::move(bound).error());
    auto package = binding.build(*found, *bound);
    if (!package) return settled(std::move(package).error());
    auto unit = binding.make_unit(*found, *bound);
    if (!unit) return settled(std::move(unit).error());
    auto done = commit(tenant.ledger(), std::move(*unit));
    if (!done) return settled(std::move(done).error());
    if (const auto* refused = std::get_if<ledger::Refused>(&*done)) {
      if (refused->reason == ledger::RefusalReason::kExpired) return binding.refuse_expired();
      continue;
    }
    session.state = SessionState::kDelivered;
    lease->keep();
    if (auto kept = give_back(*lease); !kept) return std::move(kept).error();
    return GetBoundProfilePackageResponse{request.transaction_id, std::move(*package)};
  }
  return settled(contention_error());
}

}  // namespace berth::smdpplus
