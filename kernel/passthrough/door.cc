#include "kernel/passthrough/door.h"

#include <spdlog/spdlog.h>

#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "kernel/ingress/connection_registry.h"
#include "kernel/passthrough/pass.h"

namespace berth::passthrough {
namespace {

using asio::ip::tcp;

constexpr int kBacklog = 1024;
// After a failed accept (out of descriptors or memory), so that the loop does not spin.
constexpr std::chrono::milliseconds kAcceptPause{20};

tls::NetAddress net_address(const tcp::endpoint& endpoint) {
  tls::NetAddress address{endpoint.address().is_v6(), {}, endpoint.port()};
  const auto copy = [&address](const auto& octets) {
    std::copy(octets.begin(), octets.end(), address.octets.begin());
  };
  if (address.v6) {
    copy(endpoint.address().to_v6().to_bytes());
  } else {
    copy(endpoint.address().to_v4().to_bytes());
  }
  return address;
}

class AsioDoor final : public Door, private Floor {
 public:
  AsioDoor(const tenancy::DoorConfiguration& configuration,
           std::shared_ptr<const Directory> directory)
      : configuration_(configuration), directory_(std::move(directory)) {}
  ~AsioDoor() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> begin() {
    try {
      const std::size_t colon = configuration_.listen.rfind(':');
      std::string host = configuration_.listen.substr(0, colon);
      if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
      const tcp::endpoint endpoint =
          resolver_.resolve(host, configuration_.listen.substr(colon + 1))->endpoint();
      acceptor_.open(endpoint.protocol());
      acceptor_.set_option(tcp::acceptor::reuse_address(true));
      acceptor_.bind(endpoint);
      acceptor_.listen(kBacklog);
      port_ = acceptor_.local_endpoint().port();
    } catch (const boost::system::system_error& e) {
      return Error(ErrorCode::kUnavailable, "passthrough.bind",
                   "cannot listen on " + configuration_.listen + ": " + e.code().message() +
                       "; is another process using it, or does the port need privileges?");
    }
    accept();
    thread_ = std::thread([this] { run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }
  void change(std::shared_ptr<const Directory> directory) override {
    const std::lock_guard lock(mutex_);
    directory_ = std::move(directory);
    problem_.clear();
  }
  void keep(std::string why) override {
    const std::lock_guard lock(mutex_);
    problem_ = std::move(why);
  }
  RoutesState routes() const override {
    const std::lock_guard lock(mutex_);
    return {directory_->routes_version(), problem_};
  }
  DoorCounts counts() const override {
    const std::lock_guard lock(mutex_);
    return counts_;
  }
  std::vector<TenantCounts> tenants() const override {
    const std::lock_guard lock(mutex_);
    std::vector<TenantCounts> all;
    for (const auto& [name, counts] : tenants_) all.push_back(counts);
    return all;
  }

 private:
  const tenancy::DoorConfiguration& configuration() const override { return configuration_; }
  asio::ip::tcp::resolver& resolver() override { return resolver_; }
  std::optional<Destination> find(std::string_view name) const override {
    std::shared_ptr<const Directory> directory;
    {
      const std::lock_guard lock(mutex_);
      directory = directory_;
    }
    return directory->find(name);
  }
  TenantCounts& of(const std::string& tenant) {
    TenantCounts& counts = tenants_[tenant];
    counts.tenant = tenant;
    return counts;
  }
  bool take_place(const std::string& tenant) override {
    const std::lock_guard lock(mutex_);
    TenantCounts& counts = of(tenant);
    if (counts.open >= configuration_.max_connections_per_tenant) return false;
    ++counts.open;
    return true;
  }
  void give_up(const std::string& tenant) override {
    const std::lock_guard lock(mutex_);
    --of(tenant).open;
  }
  void count(std::uint64_t DoorCounts::*member) override {
    const std::lock_guard lock(mutex_);
    ++(counts_.*member);
  }
  void reached(const Destination& destination, std::string_view why) override {
    const std::lock_guard lock(mutex_);
    TenantCounts& counts = of(destination.tenant);
    ++(why.empty() ? counts.handed_on : counts.unreachable);
    const std::string endpoint = to_string(destination.endpoint);
    if (why.empty()) {
      if (away_.erase(destination.tenant) == 0) return;
      spdlog::info("tenant={} endpoint {} is reached again", destination.tenant, endpoint);
    } else if (away_.insert(destination.tenant).second) {  // told once, counted each time
      spdlog::error("tenant={} endpoint {} cannot be reached: {}", destination.tenant, endpoint,
                    why);
    }
  }
  void count(const std::string& tenant, std::uint64_t TenantCounts::*member) override {
    const std::lock_guard lock(mutex_);
    ++(of(tenant).*member);
  }

  // False: the door or the address has as many connections as it may.
  bool enter(const std::string& group) {
    const std::lock_guard lock(mutex_);
    std::uint32_t& of_address = addresses_[group];
    if (counts_.open >= configuration_.max_connections ||
        of_address >= configuration_.max_connections_per_address) {
      if (of_address == 0) addresses_.erase(group);
      ++counts_.over_limit;
      return false;
    }
    ++of_address;
    ++counts_.open;
    ++counts_.accepted;
    return true;
  }
  void leave(const std::string& group) {
    const std::lock_guard lock(mutex_);
    const auto of_address = addresses_.find(group);
    if (--of_address->second == 0) addresses_.erase(of_address);
    --counts_.open;
  }

  void run() {
    while (!io_.stopped()) {
      try {
        io_.run();
      } catch (const std::exception& e) {  // no memory for one connection; the others go on
        spdlog::error("a connection ended early: {}", e.what());
      }
    }
  }
  void accept() {
    acceptor_.async_accept([this](const Code& failure, tcp::socket client) {
      if (failure) {
        pause_.expires_after(kAcceptPause);
        return pause_.async_wait([this](const Code&) { accept(); });
      }
      accept();
      welcome(std::move(client));
    });
  }
  void welcome(tcp::socket client) {
    Code failure;
    const tcp::endpoint peer = client.remote_endpoint(failure);
    const tcp::endpoint here = failure ? peer : client.local_endpoint(failure);
    if (failure) return;  // left already
    const std::string group = ingress::address_group(peer.address().to_string());
    if (!enter(group)) return;
    std::make_shared<Pass>(static_cast<Floor&>(*this), std::move(client),
                           tls::ProxyHeader{net_address(peer), net_address(here)},
                           [this, group] { leave(group); })
        ->begin();
  }

  const tenancy::DoorConfiguration configuration_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Directory> directory_;
  std::string problem_;  // of the one that should have followed it
  DoorCounts counts_;
  std::map<std::string, TenantCounts> tenants_;
  std::map<std::string, std::uint32_t> addresses_;  // keyed by address_group()
  std::set<std::string> away_;                      // tenants whose endpoint was not reached
  std::uint16_t port_ = 0;
  asio::io_context io_{1};  // after what its callbacks use when they are destroyed
  tcp::resolver resolver_{io_};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Door>> Door::start(const tenancy::DoorConfiguration& configuration,
                                          std::shared_ptr<const Directory> directory) {
  auto door = std::make_unique<AsioDoor>(configuration, std::move(directory));
  BERTH_TRY_VOID(door->begin());
  return std::unique_ptr<Door>(std::move(door));
}

}  // namespace berth::passthrough
