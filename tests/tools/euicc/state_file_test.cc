#include "tools/euicc/state_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "tests/tools/euicc/fake_smdp.h"
#include "tools/euicc/state_json.h"

namespace berth::euicc {
namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/berth-card-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TEST_CASE("a card survives a restart in the middle of everything", "[euicc][R44]") {
  Folder folder;
  Bench bench;
  Bytes one_time_key;
  {
    auto file = StateFile::open(folder.path / "card.json");
    REQUIRE((*file)->save(bench.initial).ok());
    bench.card = std::move(*Card::open(bench.initial, **file, bench.random, bench.clock));
    bench.prepare();  // the power goes here
    one_time_key = bench.smdp.prepared->euicc_otpk;
    bench.card.reset();
  }
  auto file = StateFile::open(folder.path / "card.json");
  auto state = (*file)->load();
  REQUIRE(state.ok());
  bench.card = std::move(*Card::open(*state, **file, bench.random, bench.clock));
  bench.smdp.bpp_euicc_otpk = one_time_key;
  REQUIRE_FALSE(bench.download().failure.has_value());
  CHECK(bench.smdp.prepared->euicc_otpk == one_time_key);
  REQUIRE(bench.card->enable_profile(bench.iccid).ok());

  const auto again = (*file)->load();
  REQUIRE(again.ok());
  REQUIRE(again->profiles.size() == 1);
  CHECK(again->profiles[0].package == bench.smdp.package);
  CHECK(again->profiles[0].state == ProfileState::kEnabled);
  CHECK(again->notifications.size() == 2);
  CHECK(again->next_sequence_number == 3);
  CHECK(again->retry_keys.empty());
  CHECK(to_json(*again) == to_json(bench.card->state()));
}

TEST_CASE("the file is the owner's alone and replaced in one piece", "[euicc]") {
  Folder folder;
  Bench bench;
  const auto path = folder.path / "card.json";
  auto file = StateFile::open(path);
  REQUIRE((*file)->save(bench.initial).ok());
  REQUIRE((*file)->save(bench.initial).ok());
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK_FALSE(std::filesystem::exists(folder.path / "card.json.new"));
}

TEST_CASE("options are kept, and those an older file lacks have their defaults", "[euicc]") {
  Bench bench;
  bench.initial.options.forbidden_policy_rules = 4;
  std::string text = to_json(bench.initial);
  CHECK(state_from_json(text)->options.forbidden_policy_rules == 4);
  const std::size_t at = text.find("\"forbiddenPolicyRules\": 4,");
  REQUIRE(at != std::string::npos);
  text.erase(at, std::string_view("\"forbiddenPolicyRules\": 4,").size());
  const auto older = state_from_json(text);
  REQUIRE(older.ok());
  CHECK(older->options.forbidden_policy_rules == 0);
}

TEST_CASE("two commands cannot hold one card", "[euicc]") {
  Folder folder;
  const auto first = StateFile::open(folder.path / "card.json");
  REQUIRE(first.ok());
  CHECK(StateFile::open(folder.path / "card.json").error().reason() == "card.file_locked");
}

TEST_CASE("missing, damaged and newer files are told apart", "[euicc]") {
  Folder folder;
  const auto path = folder.path / "card.json";
  auto file = StateFile::open(path);
  CHECK((*file)->load().error().reason() == "card.file_missing");
  CHECK(StateFile::open(folder.path / "none" / "card.json").error().reason() ==
        "card.file_unusable");
  Bench bench;
  std::string good = to_json(bench.initial);
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("{\"format\":2}"),
        std::string(good).replace(good.find("P-256"), 5, "P-257"),
        std::string(good).replace(good.find("\"eid\""), 5, "\"eie\"")}) {
    std::ofstream(path, std::ios::trunc) << text;
    const auto state = (*file)->load();
    REQUIRE_FALSE(state.ok());
    CHECK(state.error().reason() == "card.file_invalid");
  }
}

TEST_CASE("no message about a damaged file quotes a key", "[euicc]") {
  Bench bench;
  const std::string good = to_json(bench.initial);
  const std::string key = to_hex(bench.initial.credentials[0].key.scalar().view());
  REQUIRE(good.find(key) != std::string::npos);
  std::string wrong_length = good;
  wrong_length.replace(wrong_length.find(key), 2, "");
  std::string wrong_type = good;
  wrong_type.replace(wrong_type.find("\"" + key + "\""), key.size() + 2, "17");
  for (const std::string& text : {wrong_length, wrong_type, good.substr(0, good.find(key) + 40)}) {
    const auto state = state_from_json(text);
    REQUIRE_FALSE(state.ok());
    CHECK(state.error().message().find(key.substr(4, 12)) == std::string::npos);
  }
}

}  // namespace
}  // namespace berth::euicc
