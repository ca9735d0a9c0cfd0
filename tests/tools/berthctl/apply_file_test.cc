#include "tools/berthctl/apply_file.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

using namespace berth;
using namespace berth::berthctl;
using nlohmann::json;

namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "berthctl-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    std::ofstream(path / "a.der") << "a package";
    std::ofstream(path / "empty.der");
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

std::string problems(const std::string& text) {
  const Folder folder;
  const auto plan = read_apply_file(text, folder.path);
  std::string all;
  if (plan) return "none";
  for (const std::string& one : plan.error().problems) all += (all.empty() ? "" : " | ") + one;
  return all;
}

}  // namespace

TEST_CASE("a file's packages are read beside it and its states become presets", "[berthctl]") {
  const Folder folder;
  const auto plan = read_apply_file(R"({
    "profileTypes": [{"name": "gold", "anything": 1}],
    "packages": [{"file": "a.der", "profileType": "gold", "mccMnc": "00101"}],
    "orders": [
      {"id": "1", "package": "a.der"},
      {"id": "2", "profileType": "gold", "state": "released", "eid": "89"},
      {"id": "3", "profileType": "gold", "state": "notReleased"},
      {"id": "4", "iccid": "8944", "state": "expired", "matchingId": "M"},
      {"id": "5", "profileType": "gold", "state": "attemptsUsedUp"},
      {"id": "6", "profileType": "gold", "state": "codeAttemptsUsedUp",
       "confirmationCode": "1"}]})",
                                    folder.path);
  REQUIRE(plan.ok());
  CHECK(plan->profile_types.at(0).name == "gold");
  CHECK(json::parse(plan->packages.at(0).body) ==
        json{{"profileType", "gold"},
             {"mccMnc", "00101"},
             {"package", to_base64(as_bytes("a package"))}});
  REQUIRE(plan->orders.size() == 6);
  CHECK(plan->orders[0].package == "a.der");
  CHECK(json::parse(plan->orders[0].body) == json{{"identifier", "1"}});
  CHECK(json::parse(plan->orders[1].body) ==
        json{{"identifier", "2"}, {"profileType", "gold"}, {"eid", "89"}});
  CHECK(json::parse(plan->orders[2].body).at("release") == false);
  CHECK(json::parse(plan->orders[3].body).at("preset") == json{{"expired", true}});
  CHECK(json::parse(plan->orders[4].body).at("preset") == json{{"attemptsUsedUp", true}});
  CHECK(json::parse(plan->orders[5].body).at("preset") == json{{"codeAttemptsUsedUp", true}});
}

TEST_CASE("everything that is wrong in a file is told at once, each with its place", "[berthctl]") {
  CHECK(problems("{") == "$: is no JSON");
  CHECK(problems("[]") == "$: the file must hold a JSON object");
  CHECK(problems("{}") == "none");
  CHECK(problems(R"({"order": []})") == "$: has a member this program does not know");
  CHECK(problems(R"({"orders": {}})") == "orders: must be a list of at most 10000");
  CHECK(problems(R"({"orders": [1]})") == "orders[0]: must be an object");
  CHECK(problems(R"({"packages": [{"file": "none.der", "profileType": "g"},
                                  {"file": "empty.der", "profileType": "g"},
                                  {"file": "a.der"}]})") ==
        "packages[0].file: cannot be read, is empty or too large | "
        "packages[1].file: cannot be read, is empty or too large | "
        "packages[2].profileType: must be text");
  CHECK(problems(R"({"orders": [{"id": "1", "profileType": "g", "iccid": "8"},
                                {"id": "1", "profileType": "g"},
                                {"id": "2", "package": "a.der"},
                                {"id": 3, "profileType": "g", "eidd": "1"}]})") ==
        "orders[0]: names its profile by one of package, iccid and profileType | "
        "orders[1].id: is another order's, too | "
        "orders[2].package: is no file of packages | "
        "orders[3]: has a member this program does not know | "
        "orders[3].id: must be text");
}

TEST_CASE("no octets make the reader throw", "[berthctl]") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string good = R"({"orders":[{"id":"1","profileType":"g","state":"expired"}],)"
                           R"("packages":[{"file":"a.der"}]})";
  for (int i = 0; i < 3000; ++i) {
    std::string text = good;
    for (auto hits = 1 + random() % 5; hits > 0; --hits) {
      text[random() % text.size()] = static_cast<char>(random() % 128);
    }
    static_cast<void>(read_apply_file(text, "/nonexistent"));
  }
}
