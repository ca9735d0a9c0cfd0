// An operator's system around a small world: client keys, calls to ES2+, and the server that the
// host tells of downloads.

#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>

#include "kernel/egress/https_client.h"
#include "kernel/ingress/tls_listener.h"
#include "tests/kernel/ingress/test_certificates.h"
#include "tests/scenario/world.h"

namespace berth::scenario {

// The certificates of both sides, each of its own making, in a folder that goes with the object.
class OperatorSystem {
 public:
  using Json = nlohmann::json;
  // What HandleDownloadProgressInfo is answered with: an HTTP status. Called one at a time.
  using Judge = std::function<int(const Json& report)>;

  // A client's key and certificate; `ends_in_s` below zero: it has expired.
  tenancy::TlsIdentity key(const std::string& name, long ends_in_s = 3600);
  // The same, its key in a file that nobody else can read; once.
  tenancy::TlsIdentity copy_of(const tenancy::TlsIdentity& shown);
  // One entry of es2plus.operators.
  static Json allowed(const std::string& name, const std::vector<tenancy::TlsIdentity>& keys,
                      const Json& requesters, bool accept_expired = false);

  // Begins to listen for reports; then options() names this server in every tenant's file.
  void listen(Judge judge = [](const Json&) { return 204; });
  // A world with an ES2+ door for these operators.
  WorldOptions options(const Json& operators) const;

  // Waits until there are `count` reports, at most 30 seconds; all there are.
  std::vector<Json> reports(std::size_t count);

  // Of the door, for callers.
  const tenancy::TlsIdentity& door() const { return door_; }

 private:
  ingress::test::TemporaryFolder folder_;
  tenancy::TlsIdentity door_ = ingress::test::make_certificate(folder_.path(), "door", "localhost");
  tenancy::TlsIdentity host_client_ =
      ingress::test::make_certificate(folder_.path(), "host-client", "smdp.example");
  tenancy::TlsIdentity server_ =
      ingress::test::make_certificate(folder_.path(), "server", "localhost");
  std::mutex mutex_;
  std::vector<Json> reports_;
  std::unique_ptr<ingress::TlsListener> listener_;
};

// One client key and the functionRequesterIdentifier it uses.
class OperatorClient {
 public:
  using Json = nlohmann::json;
  OperatorClient(const OperatorSystem& system, World& world, const tenancy::TlsIdentity& key,
                 std::string requester);
  // The same, at an ES2+ door on this port.
  OperatorClient(const OperatorSystem& system, std::uint16_t port, const tenancy::TlsIdentity& key,
                 std::string requester);
  // The answer's JSON. `call_id` empty: a fresh functionCallIdentifier.
  Json call(const std::string& function, Json body, const std::string& call_id = {});
  // What came of a call: "Executed-Success" or its pair.
  std::string outcome(const std::string& function, const Json& body) {
    return outcome_of(call(function, body));
  }
  static std::string outcome_of(const Json& answer);

  // downloadOrder and confirmOrder; the confirmation's answer. `confirm` may say more.
  Json order(const Json& download, const Json& confirm = Json::object());

 private:
  std::string url_;
  std::string requester_;
  std::unique_ptr<egress::HttpsClient> client_;
};

// "1$<address>$<matchingId>[$$1]" of a confirmation's answer.
std::string activation_code(const nlohmann::json& confirmed, bool with_code = false);
// "installed", or the pair or reason the download ended with.
std::string outcome_of(Phone& phone, const std::string& code,
                       const std::vector<std::string>& confirmation_codes = {});

}  // namespace berth::scenario
