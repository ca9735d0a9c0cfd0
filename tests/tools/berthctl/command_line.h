// The command as people run it, against a host that answers what the test says.

#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <mutex>

#include "kernel/ingress/local_listener.h"

namespace berth::berthctl::testing {

struct Ran {
  int exit_code = -1;
  std::string output;  // both streams
};

struct Host {
  Host() {
    std::string name = (std::filesystem::temp_directory_path() / "berthctl-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
  }
  ~Host() {
    listener.reset();
    std::filesystem::remove_all(folder);
  }
  void serve(int status, std::string body, std::uint32_t max_body_bytes = 100'000) {
    auto started = ingress::LocalListener::start(
        folder / "s", max_body_bytes, [this, status, body](const ingress::HttpRequest& request) {
          const std::lock_guard lock(mutex_);
          asked_.push_back(request);
          return ingress::HttpResponse{status, "application/json", body, {}};
        });
    REQUIRE(started.ok());
    listener = std::move(*started);
  }
  // A host that answers each "METHOD path" from this table; anything else is 404 "order.unknown".
  void serve(std::map<std::string, std::string> answers) {
    auto started = ingress::LocalListener::start(
        folder / "s", 1'000'000, [this, answers](const ingress::HttpRequest& request) {
          const std::lock_guard lock(mutex_);
          asked_.push_back(request);
          const std::string query = request.query.empty() ? "" : "?" + request.query;
          const auto found = answers.find(request.method + " " + request.path + query);
          if (found == answers.end()) {
            return ingress::HttpResponse{
                404,
                "application/json",
                R"({"error":{"code":"not_found","reason":"order.unknown","message":"none"}})",
                {}};
          }
          return ingress::HttpResponse{200, "application/json", found->second, {}};
        });
    REQUIRE(started.ok());
    listener = std::move(*started);
  }
  // What was asked, in order. Taken under the lock: the thread that noted it is the door's, and
  // that the command has ended since orders nothing between that thread and this one.
  std::vector<ingress::HttpRequest> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // The same as "POST /v1/…".
  std::vector<std::string> targets() const {
    std::vector<std::string> all;
    for (const auto& request : asked()) {
      all.push_back(request.method + " " + request.path +
                    (request.query.empty() ? "" : "?" + request.query));
    }
    return all;
  }
  Ran run(const std::string& arguments) const {
    const std::string command = std::string(BERTHCTL) + " --socket " + (folder / "s").string() +
                                " " + arguments + " 2>&1 </dev/null";
    Ran ran;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> piece;
    for (std::size_t count; (count = ::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
      ran.output.append(piece.data(), count);
    }
    ran.exit_code = WEXITSTATUS(::pclose(pipe));
    return ran;
  }

  std::filesystem::path folder;
  std::unique_ptr<ingress::LocalListener> listener;

 private:
  mutable std::mutex mutex_;
  std::vector<ingress::HttpRequest> asked_;
};

}  // namespace berth::berthctl::testing
