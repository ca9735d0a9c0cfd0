// The LPA's half of ES9+ in either binding (SGP.22 §6.5, §6.6): writes requests, reads answers.
//
// Shares no code with the server's half (kernel/rsp/sgp22/es9_json.h, es9_asn1.h). Checks what
// every LPA checks of an answer: HTTP status, media type, protocol version, execution status,
// mandatory members. Not thread-safe; borrows the transport.

#pragma once

#include <string>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "tools/berth-lpa/failure.h"
#include "tools/berth-lpa/transport.h"

namespace berth::lpa {

template <class T>
using Outcome = Result<T, Failure>;

// Objects are whole TLVs as the server sent them.
struct ServerAuthentication {
  TransactionId transaction_id;
  Bytes server_signed1;
  Bytes server_signature1;
  Bytes ci_key_id_to_be_used;
  Bytes server_certificate;
};
struct ClientAuthentication {
  TransactionId transaction_id;
  Bytes profile_metadata;
  Bytes smdp_signed2;
  Bytes smdp_signature2;
  Bytes smdp_certificate;
};

// Phones speak JSON; IoT clients and test suites ASN.1.
enum class Binding { kJson = 1, kAsn1 };

class Es9Client {
 public:
  // `host`: the server's address as it will stand in the signed data.
  Es9Client(Transport& transport, std::string host, Binding binding = Binding::kJson)
      : transport_(transport), host_(std::move(host)), binding_(binding) {}

  Outcome<ServerAuthentication> initiate_authentication(ByteView challenge, ByteView euicc_info1);
  Outcome<ClientAuthentication> authenticate_client(const TransactionId& transaction,
                                                    ByteView response);
  Outcome<Bytes> get_bound_profile_package(const TransactionId& transaction, ByteView response);
  Outcome<void> cancel_session(const TransactionId& transaction, ByteView response);
  // Succeeds on 204 alone.
  Outcome<void> handle_notification(ByteView notification);

  const std::string& host() const { return host_; }

 private:
  Transport& transport_;
  std::string host_;
  Binding binding_;
};

}  // namespace berth::lpa
