#include "kernel/api/access.h"

namespace berth::api {
namespace {

constexpr RoleSet kAllRoles{OperatorRole::kOperator, OperatorRole::kApprover,
                            OperatorRole::kAuditor};
// Enough of a pin to find it in one's own files.
constexpr std::size_t kShownPin = 16;

Error unknown(std::string message) {
  return {ErrorCode::kUnauthenticated, "access.unknown", std::move(message)};
}

}  // namespace

std::string_view to_string(OperatorRole role) {
  switch (role) {
    case OperatorRole::kOperator:
      return "operator";
    case OperatorRole::kApprover:
      return "approver";
    case OperatorRole::kAuditor:
      return "auditor";
    case OperatorRole::kTenant:
      return "tenant";
  }
  return "";
}

std::string to_string(RoleSet roles) {
  std::string text;
  for (const OperatorRole role : {OperatorRole::kOperator, OperatorRole::kApprover,
                                  OperatorRole::kAuditor, OperatorRole::kTenant}) {
    if (!roles.has(role)) continue;
    if (!text.empty()) text += ' ';
    text += to_string(role);
  }
  return text;
}

Access::Access(std::vector<tenancy::OperatorAccount> accounts, bool two_people)
    : accounts_(std::move(accounts)), two_people_(two_people) {
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    if (accounts_[i].uid) by_uid_.emplace(*accounts_[i].uid, i);
    for (const std::string& pin : accounts_[i].pins) by_pin_.emplace(pin, i);
  }
}

Result<Identity> Access::identify(const ingress::HttpRequest& request, UnixMs now) const {
  // Without operators there is no TLS door: who asks has opened the socket.
  if (open()) return Identity{"owner", kAllRoles};
  std::optional<std::size_t> found;
  if (request.client) {
    const auto& pin = request.client->spki_sha256;
    const auto account = by_pin_.find(pin);
    if (account == by_pin_.end()) {
      return unknown("no operator has the key " + pin.substr(0, kShownPin) +
                     "…; add its pin to operators in the host file, or use another certificate");
    }
    if (now < request.client->not_before_ms || now > request.client->not_after_ms) {
      return Error(ErrorCode::kUnauthenticated, "access.expired",
                   "the client certificate of '" + accounts_[account->second].name +
                       "' is outside its dates; renew it, with the same key the pin stays");
    }
    found = account->second;
  } else if (request.peer_uid) {
    const auto account = by_uid_.find(*request.peer_uid);
    if (account == by_uid_.end()) {
      return unknown("no operator has the user id " + std::to_string(*request.peer_uid) +
                     "; add it to operators in the host file, or run berthctl as another user");
    }
    found = account->second;
  }
  if (!found) return unknown("nothing says who is asking");
  const tenancy::OperatorAccount& account = accounts_[*found];
  Identity identity{account.name, {}, account.tenant};
  for (const OperatorRole role : account.roles) identity.roles.add(role);
  return identity;
}

}  // namespace berth::api
