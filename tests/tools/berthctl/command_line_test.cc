// The command as people run it, against a host that answers what the test says.

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "kernel/ingress/local_listener.h"

using namespace berth;

namespace {

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
          const std::lock_guard lock(mutex);
          asked.push_back(request);
          return ingress::HttpResponse{status, "application/json", body, {}};
        });
    REQUIRE(started.ok());
    listener = std::move(*started);
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
  std::mutex mutex;
  std::vector<ingress::HttpRequest> asked;
  std::unique_ptr<ingress::LocalListener> listener;
};

}  // namespace

TEST_CASE("without a host the socket is named and the exit code is 4", "[berthctl]") {
  const Host host;
  const Ran ran = host.run("status");
  CHECK(ran.exit_code == 4);
  CHECK(ran.output.find((host.folder / "s").string()) != std::string::npos);
  CHECK(ran.output.find("berthd") != std::string::npos);
  CHECK(ran.output.starts_with("berthctl: "));
}

TEST_CASE("wrong usage exits with 2", "[berthctl]") {
  const Host host;
  CHECK(host.run("").exit_code == 2);
  CHECK(host.run("fly").exit_code == 2);
  CHECK(host.run("order --tenant a").exit_code == 2);
  CHECK(host.run("events").exit_code == 2);
  CHECK(host.run("--help").exit_code == 0);
}

TEST_CASE("a usage error is one line that names the word not understood", "[berthctl]") {
  const Host host;
  CHECK(host.run("fly").output ==
        "berthctl: 'fly' is no command or option here; see berthctl --help [berthctl.usage]\n");
  CHECK(host.run("tenant list --fast").output.find("'--fast'") != std::string::npos);
  CHECK(host.run("fly --json").output.starts_with(R"({"error":{"code":"invalid_argument",)"));
  CHECK(host.run("events --tenant a --after 1.5").exit_code == 2);
  CHECK(host.run("events --tenant a --after 0x1").exit_code == 2);
  CHECK(host.run("--version").output.starts_with("berthctl "));
}

TEST_CASE("an empty confirmation code orders nothing", "[berthctl]") {
  Host host;
  host.serve(500, "{}");
  const std::string order = "order --tenant t --type gold ";
  for (const char* code : {"--confirmation-code ''", "--confirmation-code '  '",
                           "--confirmation-code -", "--confirmation-code '\t'"}) {
    INFO(code);
    const Ran ran = host.run(order + code);
    CHECK(ran.exit_code == 2);
    CHECK(ran.output.find("the confirmation code is empty; nothing was ordered") !=
          std::string::npos);
  }
  for (const char* word : {"--confirmation-code= --qr", "--confirmation-code --qr", "--id ''",
                           "--id= --qr", "--eid ''", "--matching-id ''", "--tenant ''"}) {
    INFO(word);
    CHECK(host.run(order + word).exit_code == 2);
  }
  CHECK(host.asked.empty());
}

TEST_CASE("audit verify with --json is one array of labelled verdicts", "[berthctl]") {
  Host host;
  host.serve(200, R"({"tenants":[{"id":"acme"}],"intact":true,"records":1,"purged":0})");
  const Ran ran = host.run("audit verify --json");
  CHECK(ran.exit_code == 0);
  const auto all = nlohmann::json::parse(ran.output);
  REQUIRE(all.size() == 2);
  CHECK(all[0].at("chain") == "host");
  CHECK(all[1].at("chain") == "tenant");
  CHECK(all[1].at("tenant") == "acme");
}

TEST_CASE("a folder is no file", "[berthctl]") {
  const Host host;
  const Ran ran = host.run("pki import --reference r /tmp");
  CHECK(ran.exit_code == 1);
  CHECK(ran.output == "berthctl: /tmp is a folder; name a file [berthctl.file]\n");
}

TEST_CASE("a refusal is one line and exits with 1", "[berthctl]") {
  Host host;
  host.serve(404, R"({"error":{"code":"not_found","reason":"api.unknown_tenant","message":"no"}})");
  const Ran ran = host.run("tenant show x");
  CHECK(ran.exit_code == 1);
  CHECK(ran.output == "berthctl: no [api.unknown_tenant]\n");
  CHECK(host.run("tenant show x --json").output ==
        R"({"error":{"code":"not_found","reason":"api.unknown_tenant","message":"no"}})"
        "\n");
}

TEST_CASE("an answer of another shape is said, not crashed on", "[berthctl]") {
  Host host;
  SECTION("no JSON") { host.serve(200, "<html>"); }
  SECTION("other JSON") { host.serve(200, "[1]"); }
  const Ran ran = host.run("tenant list");
  CHECK(ran.exit_code == 1);
  CHECK(ran.output.starts_with("berthctl: "));
}

TEST_CASE("what the door refuses in plain text is shown with its status", "[berthctl]") {
  Host host;
  SECTION("by the door itself") {
    host.serve(200, "{}", 10);
    const Ran ran = host.run("order --tenant t --type a-name-longer-than-that");
    CHECK(ran.exit_code == 1);
    CHECK(ran.output ==
          "berthctl: the host answered 413: ingress.body_too_large: The body is larger than this "
          "door accepts. [berthctl.bad_answer]\n");
  }
  SECTION("one line of it, fit for a terminal") {
    host.serve(400, "\x1b[31mno" + std::string(300, 'x') + "\nsecond");
    const Ran ran = host.run("status");
    CHECK(ran.exit_code == 1);
    CHECK(ran.output == "berthctl: the host answered 400: ?[31mno" + std::string(193, 'x') +
                            " [berthctl.bad_answer]\n");
  }
  SECTION("nothing") {
    host.serve(500, "");
    CHECK(host.run("status").output ==
          "berthctl: the host answered 500 without saying why [berthctl.bad_answer]\n");
  }
}

TEST_CASE("an order prints its activation code and sends what was typed", "[berthctl]") {
  Host host;
  host.serve(201, R"({"orderId":"o","iccid":"8944","matchingId":"M",
                      "activationCode":"1$rsp.example$M","expiresAt":"T"})");
  const Ran ran = host.run("order --tenant t --type gold --id me-1 --qr");
  CHECK(ran.exit_code == 0);
  CHECK(ran.output.find("LPA:1$rsp.example$M\n") != std::string::npos);
  CHECK(ran.output.find("\u2588\u2588\u2588\u2588") != std::string::npos);
  REQUIRE(host.asked.size() == 1);
  CHECK(host.asked[0].path == "/v1/tenants/t/orders");
  CHECK(host.asked[0].body == R"({"identifier":"me-1","profileType":"gold"})");
}

TEST_CASE("the key of a story is passed whole", "[berthctl]") {
  Host host;
  host.serve(200, R"({"tenant":"t","iccid":"i","state":"s","steps":[]})");
  CHECK(host.run("story --tenant t 'LPA:1$rsp.example$A B'").exit_code == 0);
  REQUIRE(host.asked.size() == 1);
  CHECK(host.asked[0].query == "key=LPA%3A1%24rsp.example%24A%20B");
}

TEST_CASE("a red doctor exits with 1", "[berthctl]") {
  Host host;
  host.serve(200, R"({"red":true,"findings":[{"name":"n","grade":"red","detail":"d",
                      "remedy":"r"}]})");
  const Ran ran = host.run("doctor");
  CHECK(ran.exit_code == 1);
  CHECK(ran.output == "red   n  d\n      r\n");
}
