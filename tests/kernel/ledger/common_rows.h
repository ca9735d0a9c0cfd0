// The tables that nodes of one host have in common, in a SQLite file: each node its own
// connections.

#pragma once

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "kernel/ledger/files.h"
#include "kernel/ledger/read_pool.h"
#include "kernel/ledger/tenant_transaction.h"

namespace berth::ledger::testing {

class CommonRows {
 public:
  CommonRows() {
    std::string name =
        (std::filesystem::temp_directory_path() / "berth-common-rows.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    REQUIRE(ensure_file(file()).ok());
    const auto session = open_sqlite(file(), Access::kWrite);
    for (const char* script : {"es9_session.sql", "worker_lease.sql"}) {
      std::ifstream text(std::string(BERTH_SOURCE_FOLDER) + "/kernel/ledger/schema/" + script);
      session->run_script(std::string(std::istreambuf_iterator<char>(text), {}));
    }
  }
  ~CommonRows() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  CommonRows(const CommonRows&) = delete;
  CommonRows& operator=(const CommonRows&) = delete;

  // Of one node; this must outlive it.
  TenantTransaction node() {
    auto pool = std::make_shared<ReadPool>(
        [this] {
          auto session = open_sqlite(file(), Access::kWrite);
          session->run_script("pragma synchronous=off");
          return session;
        },
        4);
    return [this, pool](const TenantId&, const std::function<void(Session&)>& work) {
      return run(*pool, work);
    };
  }

  // SQL behind the nodes' backs.
  void tamper(std::string_view sql) { open_sqlite(file(), Access::kWrite)->run_script(sql); }

  std::atomic<bool> unreachable = false;
  std::atomic<int> transactions = 0;
  // The one of this number (from 1) is committed, but nobody says so.
  std::atomic<int> lose_answer_of = 0;

 private:
  std::filesystem::path file() const { return folder_ / "common.db"; }

  Result<void> run(ReadPool& pool, const std::function<void(Session&)>& work) {
    if (unreachable) return Error(ErrorCode::kUnavailable, "ledger.unavailable", "test");
    const int number = ++transactions;
    const auto done = pool.read([&](Session& session) {
      work(session);
      return true;
    });
    if (!done) return done.error();
    if (number == lose_answer_of) {
      return Error(ErrorCode::kUnavailable, "ledger.unavailable", "test: answer lost");
    }
    return {};
  }

  std::filesystem::path folder_;
};

}  // namespace berth::ledger::testing
