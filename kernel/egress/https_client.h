// POST over HTTPS to a server that the configuration names.
//
// The server is verified before anything of ours leaves, the client certificate included: by a CA
// (then its name is checked too), by the SHA-256 of its public key (then whoever certified it and
// its dates do not matter), or by both, which must both hold. TLS 1.2 or later. One deadline
// covers a whole call; answers are bounded (answer_reader.h). No redirect is followed, no proxy and
// no environment variable is asked, and each call has a connection of its own.
//
// Thread-safe: any number of threads may call post() on one client.

#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernel/base/result.h"
#include "kernel/egress/answer_reader.h"

namespace berth::egress {

struct HttpsIdentity {
  std::filesystem::path certificate_chain;  // PEM, ours first
  std::filesystem::path private_key;        // PEM, unencrypted, mode 0600
};

// At least one of the two.
struct HttpsTrust {
  std::filesystem::path server_ca;       // PEM file of one or more CAs; empty: no CA is asked
  std::vector<std::string> server_pins;  // SHA-256 of the SubjectPublicKeyInfo, lower-case hex
};

struct HttpsPost {
  std::string url;  // https://host[:port][/path], without userinfo, query, fragment
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;  // more of them
  std::string body;
};

class HttpsClient {
 public:
  // Reads the files, once: after a renewal make another client. kFailedPrecondition
  // "egress.files" names the file and what is wrong.
  static Result<std::unique_ptr<HttpsClient>> create(const HttpsIdentity& identity,
                                                     const HttpsTrust& trust);
  virtual ~HttpsClient() = default;

  // Any answer is a value, whatever its status. kInvalidArgument "egress.request": the URL or a
  // header is out of form. kUnavailable, naming host and cause and nothing that was sent:
  // "egress.unreachable", "egress.untrusted", "egress.tls", "egress.timeout", "egress.cut",
  // "egress.answer_malformed", "egress.answer_too_large". Of "timeout", "cut" and the "answer_"
  // reasons the server may have done what was asked.
  virtual Result<HttpsAnswer> post(const HttpsPost& request,
                                   std::chrono::milliseconds timeout) const = 0;
};

}  // namespace berth::egress
