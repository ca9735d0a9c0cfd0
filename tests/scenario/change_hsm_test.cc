// Goal: the HSM changes under a host that serves, stage by stage as docs/operating/change-hsm.md
// has it, and no download notices. With two nodes (PostgreSQL) one serves while the other restarts;
// a single node finishes what it has begun, and the next download waits for it.

#include <catch2/catch.hpp>
#include <condition_variable>
#include <deque>
#include <shared_mutex>
#include <thread>

#include "tests/faults/berthd_process.h"
#include "tests/postgres/postgres.h"
#include "tests/scenario/token.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr int kPhones = 2;                     // downloading at the same time
constexpr int kDownloadsAStage = 4;            // begun before the stage, and going on through it
constexpr std::chrono::seconds kLongest{120};  // for those of one stage on a busy machine

template <class T>
T must(Result<T> result) {
  if (!result)
    throw std::runtime_error(std::string(result.error().reason()) + ": " +
                             result.error().message());
  return std::move(*result);
}

// A node as a load balancer sees it: taken out before it restarts, back in when it serves.
struct Node {
  std::shared_mutex gate;  // shared: a download goes on there
  std::uint16_t port = 0;
};

// Phones that download all the time, from whichever node is in.
class Downloads {
 public:
  explicit Downloads(World& world, std::size_t nodes) : world_(world) {
    for (std::size_t i = 0; i < nodes; ++i) nodes_.push_back(std::make_unique<Node>());
    for (int i = 0; i < kPhones; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
    }
  }
  ~Downloads() {
    for (auto& thread : threads_) thread.request_stop();
  }

  Node& node(std::size_t index) { return *nodes_[index]; }
  void begin(int count) {
    for (int i = 0; i < count; ++i) {
      auto order = world_.order("alpha");
      const std::lock_guard lock(mutex_);
      waiting_.push_back(order.activation_code);
    }
    changed_.notify_all();
  }
  // Until all that were begun have ended; what failed, in words.
  std::string end_all() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kLongest, [&] { return waiting_.empty() && running_ == 0; })) {
      failures_ += "some downloads did not end; ";
    }
    return failures_;
  }
  int done() {
    const std::lock_guard lock(mutex_);
    return done_;
  }

 private:
  // The next node that is in; waits when none is.
  std::shared_lock<std::shared_mutex> choose(std::size_t& turn, std::uint16_t& port) {
    for (std::size_t tries = 0; tries < nodes_.size(); ++tries) {
      Node& node = *nodes_[turn++ % nodes_.size()];
      std::shared_lock in(node.gate, std::try_to_lock);
      if (!in) continue;
      port = node.port;
      return in;
    }
    Node& node = *nodes_[turn++ % nodes_.size()];
    std::shared_lock in(node.gate);
    port = node.port;
    return in;
  }
  void run(const std::stop_token& stop) {
    std::size_t turn = 0;
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) {
      const std::string code = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
      lock.unlock();
      const std::string failure = download(code, turn);
      lock.lock();
      --running_;
      failures_ += failure;
      done_ += failure.empty() ? 1 : 0;
      changed_.notify_all();
    }
  }
  std::string download(const std::string& code, std::size_t& turn) {
    std::uint16_t port = 0;
    const auto in = choose(turn, port);
    std::unique_ptr<Phone> phone;
    {
      const std::lock_guard lock(making_);  // the test PKI serves one at a time
      phone = world_.phone(kAlphaEid, port);
    }
    const auto report = phone->download(code);
    if (report) return {};
    return report.error().step + ": " + report.error().reason + " " + report.error().message + "; ";
  }

  World& world_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::mutex making_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::string> waiting_;
  int running_ = 0;
  int done_ = 0;
  std::string failures_;
  std::vector<std::jthread> threads_;
};

// One host, on one node or two, that goes from stage to stage while phones download.
class Stages {
 public:
  Stages() : two_(berth::testing::on_postgres()), downloads_(world, two_ ? 2 : 1) {
    downloads_.node(0).port = world.host().es9_port();
    if (two_) start_beside();
  }

  // Changes the host file, then restarts one node after the other while downloads go on.
  void stage(const char* what, const std::function<void(Json&)>& change) {
    INFO(what);
    downloads_.begin(kDownloadsAStage);
    edit_host(world, change);
    {
      const std::unique_lock out(downloads_.node(0).gate);
      world.restart();
      downloads_.node(0).port = world.host().es9_port();
    }
    if (two_) {
      const std::unique_lock out(downloads_.node(1).gate);
      beside_->stop();
      start_beside();
    }
    downloads_.begin(kDownloadsAStage);
    total_ += 2 * kDownloadsAStage;
    CHECK(downloads_.end_all() == "");
    CHECK(downloads_.done() == total_);
  }
  void rewrap(bool finish) {
    for (const char* id : {"alpha", "bravo"}) {
      for (const auto& key : must(world.host().rewrap_keys(*TenantId::parse(id), finish))) {
        CHECK(key.opens);
        CHECK(key.ready_for_next == !finish);
        CHECK_FALSE(key.switched);
      }
    }
  }
  // What new sessions are served with.
  Bytes chosen() { return world.host().identities().usable().front()->dp_auth.der(); }

  World world;

 private:
  // In a process of its own: a token's login and the library's state are the process's.
  void start_beside() {
    beside_ = std::make_unique<faults::BerthdProcess>(world.folder() / "beside.json");
    downloads_.node(1).port = beside_->es9_port();
  }

  bool two_;
  std::unique_ptr<faults::BerthdProcess> beside_;
  Downloads downloads_;
  int total_ = 0;
};

void next_becomes_present(Json& host) {
  host["hsm"] = host["hsmNext"];
  host.erase("hsmNext");
  host["smdp"] = Json::array({host["smdp"].front()});
}

std::vector<std::string> audited(World& world, const std::string& prefix) {
  std::vector<std::string> types;
  for (const auto& record : world.audit("alpha")) {
    if (record.type.starts_with(prefix)) types.push_back(record.type);
  }
  return types;
}

}  // namespace

TEST_CASE(
    "downloads go on while the HSM changes from softkeys to a token, and its wrapping key after",
    "[scenario][R11:part][R128:part]") {
  const Token token("next");
  Stages host;
  const Bytes old_certificate = host.chosen();
  host.stage("the next HSM beside the present one",
             [&](Json& file) { file["hsmNext"] = token.binding(); });
  const Json pair = certified_pairs(host.world, {Curve::kP256}, "2027", true).front();
  host.stage("the new pair known to every node", [&](Json& file) { file["smdp"].push_back(pair); });
  CHECK(host.chosen() == old_certificate);
  host.stage("the new pair first", [&](Json& file) {
    file["smdp"] = Json::array({pair, file["smdp"].front()});
  });
  CHECK(host.chosen() != old_certificate);
  host.rewrap(false);
  host.rewrap(false);  // what is done is left alone
  host.stage("the switch", next_becomes_present);
  host.rewrap(true);
  fs::remove_all(host.world.folder() / "keys");  // of softkeys: nothing is there any more

  host.stage("the next wrapping key", [](Json& file) { file["keyEncryptionKeyNext"] = "kek-2"; });
  host.rewrap(false);
  host.stage("its switch", [](Json& file) {
    file["keyEncryptionKey"] = file["keyEncryptionKeyNext"];
    file.erase("keyEncryptionKeyNext");
  });
  host.rewrap(true);
  host.stage("once more, on what is left", [](Json&) {});
  CHECK(audited(host.world, "vault.") ==
        std::vector<std::string>{"vault.data_key_created", "vault.data_key_rewrapped",
                                 "vault.data_key_former_dropped", "vault.data_key_rewrapped",
                                 "vault.data_key_former_dropped"});
}

TEST_CASE(
    "a switch to an HSM that the data keys are not wrapped for is refused, and the way back is "
    "the file from before",
    "[scenario][R128:part]") {
  const Token token("unprepared");
  World world;
  const TenantId alpha = *TenantId::parse("alpha");
  CHECK(world.host().rewrap_keys(alpha, false).error().reason() == "data_key.no_next");
  const auto order = world.order("alpha");
  const auto start = [&]() -> std::string {
    const auto started =
        host::Host::start(world.folder() / "host.json", world.clock(), world.random());
    return started ? "" : std::string(started.error().reason());
  };
  Json before;
  edit_host(world, [&](Json& file) {
    before = file;
    file["hsm"] = token.binding();
  });
  world.stop();
  CHECK(start() == "vault.no_wrapping_key");

  // Bound beside it and wrapped for, but not switched: nothing may be dropped yet.
  edit_host(world, [&](Json& file) {
    file = before;
    file["hsmNext"] = token.binding();
  });
  world.start();
  REQUIRE(must(world.host().rewrap_keys(alpha, false)).front().ready_for_next);
  CHECK(world.host().rewrap_keys(alpha, true).error().reason() == "data_key.not_switched");
  // bravo is not wrapped yet: the switch is refused with its name.
  edit_host(world, next_becomes_present);
  world.stop();
  const auto started =
      host::Host::start(world.folder() / "host.json", world.clock(), world.random());
  REQUIRE_FALSE(started.ok());
  CHECK(started.error().reason().starts_with("vault."));
  CHECK(started.error().message().find("tenant bravo") != std::string::npos);

  edit_host(world, [&](Json& file) { file = before; });
  world.start();
  CHECK(world.phone(kAlphaEid)->download(order.activation_code).ok());
}
