#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/tools/berthctl/command_line.h"

using namespace berth;
using berth::berthctl::testing::Host;
using berth::berthctl::testing::Ran;

TEST_CASE("plugin list shows what serves each binding, and why one does not", "[berthctl]") {
  Host host;
  host.serve({{"GET /v1/plugins", R"({"profile": "development", "instances": [
    {"tenant": "host", "slot": "hsm", "id": "berth.hsm.softkeys", "version": "0.1.0",
     "sha256": "aa", "signedBy": null, "library": "/l/softkeys.so", "state": "serving",
     "calls": 12, "failures": 0, "inFlight": 1, "waiting": 0, "maxConcurrency": 64},
    {"tenant": "t", "slot": "storage", "id": "x.store", "version": "2", "sha256": "bb",
     "signedBy": "0123456789abcdef0123", "library": "/l/x.so", "state": "breaker open",
     "detail": "no\u001b[2J disk", "calls": 7, "failures": 7, "inFlight": 0, "waiting": 0,
     "maxConcurrency": 4}]})"}});
  const Ran ran = host.run("plugin list");
  CHECK(ran.exit_code == 0);
  for (const char* part : {"berth.hsm.softkeys", "serving", "breaker open", "0123456789ab ",
                           "/l/x.so", "t/storage: no"}) {
    INFO(part);
    CHECK(ran.output.find(part) != std::string::npos);
  }
  CHECK(ran.output.find('\x1b') == std::string::npos);
  CHECK(host.run("plugin list --json").output.find("\"maxConcurrency\": 64") != std::string::npos);
}

TEST_CASE("plugin swap sends absolute paths and says what a restart needs", "[berthctl]") {
  Host host;
  host.serve({{"POST /v1/plugins/swap", R"({"tenant": "t", "slot": "storage",
    "from": {"id": "x.store", "version": "1"}, "to": {"id": "x.store", "version": "2"},
    "inFlight": 3, "afterRestart": {"note": "…", "file": "/etc/t.json",
    "members": {"storage": {"library": "/l/x.so"}}}})"}});
  std::filesystem::create_directory(host.folder / "etc");
  std::ofstream(host.folder / "etc/c.json") << R"({"folder": "./o", "list": ["../p", "./q/../r"],
    "name": ".hidden"})";
  const Ran ran = host.run("plugin swap --tenant t --slot storage --library ./x.so --config " +
                           (host.folder / "etc/c.json").string());
  INFO(ran.output);
  CHECK(ran.exit_code == 0);
  CHECK(ran.output.starts_with(
      "t/storage: x.store 1 made way for x.store 2; 3 calls end in the old one\n"));
  CHECK(
      ran.output.find("into /etc/t.json:\n  \"storage\": {\n    \"library\": \"/l/x.so\"\n  }\n") !=
      std::string::npos);
  const auto asked = host.asked();
  REQUIRE(asked.size() == 1);
  const auto body = nlohmann::json::parse(asked.front().body);
  CHECK(body.at("library").get<std::string>().starts_with('/'));
  CHECK(body.at("config") ==
        nlohmann::json{{"folder", (host.folder / "etc/o").string()},
                       {"list", {(host.folder / "p").string(), (host.folder / "etc/r").string()}},
                       {"name", ".hidden"}});
}

TEST_CASE("a plugin swap that makes no sense is not sent", "[berthctl]") {
  Host host;
  host.serve(200, "{}");
  std::ofstream(host.folder / "c.json") << "[]";
  const std::string folder = host.folder.string();
  for (const auto& [arguments, code] :
       std::map<std::string, int>{{"plugin swap", 2},
                                  {"plugin swap --slot ''", 2},
                                  {"plugin swap --slot hsm --fips140-level 5", 2},
                                  {"plugin swap --slot hsm --config " + folder + "/none.json", 1},
                                  {"plugin swap --slot hsm --config " + folder + "/c.json", 1}}) {
    INFO(arguments);
    CHECK(host.run(arguments).exit_code == code);
  }
  CHECK(host.asked().empty());
}

TEST_CASE("plugin watch is for development", "[berthctl]") {
  Host host;
  host.serve({{"GET /v1/plugins", R"({"profile": "production", "instances": []})"}});
  const Ran refused = host.run("plugin watch " + host.folder.string());
  CHECK(refused.exit_code == 1);
  CHECK(refused.output.find("[plugin.watch_in_production]") != std::string::npos);
  CHECK(host.run("plugin watch /no/such/folder").output.find("[berthctl.file]") !=
        std::string::npos);
}
