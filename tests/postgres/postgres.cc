#include "tests/postgres/postgres.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <regex>
#include <stdexcept>

namespace berth::testing {
namespace {

using Link = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

Answer run(const std::string& schema, std::string_view sql) {
  const Link link(PQconnectdb(postgres_words("postgres", schema).c_str()), &PQfinish);
  Answer answer(PQexec(link.get(), std::string(sql).c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(answer.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(link.get()));
  }
  return answer;
}

}  // namespace

std::string postgres_folder() {
  const char* folder = std::getenv("BERTH_TEST_POSTGRES");
  return folder == nullptr ? std::string() : std::string(folder);
}

std::string fresh_schema() {
  static std::atomic<int> counter{0};
  const std::string schema = "t" + std::to_string(::getpid()) + "_" + std::to_string(++counter);
  run("public", "create schema " + schema + " authorization berth_owner");
  return schema;
}

std::string postgres_words(std::string_view role, std::string_view schema) {
  return "host=" + postgres_folder() + " port=5432 dbname=berth user=" + std::string(role) +
         " options='-c search_path=" + std::string(schema) + "'";
}

ledger::PostgresOptions postgres_options(const std::string& schema) {
  return {.connection = postgres_words("berth_service", schema),
          .owner_connection = postgres_words("berth_owner", schema),
          .max_connections = 8,
          .database_time = false};
}

void as_superuser(const std::string& schema, std::string_view sql) { run(schema, sql); }

std::string in_postgres_words(std::string_view sql) {
  std::string text =
      std::regex_replace(std::string(sql), std::regex("x'([0-9a-f]*)'"), "decode('$1', 'hex')");
  text = std::regex_replace(text, std::regex(R"(zeroblob\((\d+)\))"),
                            "decode(repeat('00', $1), 'hex')");
  return std::regex_replace(text, std::regex(R"(randomblob\(32\))"),
                            "sha256(convert_to(random()::text, 'UTF8'))");
}

std::string ask_superuser(const std::string& schema, std::string_view sql) {
  const Answer answer = run(schema, sql);
  return PQntuples(answer.get()) == 0 ? std::string() : PQgetvalue(answer.get(), 0, 0);
}

void command_postgres(std::string_view command) {
  std::ofstream control(std::getenv("BERTH_TEST_POSTGRES_CONTROL"));
  control << command << std::endl;
}

}  // namespace berth::testing
