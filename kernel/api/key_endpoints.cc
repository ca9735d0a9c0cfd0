#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"
#include "kernel/base/secret_bytes.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxReferenceOctets = 128;
constexpr std::size_t kMaxPemOctets = 16 * 1024;
constexpr std::size_t kMaxSubjectOctets = 1024;
constexpr std::size_t kMaxOidOctets = 128;

Result<KeyWish> key_wish(std::string_view text) {
  BERTH_TRY(body, JsonRequest::parse(text, {"reference", "curve", "usage", "next"}));
  KeyWish wish;
  BERTH_TRY(reference, body.text("reference", kMaxReferenceOctets));
  wish.reference = std::move(reference);
  BERTH_TRY(curve, body.text("curve", 32));
  if (curve != "p256" && curve != "brainpoolP256r1") {
    return bad_request("'curve' is \"p256\" or \"brainpoolP256r1\"; SGP.22 knows no other here");
  }
  wish.curve = curve == "p256" ? Curve::kP256 : Curve::kBrainpoolP256r1;
  BERTH_TRY(usage, body.text("usage", 16));
  if (usage != "sign") {
    return Error(ErrorCode::kUnsupported, "key.usage_unsupported",
                 "only signing keys (DPauth, DPpb) are made for operators; one-time agreement keys "
                 "are made by the HSM itself, in each session");
  }
  BERTH_TRY(next, body.boolean("next", false));
  wish.in_next = next;
  return wish;
}

Result<CertificateWish> certificate_wish(std::string_view text) {
  BERTH_TRY(body, JsonRequest::parse(text, {"reference", "subject", "oid", "role"}));
  CertificateWish wish;
  BERTH_TRY(reference, body.text("reference", kMaxReferenceOctets));
  wish.reference = std::move(reference);
  BERTH_TRY(subject, body.text("subject", kMaxSubjectOctets));
  wish.request.subject = std::move(subject);
  BERTH_TRY(oid, body.optional_text("oid", kMaxOidOctets));
  wish.request.registered_id = std::move(oid);
  BERTH_TRY(role, body.optional_text("role", 16));
  if (role == "dpauth") {
    wish.request.role = rsp::pki::RequestedRole::kDpAuth;
  } else if (role == "dppb") {
    wish.request.role = rsp::pki::RequestedRole::kDpPb;
  } else if (!role.empty()) {
    return bad_request(
        "'role' is \"dpauth\" or \"dppb\"; a realm's TLS key (DPtls) is a file, tls.privateKey, "
        "and "
        "openssl req makes the request for it");
  }
  return wish;
}

ingress::HttpResponse answer_data_keys(const Result<std::vector<DataKeyFacts>>& keys) {
  if (!keys) return refuse(keys.error());
  ordered_json list = ordered_json::array();
  for (const DataKeyFacts& key : *keys) {
    list.push_back({{"keyId", key.key_id},
                    {"createdAt", to_rfc3339(key.created_ms)},
                    {"opens", key.opens},
                    {"readyForNext", key.ready_for_next},
                    {"switched", key.switched}});
  }
  return answer({{"dataKeys", std::move(list)}});
}

}  // namespace

ingress::HttpResponse import_key(const ingress::HttpRequest& request, const HostHooks& hooks) {
  const Result<JsonRequest> body = JsonRequest::parse(request.body, {"reference", "pem", "usage"});
  if (!body) return refuse(body.error());
  const Result<std::string> reference = body->text("reference", kMaxReferenceOctets);
  if (!reference) return refuse(reference.error());
  const Result<std::string> usage = body->text("usage", 16);
  if (!usage) return refuse(usage.error());
  if (*usage != "sign" && *usage != "agree") {
    return refuse(bad_request("'usage' is \"sign\" or \"agree\""));
  }
  Result<std::string> pem = body->text("pem", kMaxPemOctets);
  if (!pem) return refuse(pem.error());
  const Result<void> imported = hooks.import_key(*reference, *pem, *usage);
  wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!imported) return refuse(imported.error());
  return answer({{"reference", *reference}}, 201);
}

ingress::HttpResponse generate_key(const ingress::HttpRequest& request, const HostHooks& hooks) {
  const Result<KeyWish> wish = key_wish(request.body);
  if (!wish) return refuse(wish.error());
  const Result<Bytes> point = hooks.generate_key(*wish);
  if (!point) return refuse(point.error());
  return answer({{"reference", wish->reference}, {"publicPoint", to_hex(*point)}}, 201);
}

ingress::HttpResponse request_certificate(const ingress::HttpRequest& request,
                                          const HostHooks& hooks) {
  const Result<CertificateWish> wish = certificate_wish(request.body);
  if (!wish) return refuse(wish.error());
  const Result<std::string> pem = hooks.request_certificate(*wish);
  if (!pem) return refuse(pem.error());
  return answer({{"reference", wish->reference}, {"request", *pem}});
}

ingress::HttpResponse list_data_keys(const Call& call, context::TenantContext& tenant) {
  return answer_data_keys(call.hooks.data_keys(tenant.id()));
}

ingress::HttpResponse rewrap_data_keys(const Call& call, context::TenantContext& tenant) {
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {"finish"});
  if (!body) return refuse(body.error());
  const Result<bool> finish = body->boolean("finish", false);
  if (!finish) return refuse(finish.error());
  return answer_data_keys(call.hooks.rewrap_data_keys(tenant.id(), *finish));
}

}  // namespace berth::api
