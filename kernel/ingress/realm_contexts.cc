#include "kernel/ingress/realm_contexts.h"

#include <Poco/Exception.h>

#include "kernel/ingress/certificate_files.h"

namespace berth::ingress {
namespace {

using Poco::Net::Context;

constexpr std::string_view kAliasPrefix = "rsp3-";
// Forward secrecy and AEAD; CBC with ECDSA stays because SGP.22 v2 cards' LPAs may offer only it.
constexpr const char* kCiphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE-ECDSA-AES128-SHA256:!aNULL:!eNULL";
constexpr const char* kGroups = "P-256:X25519:P-384";

Context::Ptr make_context() {
  Context::Params params;
  params.verificationMode = Context::VERIFY_NONE;  // an LPA holds no client certificate
  params.loadDefaultCAs = false;
  params.cipherList = kCiphers;
  params.ecdhCurve = kGroups;
  Context::Ptr context(new Context(Context::TLS_SERVER_USE, params));
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  context->enableSessionCache(true, "berth-ingress");
  context->preferServerCiphers();
  context->enableExtendedCertificateVerification(false);
  // An end without close_notify must leave the writing side usable, so that a peer whose deadline
  // passed still gets its 408. A body cut short is found by its length, never by this.
  SSL_CTX_set_options(context->sslContext(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  return context;
}

// The library's macro casts the C way.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
void set_server_name_callback(SSL_CTX* context, int (*callback)(SSL*, int*, void*), void* self) {
  SSL_CTX_set_tlsext_servername_callback(context, callback);
  SSL_CTX_set_tlsext_servername_arg(context, self);
}
#pragma GCC diagnostic pop

}  // namespace

Result<std::unique_ptr<RealmContexts>> RealmContexts::load(
    const std::vector<RealmCertificate>& realms, IngressCounters& counters) {
  std::unique_ptr<RealmContexts> contexts(new RealmContexts(counters));
  try {
    contexts->entrance_ = make_context();
    for (const RealmCertificate& realm : realms) {
      Context::Ptr context = make_context();
      BERTH_TRY_VOID(load_certificate(context->sslContext(), realm));
      if (!contexts->by_realm_.emplace(realm.realm.text(), std::move(context)).second) {
        return Error(ErrorCode::kInvalidArgument, "ingress.certificate",
                     "realm " + realm.realm.text() + " is given twice");
      }
    }
  } catch (const Poco::Exception& e) {
    return Error(ErrorCode::kInternal, "ingress.certificate",
                 "the TLS library cannot be set up: " + e.displayText());
  }
  set_server_name_callback(contexts->entrance_->sslContext(), &RealmContexts::on_server_name,
                           contexts.get());
  return contexts;
}

const std::string* RealmContexts::realm_of(std::string_view name) const {
  const Result<HostName> parsed = HostName::parse(name);
  if (!parsed) return nullptr;
  std::string_view text = parsed->text();
  auto found = by_realm_.find(text);
  if (found == by_realm_.end() && text.starts_with(kAliasPrefix)) {
    found = by_realm_.find(text.substr(kAliasPrefix.size()));
  }
  return found == by_realm_.end() ? nullptr : &found->first;
}

std::string RealmContexts::server_name(int fd) const {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(fd);
  return found == names_.end() ? std::string() : found->second;
}

void RealmContexts::forget(int fd) {
  const std::lock_guard lock(mutex_);
  names_.erase(fd);
}

int RealmContexts::on_server_name(SSL* ssl, int* alert, void* self) {
  try {
    return static_cast<RealmContexts*>(self)->choose(ssl, alert);
  } catch (...) {  // out of memory; nothing may be thrown through the library
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
}

int RealmContexts::choose(SSL* ssl, int* alert) {
  const char* sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const std::string_view name = sent == nullptr ? std::string_view() : sent;
  // A port belongs to Host headers; a server name has none (RFC 6066 §3).
  const std::string* realm = name.find(':') == std::string_view::npos ? realm_of(name) : nullptr;
  if (realm == nullptr) {
    counters_.unknown_server_name.fetch_add(1, std::memory_order_relaxed);
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  SSL_CTX* chosen = by_realm_.find(*realm)->second->sslContext();
  if (SSL_set_SSL_CTX(ssl, chosen) != chosen) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  // The switch brings the certificate only, not the verify mode.
  SSL_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
  const std::lock_guard lock(mutex_);
  names_[SSL_get_fd(ssl)] = HostName::parse(name)->text();
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace berth::ingress
