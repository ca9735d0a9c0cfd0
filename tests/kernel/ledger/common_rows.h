// The tables that nodes of one host have in common, in a SQLite file: each node its own
// connections.

#pragma once

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "kernel/ledger/files.h"
#include "kernel/ledger/postgres_pool.h"
#include "kernel/ledger/read_pool.h"
#include "kernel/ledger/tenant_transaction.h"
#include "tests/postgres/postgres.h"

namespace berth::ledger::testing {

class CommonRows {
 public:
  CommonRows() {
    if (berth::testing::on_postgres()) {
      make_schema();
      return;
    }
    std::string name =
        (std::filesystem::temp_directory_path() / "berth-common-rows.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    REQUIRE(ensure_file(file()).ok());
    open_sqlite(file(), Access::kWrite)->run_script(tables());
  }
  ~CommonRows() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  CommonRows(const CommonRows&) = delete;
  CommonRows& operator=(const CommonRows&) = delete;

  // Of one node; this must outlive it.
  TenantTransaction node() {
    return [this, reached = reached()](const TenantId& tenant,
                                       const std::function<void(Session&)>& work) -> Result<void> {
      if (unreachable) return Error(ErrorCode::kUnavailable, "ledger.unavailable", "test");
      const int number = ++transactions;
      BERTH_TRY_VOID(reached(tenant, work));
      if (number == lose_answer_of) {
        return Error(ErrorCode::kUnavailable, "ledger.unavailable", "test: answer lost");
      }
      return {};
    };
  }

  // SQL behind the nodes' backs.
  void tamper(std::string_view sql) {
    if (berth::testing::on_postgres()) {
      berth::testing::as_superuser(schema_, berth::testing::in_postgres_words(sql));
    } else {
      open_sqlite(file(), Access::kWrite)->run_script(sql);
    }
  }

  std::atomic<bool> unreachable = false;
  std::atomic<int> transactions = 0;
  // The one of this number (from 1) is committed, but nobody says so.
  std::atomic<int> lose_answer_of = 0;

 private:
  std::filesystem::path file() const { return folder_ / "common.db"; }

  static std::string tables() {
    std::string all;
    for (const char* script : {"es9_session.sql", "worker_lease.sql"}) {
      std::ifstream text(std::string(BERTH_SOURCE_FOLDER) + "/kernel/ledger/schema/" + script);
      all += std::string(std::istreambuf_iterator<char>(text), {});
    }
    return all;
  }

  // As the ledger's migration makes them.
  void make_schema() {
    schema_ = berth::testing::fresh_schema();
    const auto options = berth::testing::postgres_options(schema_);
    const auto owner = open_postgres({options.owner_connection});
    owner->run_script(tables() + "alter table es9_session set unlogged;");
    for (const std::string table : {"es9_session", "worker_lease"}) {
      owner->run_script("alter table " + table + " enable row level security; alter table " +
                        table + " force row level security; create policy tenant_rows on " + table +
                        " using (tenant_id = current_setting('berth.tenant', true));"
                        "grant select, insert, update, delete on " +
                        table + " to berth_service");
    }
    owner->run_script("grant usage on schema " + schema_ + " to berth_service");
  }

  TenantTransaction reached() {
    if (berth::testing::on_postgres()) {
      const auto options = berth::testing::postgres_options(schema_);
      return transactions_on(std::make_shared<PostgresPool>(PostgresConnection{options.connection},
                                                            4, std::chrono::seconds(5)));
    }
    auto pool = std::make_shared<ReadPool>(
        [this] {
          auto session = open_sqlite(file(), Access::kWrite);
          session->run_script("pragma synchronous=off");
          return session;
        },
        4);
    return [pool](const TenantId&, const std::function<void(Session&)>& work) -> Result<void> {
      const auto done = pool->read([&](Session& session) {
        work(session);
        return true;
      });
      if (!done) return done.error();
      return {};
    };
  }

  std::string schema_;
  std::filesystem::path folder_;
};

}  // namespace berth::ledger::testing
