#include "kernel/ingress/realm_contexts.h"

#include <Poco/Exception.h>
#include <openssl/x509v3.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "kernel/tls/identity_files.h"
#include "kernel/tls/peer_certificate.h"

namespace berth::ingress {
namespace {

using Poco::Net::Context;

constexpr std::string_view kAliasPrefix = "rsp3-";
// Forward secrecy and AEAD; CBC with ECDSA stays because SGP.22 v2 cards' LPAs may offer only it.
constexpr const char* kCiphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE-ECDSA-AES128-SHA256:!aNULL:!eNULL";
constexpr const char* kGroups = "P-256:X25519:P-384";
// With a brainpool certificate only: ten times as dear, but its clients may offer nothing else.
constexpr const char* kBrainpoolGroups = "P-256:X25519:P-384:brainpoolP256r1:brainpoolP384r1";

struct Curve {
  std::string_view name;
  std::uint16_t group;
};
constexpr Curve kCurves[] = {
    {"prime256v1", 23}, {"secp384r1", 24}, {"brainpoolP256r1", 26}, {"brainpoolP384r1", 27}};
constexpr bool is_brainpool(std::uint16_t group) { return group == 26 || group == 27; }

std::uint16_t group_of(EVP_PKEY* key) {
  char name[80] = "";
  if (EVP_PKEY_get_group_name(key, name, sizeof(name), nullptr) != 1) return 0;
  const auto curve = std::find_if(std::begin(kCurves), std::end(kCurves),
                                  [&name](const Curve& known) { return known.name == name; });
  return curve == std::end(kCurves) ? std::uint16_t{0} : curve->group;
}

void add_key_id(const ASN1_OCTET_STRING* id, std::vector<Bytes>& ids) {
  if (id == nullptr) return;
  const unsigned char* data = ASN1_STRING_get0_data(id);
  ids.emplace_back(data, data + ASN1_STRING_length(id));
}

// By the certificates served: the issuers they name, and the CAs among them.
RealmChain describe_chain(Context::Ptr context) {
  X509* leaf = SSL_CTX_get0_certificate(context->sslContext());
  RealmChain chain{context, group_of(X509_get0_pubkey(leaf)), {}};
  add_key_id(X509_get0_authority_key_id(leaf), chain.issuer_key_ids);
  STACK_OF(X509)* others = nullptr;
  SSL_CTX_get0_chain_certs(context->sslContext(), &others);
  for (int i = 0; i < sk_X509_num(others); ++i) {
    add_key_id(X509_get0_subject_key_id(sk_X509_value(others, i)), chain.issuer_key_ids);
    add_key_id(X509_get0_authority_key_id(sk_X509_value(others, i)), chain.issuer_key_ids);
  }
  return chain;
}

bool names_trusted_ca(const RealmChain& chain, const tls::ClientHello& hello) {
  return std::any_of(
      chain.issuer_key_ids.begin(), chain.issuer_key_ids.end(), [&](const Bytes& id) {
        return std::find(hello.trusted_key_ids.begin(), hello.trusted_key_ids.end(), id) !=
               hello.trusted_key_ids.end();
      });
}

bool is_offered(const RealmChain& chain, const tls::ClientHello& hello) {
  const auto& groups = hello.groups;
  if (chain.group != 0 && groups &&
      std::find(groups->begin(), groups->end(), chain.group) == groups->end()) {
    return false;
  }
  // The second octet names the kind of key, 1 RSA and 3 ECDSA; RSA-PSS has numbers of its own.
  const auto fits = [&chain](std::uint16_t scheme) {
    if (chain.group != 0) return (scheme & 0xFF) == 3;
    return (scheme & 0xFF) == 1 || (scheme >= 0x0804 && scheme <= 0x0806);
  };
  const auto& schemes = hello.signature_schemes;
  return !schemes || std::any_of(schemes->begin(), schemes->end(), fits);
}

std::optional<ByteView> extension(SSL* ssl, unsigned type) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1) return std::nullopt;
  return ByteView(data, size);
}

Error refuse(const std::string& message) {
  return {ErrorCode::kInvalidArgument, "ingress.certificate", message};
}

}  // namespace

const RealmChain& choose_chain(const std::vector<RealmChain>& chains,
                               const tls::ClientHello& hello) {
  const auto rank = [&hello](const RealmChain& chain) {
    return (names_trusted_ca(chain, hello) ? 2 : 0) + (is_offered(chain, hello) ? 1 : 0);
  };
  return *std::max_element(  // the first of the best
      chains.begin(), chains.end(), [&rank](const RealmChain& left, const RealmChain& right) {
        return rank(left) < rank(right);
      });
}

Result<std::unique_ptr<RealmContexts>> RealmContexts::load(
    const std::vector<RealmCertificate>& realms, IngressCounters& counters,
    const TlsOptions& options) {
  std::unique_ptr<RealmContexts> contexts(new RealmContexts(counters, options));
  try {
    contexts->entrance_ = contexts->make_context();
  } catch (const Poco::Exception& e) {
    return Error(ErrorCode::kInternal, "ingress.certificate",
                 "the TLS library cannot be set up: " + e.displayText());
  }
  BERTH_TRY(take_up, contexts->prepare(realms));
  take_up();
  SSL_CTX* entrance = contexts->entrance_->sslContext();
  SSL_CTX_set_client_hello_cb(entrance, &RealmContexts::on_client_hello, contexts.get());
  // The library shows only extensions it knows; this one is known on the entrance alone.
  if (SSL_CTX_add_custom_ext(entrance, TLSEXT_TYPE_trusted_ca_keys, SSL_EXT_CLIENT_HELLO, nullptr,
                             nullptr, nullptr, nullptr, nullptr) != 1) {
    return refuse("the TLS library cannot be set up: no custom extensions");
  }
  // Tells the client that its server name was heeded (RFC 6066 §3).
  SSL_CTX_callback_ctrl(
      entrance, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
      reinterpret_cast<void (*)()>(+[](SSL*, int*, void*) -> int { return SSL_TLSEXT_ERR_OK; }));
  return contexts;
}

Result<std::function<void()>> RealmContexts::prepare(const std::vector<RealmCertificate>& realms) {
  BERTH_TRY(fresh, make_table(realms));
  return std::function<void()>([this, fresh] {
    const std::lock_guard lock(mutex_);
    table_ = fresh;
  });
}

Result<RealmContexts::TablePtr> RealmContexts::make_table(
    const std::vector<RealmCertificate>& realms) {
  if (!options_.server_name_required && realms.size() != 1) {
    return refuse("a door that serves clients without SNI has one name, not several");
  }
  const TablePtr before = this->table();
  auto table = std::make_shared<Table>();
  try {
    for (const RealmCertificate& realm : realms) BERTH_TRY_VOID(add(realm, before.get(), *table));
  } catch (const Poco::Exception& e) {
    return Error(ErrorCode::kInternal, "ingress.certificate",
                 "the TLS library cannot be set up: " + e.displayText());
  }
  if (before == nullptr) return TablePtr(std::move(table));
  for (const auto& [name, realm] : before->by_name) {  // those nobody has any more
    const auto heir =
        std::find_if(table->realms.begin(), table->realms.end(),
                     [&owner = realm->owner](const auto& one) { return one->owner == owner; });
    if (heir != table->realms.end()) table->by_name.emplace(name, heir->get());
  }
  return TablePtr(std::move(table));
}

RealmContexts::TablePtr RealmContexts::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

std::optional<ServedCertificate> RealmContexts::served(const HostName& realm) const {
  const TablePtr now = table();
  const Realm* found = now->find(realm.text());
  if (found == nullptr) return std::nullopt;
  X509* leaf = SSL_CTX_get0_certificate(found->chains.front().context->sslContext());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto facts = tls::describe_peer(leaf);
  if (!facts || X509_digest(leaf, EVP_sha256(), digest.data(), &size) != 1) return std::nullopt;
  return ServedCertificate{found->name, to_hex(ByteView(digest.data(), size)), facts->not_after_ms};
}

Context::Ptr RealmContexts::make_context() {
  Context::Params params;
  params.verificationMode = Context::VERIFY_NONE;  // choose() sets the connection's own
  params.loadDefaultCAs = false;
  params.cipherList = kCiphers;
  params.ecdhCurve = kGroups;
  Context::Ptr context(new Context(Context::TLS_SERVER_USE, params));
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  context->preferServerCiphers();
  context->enableExtendedCertificateVerification(false);
  // An end without close_notify must leave the writing side usable, so that a peer whose deadline
  // passed still gets its 408. A body cut short is found by its length, never by this.
  SSL_CTX_set_options(context->sslContext(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // A record at a read instead of its head and then the rest.
  SSL_CTX_set_read_ahead(context->sslContext(), 1);
  if (options_.client_certificates == ClientCertificates::kNone) {
    context->enableSessionCache(true, "berth-ingress");
    // A device has one connection at a time, so a second ticket would only cost.
    SSL_CTX_set_num_tickets(context->sslContext(), 1);
  } else {
    context->enableSessionCache(false);
    context->disableStatelessSessionResumption();
    SSL_CTX_set_num_tickets(context->sslContext(), 0);
    SSL_CTX_set_cert_verify_callback(context->sslContext(), &RealmContexts::on_client_certificate,
                                     this);
  }
  return context;
}

Result<void> RealmContexts::add(const RealmCertificate& certificate, const Table* before,
                                Table& table) {
  const std::string& own = certificate.realm.text();
  auto realm =
      std::make_unique<Realm>(Realm{own, certificate.owner.empty() ? own : certificate.owner, {}});
  std::vector<tenancy::TlsIdentity> identities = certificate.alternatives;
  identities.insert(identities.begin(), certificate.identity);
  for (const tenancy::TlsIdentity& identity : identities) {
    Context::Ptr context = make_context();
    const auto loaded = tls::load_identity(context->sslContext(), identity.certificate_chain,
                                           identity.private_key, realm->name);
    if (!loaded) {
      return Error(ErrorCode::kFailedPrecondition, "ingress.certificate",
                   "realm " + realm->name + ", file " + loaded.error());
    }
    realm->chains.push_back(describe_chain(context));
    for (const HostName& other : certificate.former_realms) {
      X509* leaf = SSL_CTX_get0_certificate(context->sslContext());
      if (X509_check_host(leaf, other.text().c_str(), 0, 0, nullptr) == 1) continue;
      const std::string file = identity.certificate_chain.string();
      if (before != nullptr && !before->has(other, realm->owner)) {
        return Error(ErrorCode::kFailedPrecondition, "ingress.certificate",
                     "realm " + realm->name + ", file " + file + ": does not name " + other.text() +
                         ", which would be answered from now on; have it renewed with both names, "
                         "put it there with its key, and try again");
      }
      spdlog::warn(
          "realm {}: {} does not name its other realm {}, so devices that use that one "
          "will refuse it; have it renewed with both names",
          realm->name, file, other.text());
    }
  }
  std::vector<HostName> names = certificate.former_realms;
  names.push_back(certificate.realm);
  for (const HostName& name : names) {
    if (table.by_name.emplace(name.text(), realm.get()).second) continue;
    return refuse("realm " + name.text() + " is given twice");
  }
  table.realms.push_back(std::move(realm));
  return {};
}

bool RealmContexts::Table::has(const HostName& name, const std::string& owner) const {
  const auto found = by_name.find(name.text());
  return found != by_name.end() && found->second->owner == owner;
}

const RealmContexts::Realm* RealmContexts::Table::find(std::string_view name) const {
  const Result<HostName> parsed = HostName::parse(name);
  if (!parsed) return nullptr;
  std::string_view text = parsed->text();
  auto found = by_name.find(text);
  if (found == by_name.end() && text.starts_with(kAliasPrefix)) {
    found = by_name.find(text.substr(kAliasPrefix.size()));
  }
  return found == by_name.end() ? nullptr : found->second;
}

std::optional<std::string> RealmContexts::realm_of(std::string_view name) const {
  const TablePtr now = table();
  const Realm* realm = now->find(name);
  return realm == nullptr ? std::nullopt : std::optional(realm->name);
}

bool RealmContexts::same_realm(std::string_view left, std::string_view right) const {
  const TablePtr now = table();
  return now->find(left) == now->find(right);
}

std::optional<HandshakeFacts> RealmContexts::facts(int fd) const {
  const std::lock_guard lock(mutex_);
  const auto found = entered_.find(fd);
  return found == entered_.end() ? std::nullopt : std::optional(found->second.facts);
}

void RealmContexts::forget(int fd) {
  std::string owner;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entered_.find(fd);
    if (found == entered_.end()) return;
    owner = std::move(found->second.facts.owner);
    entered_.erase(found);
  }
  if (options_.doorkeeper.leave) options_.doorkeeper.leave(owner);
}

int RealmContexts::on_client_hello(SSL* ssl, int* alert, void* self) {
  *alert = SSL_AD_INTERNAL_ERROR;
  try {
    const tls::ClientHello hello = tls::read_client_hello(
        {extension(ssl, TLSEXT_TYPE_server_name), extension(ssl, TLSEXT_TYPE_supported_groups),
         extension(ssl, TLSEXT_TYPE_signature_algorithms),
         extension(ssl, TLSEXT_TYPE_trusted_ca_keys)});
    return static_cast<RealmContexts*>(self)->choose(ssl, hello, alert) ? SSL_CLIENT_HELLO_SUCCESS
                                                                        : SSL_CLIENT_HELLO_ERROR;
  } catch (...) {  // out of memory; nothing may be thrown through the library
    return SSL_CLIENT_HELLO_ERROR;
  }
}

bool RealmContexts::choose(SSL* ssl, const tls::ClientHello& hello, int* alert) {
  const TablePtr now = table();
  const Realm* realm = nullptr;
  if (hello.server_name) {
    // A port belongs to Host headers; a server name has none (RFC 6066 §3).
    if (hello.server_name->find(':') == std::string::npos) realm = now->find(*hello.server_name);
  } else if (!options_.server_name_required && !extension(ssl, TLSEXT_TYPE_server_name)) {
    realm = now->realms.front().get();
  }
  if (realm == nullptr) {
    counters_.unknown_server_name.fetch_add(1, std::memory_order_relaxed);
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return false;
  }
  std::string said = hello.server_name ? HostName::parse(*hello.server_name)->text() : "";
  if (!let_in(SSL_get_fd(ssl), {{std::move(said), realm->owner, std::nullopt, ssl}, now})) {
    counters_.refused_at_hello.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  return show(ssl, choose_chain(realm->chains, hello));
}

// TLS 1.3 may ask for a second ClientHello on a connection: it is in already, for the owner it
// said.
bool RealmContexts::let_in(int fd, Entered entered) {
  {
    const std::lock_guard lock(mutex_);
    const auto before = entered_.find(fd);
    if (before != entered_.end()) return before->second.facts.owner == entered.facts.owner;
  }
  const Doorkeeper& doorkeeper = options_.doorkeeper;
  if (doorkeeper.enter && !doorkeeper.enter(entered.facts.owner)) return false;
  const std::lock_guard lock(mutex_);
  entered_.emplace(fd, std::move(entered));
  return true;
}

bool RealmContexts::show(SSL* ssl, const RealmChain& chain) const {
  SSL_CTX* chosen = chain.context->sslContext();
  if (SSL_set_SSL_CTX(ssl, chosen) != chosen) return false;
  // The switch brings the certificate only: neither groups, versions nor the verify mode.
  if (is_brainpool(chain.group)) {
    // OpenSSL 3.0 has no brainpool signatures in TLS 1.3.
    if (SSL_set_max_proto_version(ssl, TLS1_2_VERSION) != 1) return false;
    if (SSL_ctrl(ssl, SSL_CTRL_SET_GROUPS_LIST, 0, const_cast<char*>(kBrainpoolGroups)) != 1) {
      return false;
    }
  }
  SSL_set_verify(ssl,
                 options_.client_certificates == ClientCertificates::kNone
                     ? SSL_VERIFY_NONE
                     : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                 nullptr);
  return true;
}

// In place of a chain verification: keeps who it is. The library goes on to check that the client
// has the key, and ends the handshake otherwise.
int RealmContexts::on_client_certificate(X509_STORE_CTX* shown, void* self) {
  try {
    auto peer = tls::describe_peer(X509_STORE_CTX_get0_cert(shown));
    if (!peer) return 0;
    auto& contexts = *static_cast<RealmContexts*>(self);
    const auto* ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(shown, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const std::lock_guard lock(contexts.mutex_);
    contexts.entered_.at(SSL_get_fd(ssl)).facts.client =
        ClientCertificate{std::move(peer->spki_sha256), std::move(peer->subject),
                          peer->not_before_ms, peer->not_after_ms};
    X509_STORE_CTX_set_error(shown, X509_V_OK);
    return 1;
  } catch (...) {  // as above
    return 0;
  }
}

}  // namespace berth::ingress
