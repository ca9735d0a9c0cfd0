#include "tests/kernel/egress/scripted_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

namespace berth::egress::test {

ScriptedServer::ScriptedServer(const tenancy::TlsIdentity& identity, Script script, Clients clients)
    : clients_(clients) {
  listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listening_, any, size) == 0);
  REQUIRE(::listen(listening_, 4) == 0);
  REQUIRE(::getsockname(listening_, any, &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, identity, script = std::move(script)] { serve(identity, script); });
}

ScriptedServer::~ScriptedServer() {
  wait();
  ::close(listening_);
}

void ScriptedServer::wait() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void ScriptedServer::serve(const tenancy::TlsIdentity& identity, const Script& script) {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate_chain_file(context, identity.certificate_chain.c_str());
  SSL_CTX_use_PrivateKey_file(context, identity.private_key.c_str(), SSL_FILETYPE_PEM);
  if (clients_ == Clients::kWithCertificate) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       [](int, X509_STORE_CTX*) { return 1; });  // whoever certified it
  }
  while (!stopping_) {
    pollfd ready{listening_, POLLIN, 0};
    if (::poll(&ready, 1, 20) <= 0) continue;
    const int peer = ::accept(listening_, nullptr, nullptr);
    serve_one(peer, context, script);
    ::close(peer);
  }
  SSL_CTX_free(context);
}

void ScriptedServer::serve_one(int peer, SSL_CTX* context, const Script& script) {
  if (!script) {
    while (!stopping_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return;
  }
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, peer);
  if (SSL_accept(ssl) == 1) {
    std::array<char, 4096> piece;
    const int count = SSL_read(ssl, piece.data(), static_cast<int>(piece.size()));
    if (count > 0) {
      request_.assign(piece.data(), static_cast<std::size_t>(count));
      script(*this, ssl);
    }
  }
  SSL_free(ssl);
  ::shutdown(peer, SHUT_WR);
  // What the client still sends is read, so that closing does not destroy what was answered.
  std::array<char, 4096> rest;
  timeval limit{2, 0};
  ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  while (::recv(peer, rest.data(), rest.size(), 0) > 0) {
  }
}

ScriptedServer::Script answer(std::string octets) {
  return [octets = std::move(octets)](ScriptedServer&, SSL* ssl) {
    SSL_write(ssl, octets.data(), static_cast<int>(octets.size()));
    SSL_shutdown(ssl);
  };
}

}  // namespace berth::egress::test
