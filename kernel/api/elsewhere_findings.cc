#include "kernel/api/elsewhere_findings.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "kernel/ingress/socket_file.h"

namespace berth::api {
namespace {

constexpr UnixMs kWarnMs = 14LL * 86'400'000;

std::string probe(const sockaddr* address, socklen_t size, std::chrono::milliseconds patience) {
  const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return std::strerror(errno);
  int failure = ::connect(fd, address, size) == 0 ? 0 : errno;
  if (failure == EINPROGRESS) {
    pollfd wait{fd, POLLOUT, 0};
    socklen_t length = sizeof(failure);
    if (::poll(&wait, 1, static_cast<int>(patience.count())) != 1) {
      failure = ETIMEDOUT;
    } else if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &length) != 0) {
      failure = errno;
    }
  }
  ::close(fd);
  return failure == 0 ? std::string() : std::strerror(failure);
}

}  // namespace

Finding check_duty(std::string_view tenant, const tenancy::Duty& duty, UnixMs now) {
  Finding finding{"contract " + std::string(tenant) + " " + duty.cell, Grade::kOk,
                  duty.owner + " by " + duty.next_due, ""};
  if (now < duty.overdue_ms - kWarnMs) return finding;
  const bool overdue = now >= duty.overdue_ms;
  finding.grade = overdue ? Grade::kRed : Grade::kWarn;
  finding.detail += overdue ? ": overdue" : ": soon due";
  finding.remedy = "See that the " + duty.owner + " does it (" + duty.contact +
                   "), then write the next day as nextDue in the tenant's file.";
  return finding;
}

Finding check_endpoint(std::string_view tenant, const tenancy::Endpoint& endpoint,
                       std::string_view problem) {
  Finding finding{"endpoint " + std::string(tenant), Grade::kOk,
                  to_string(endpoint) + (problem.empty() ? " answers" : ": "), ""};
  if (problem.empty()) return finding;
  finding.grade = Grade::kRed;
  finding.detail += problem;
  finding.remedy =
      "Devices of this tenant are closed at the door: start its SM-DP+, or correct endpoint in "
      "the tenant's file. Other tenants are served.";
  return finding;
}

std::string probe_endpoint(const tenancy::Endpoint& endpoint, std::chrono::milliseconds patience) {
  if (!endpoint.socket.empty()) {
    const auto address = ingress::socket_address(endpoint.socket);
    if (!address) return address.error().message();
    return probe(ingress::generic(*address), sizeof(*address), patience);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int unknown =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &list);
  if (unknown != 0) return ::gai_strerror(unknown);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, &::freeaddrinfo);
  std::string problem;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    problem = probe(one->ai_addr, one->ai_addrlen, patience);
    if (problem.empty()) break;
  }
  return problem;
}

}  // namespace berth::api
