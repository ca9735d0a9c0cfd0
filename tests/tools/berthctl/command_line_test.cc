// The command as people run it, against a host that answers what the test says.

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/tools/berthctl/command_line.h"

using namespace berth;
using berth::berthctl::testing::Host;
using berth::berthctl::testing::Ran;

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
  CHECK(host.asked().empty());
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
  REQUIRE(host.asked().size() == 1);
  CHECK(host.asked()[0].path == "/v1/tenants/t/orders");
  CHECK(host.asked()[0].body == R"({"identifier":"me-1","profileType":"gold"})");
}

TEST_CASE("the key of a story is passed whole", "[berthctl]") {
  Host host;
  host.serve(200, R"({"tenant":"t","iccid":"i","state":"s","steps":[]})");
  CHECK(host.run("story --tenant t 'LPA:1$rsp.example$A B'").exit_code == 0);
  REQUIRE(host.asked().size() == 1);
  CHECK(host.asked()[0].query == "key=LPA%3A1%24rsp.example%24A%20B");
}

TEST_CASE("a red doctor exits with 1", "[berthctl]") {
  Host host;
  host.serve(200, R"({"red":true,"findings":[{"name":"n","grade":"red","detail":"d",
                      "remedy":"r"}]})");
  const Ran ran = host.run("doctor");
  CHECK(ran.exit_code == 1);
  CHECK(ran.output == "red   n  d\n      r\n");
}

TEST_CASE("the steps of an order are asked under its key, once each", "[berthctl]") {
  Host host;
  host.serve(200, R"({"orderId":"o-1","iccid":"8944","state":"Available"})");
  CHECK(host.run("order cancel o/1 --tenant acme --id c1").output ==
        "order o-1, profile 8944 is Available\n");
  CHECK(host.run("order --tenant acme cancel o-1 --unavailable --id c2").exit_code == 0);
  CHECK(host.run("order release o-1 --tenant acme --id c3").exit_code == 0);
  CHECK(host.targets() == std::vector<std::string>{"POST /v1/tenants/acme/orders/o%2F1/cancel",
                                                   "POST /v1/tenants/acme/orders/o-1/cancel",
                                                   "POST /v1/tenants/acme/orders/o-1/release"});
  CHECK(nlohmann::json::parse(host.asked()[0].body) ==
        nlohmann::json{{"identifier", "c1"}, {"profile", "Available"}});
  CHECK(nlohmann::json::parse(host.asked()[1].body).at("profile") == "Unavailable");
}

TEST_CASE("what a step cannot use is refused, not dropped", "[berthctl]") {
  Host host;
  host.serve(200, "{}");
  for (const char* arguments :
       {"order cancel o-1", "order cancel --tenant acme", "order cancel o-1 --tenant acme --eid 89",
        "order --tenant acme --type gold release o-1", "order release o-1 --tenant acme --qr",
        "order apply --tenant acme", "order reorder o-1 --tenant acme --type gold",
        "profile-type list", "profile-type", "report list --tenant acme --state lost"}) {
    CAPTURE(arguments);
    CHECK(host.run(arguments).exit_code == 2);
  }
  CHECK(host.asked().empty());
}

TEST_CASE("an order again says its code, and an order's terms are sent", "[berthctl]") {
  Host host;
  host.serve(201, R"({"orderId":"o-2","iccid":"8944","matchingId":"X","activationCode":"1$A.B$X",)"
                  R"("expiresAt":"2027-01-15T08:00:00Z","state":"Released"})");
  const Ran again = host.run("order reorder o-1 --tenant acme --keep-confirmation-code --eid 8904");
  CHECK(again.output.find("LPA:1$A.B$X\n") != std::string::npos);
  const auto body = nlohmann::json::parse(host.asked()[0].body);
  CHECK(body.at("keepConfirmationCode") == true);
  CHECK(body.at("eid") == "8904");
  CHECK(host.run("order --tenant acme --type gold --eid 8904 --default-use --not-released "
                 "--expires 2027-01-15T08:00:00Z --id x")
            .exit_code == 0);
  CHECK(nlohmann::json::parse(host.asked()[1].body) ==
        nlohmann::json{{"identifier", "x"},
                       {"profileType", "gold"},
                       {"eid", "8904"},
                       {"defaultUse", true},
                       {"release", false},
                       {"expiresAt", "2027-01-15T08:00:00Z"}});
}

TEST_CASE("profile types and reports are listed, shown and changed", "[berthctl]") {
  Host host;
  const std::string types = "/v1/tenants/acme/profile-types";
  const std::string reports = "/v1/tenants/acme/reports";
  host.serve({{"PUT " + types + "/gold", R"({"name":"gold","changed":true})"},
              {"GET " + types + "?max=1000", R"({"profileTypes":[{"name":"gold"}],"next":"gold"})"},
              {"GET " + types + "/gold", R"({"name":"gold","reuse":"never"})"},
              {"GET " + reports + "?max=1000&state=dead",
               R"({"reports":[{"reportId":"r-1","point":4,"problem":"timeout"}]})"},
              {"POST " + reports + "/r-1/retry", R"({"reportId":"r-1","state":"pending"})"}});
  std::ofstream(host.folder / "type.json") << R"({"name":"gold"})";
  CHECK(host.run("profile-type define " + (host.folder / "type.json").string() + " --tenant acme")
            .output == "profile type gold is defined\n");
  CHECK(host.run("profile-type list --tenant acme").output.find("gold") != std::string::npos);
  CHECK(host.run("profile-type show gold --tenant acme").output.find("never") != std::string::npos);
  CHECK(host.run("report list --tenant acme").output.find("timeout") != std::string::npos);
  CHECK(host.run("report retry r-1 --tenant acme").output == "it is due again\n");
  std::ofstream(host.folder / "bad.json") << "[]";
  CHECK(host.run("profile-type define " + (host.folder / "bad.json").string() + " --tenant acme")
            .exit_code == 1);
}

TEST_CASE("a file is applied as far as it is missing, and the second time changes nothing",
          "[berthctl]") {
  const std::string at = "/v1/tenants/acme/";
  const std::string order =
      R"({"orderId":"o","iccid":"8944","activationCode":"1$A.B$X","state":"Released"})";
  const auto write_file = [](const Host& host) {
    std::ofstream(host.folder / "a.der") << "package";
    std::ofstream(host.folder / "plan.json")
        << R"({"profileTypes":[{"name":"gold"}],)"
           R"("packages":[{"file":"a.der","profileType":"gold"}],)"
           R"("orders":[{"id":"late","package":"a.der","state":"expired","matchingId":"M"}]})";
    return "order apply " + (host.folder / "plan.json").string() + " --tenant acme";
  };
  {
    Host fresh;
    fresh.serve({{"PUT " + at + "profile-types/gold", R"({"name":"gold","changed":true})"},
                 {"POST " + at + "profiles?dryRun=true", R"({"iccid":"8944","exists":false})"},
                 {"POST " + at + "profiles", R"({"iccid":"8944"})"},
                 {"POST " + at + "orders", order}});
    const Ran first = fresh.run(write_file(fresh));
    CHECK(first.exit_code == 0);
    CHECK(first.output.find("LPA:1$A.B$X") != std::string::npos);
    CHECK(first.output.find("nothing changed") == std::string::npos);
    CHECK(nlohmann::json::parse(fresh.asked().back().body) ==
          nlohmann::json{{"identifier", "late"},
                         {"iccid", "8944"},
                         {"matchingId", "M"},
                         {"preset", {{"expired", true}}}});
  }
  Host done;
  done.serve({{"PUT " + at + "profile-types/gold", R"({"name":"gold","changed":false})"},
              {"POST " + at + "profiles?dryRun=true", R"({"iccid":"8944","exists":true})"},
              {"GET " + at + "orders?identifier=late", order},
              {"POST " + at + "orders", order}});
  const Ran second = done.run(write_file(done));
  CHECK(second.exit_code == 0);
  CHECK(second.output.find("nothing changed") != std::string::npos);
  CHECK(second.output.find("LPA:1$A.B$X") != std::string::npos);
}

TEST_CASE("a dry run of a file changes nothing and says what it would do", "[berthctl]") {
  Host host;
  const std::string at = "/v1/tenants/acme/";
  host.serve(
      {{"PUT " + at + "profile-types/gold?dryRun=true", R"({"name":"gold","changed":true})"}});
  std::ofstream(host.folder / "plan.json")
      << R"({"profileTypes":[{"name":"gold"}],"orders":[{"id":"one","profileType":"gold"}]})";
  const Ran ran =
      host.run("order apply --dry-run " + (host.folder / "plan.json").string() + " --tenant acme");
  CHECK(ran.exit_code == 0);
  CHECK(ran.output.find("would be defined") != std::string::npos);
  CHECK(ran.output.find("would be placed") != std::string::npos);
  CHECK(host.targets() == std::vector<std::string>{"PUT " + at + "profile-types/gold?dryRun=true",
                                                   "GET " + at + "orders?identifier=one"});
}

TEST_CASE("what is wrong in a file is told with its place, and then nothing is asked",
          "[berthctl]") {
  Host host;
  host.serve(200, "{}");
  std::ofstream(host.folder / "plan.json")
      << R"({"orders":[{"id":"a","profileType":"gold","state":"lost"},{"profileType":"gold"}]})";
  const Ran ran =
      host.run("order apply " + (host.folder / "plan.json").string() + " --tenant acme");
  CHECK(ran.exit_code == 1);
  CHECK(ran.output.find("orders[0].state: is none of") != std::string::npos);
  CHECK(ran.output.find("orders[1].id: must be text") != std::string::npos);
  CHECK(host.asked().empty());
}

TEST_CASE("a template becomes one profile for each subscriber, and a refusal names its place",
          "[berthctl]") {
  Host host;
  const auto write = [&host](const std::string& values) {
    const std::filesystem::path file = host.folder / "values.json";
    std::ofstream(file) << values;
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    std::ofstream(host.folder / "t.der") << "template";
    return "profile import --tenant acme --type gold --personalise " + file.string() + " " +
           (host.folder / "t.der").string();
  };
  const std::string answer = R"({"iccid":"8931","saipVersion":"2.3","elements":[]})";
  SECTION("all") {
    host.serve(201, answer);
    const Ran ran = host.run(write(R"([{"iccid":"1","k":"00"},{"iccid":"2"}])"));
    CHECK(ran.exit_code == 0);
    const std::string line = "imported 8931 (SAIP 2.3, 0 elements)\n";
    CHECK(ran.output == line + line);
    REQUIRE(host.asked().size() == 2);
    const auto first = nlohmann::json::parse(host.asked()[0].body);
    CHECK(first.at("package") == "dGVtcGxhdGU=");
    CHECK(first.at("personalisation") == nlohmann::json::parse(R"({"iccid":"1","k":"00"})"));
    const auto second = nlohmann::json::parse(host.asked()[1].body);
    CHECK(second.at("personalisation").at("iccid") == "2");
    const Ran json = host.run(write(R"({"iccid":"1"})") + " --json");
    CHECK(nlohmann::json::parse(json.output).size() == 1);
  }
  SECTION("refused") {
    host.serve(400, R"({"error":{"code":"invalid_argument","reason":"r","message":"no"}})");
    const Ran ran = host.run(write(R"([{},{}])"));
    CHECK(ran.exit_code == 1);
    CHECK(ran.output == "berthctl: subscriber 1: no [r]\nberthctl: subscriber 2: no [r]\n");
  }
  SECTION("open to others") {
    host.serve(201, answer);
    const std::string arguments = write("{}");
    std::filesystem::permissions(host.folder / "values.json", std::filesystem::perms(0644));
    CHECK(host.run(arguments).exit_code == 1);
    CHECK(host.asked().empty());
  }
}
