#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/plugins/discovery/file_registrar/file_registrar_fixture.h"

namespace {

using namespace berth::discovery_kit;
using berth::file_registrar_test::FolderPlace;
namespace fs = std::filesystem;

std::vector<fs::path> files(const FolderPlace& place) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(place.events())) all.push_back(entry.path());
  return all;
}

std::string refusal_of(const std::string& config) {
  Instance instance(berth::kit::load_plugin(FILE_REGISTRAR_SO), config);
  CHECK(instance.created().status == BERTH_INVALID_ARGUMENT);
  CHECK(instance.created().reason == "file_registrar.config");
  return instance.created().message;
}

}  // namespace

TEST_CASE("a registration is one file that says what was registered", "[plugins]") {
  FolderPlace place;
  Registrar registrar(place);
  Event event;
  event.forwarding = true;
  CHECK(registrar.add(event) == BERTH_REGISTRATION_NEW);
  CHECK(registrar.add(event) == BERTH_REGISTRATION_SAME);
  REQUIRE(files(place).size() == 1);
  fs::path file = files(place).front();
  CHECK(file.filename().string().starts_with(std::string(kEid) + "-"));
  CHECK(file.extension() == ".json");
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  std::ifstream input(file);
  auto content = nlohmann::json::parse(input);
  content.erase("registeredUnixMs");
  CHECK(content == nlohmann::json{{"eid", kEid},
                                  {"eventId", "EVENT-1"},
                                  {"serverAddress", "rsp.alpha.example"},
                                  {"forwarding", true}});
  CHECK(registrar.remove(event).ok());
  CHECK(files(place).empty());
}

TEST_CASE("a file that was written by somebody else is not believed", "[plugins]") {
  FolderPlace place;
  Registrar registrar(place);
  CHECK(registrar.add(Event{}) == BERTH_REGISTRATION_NEW);
  std::ofstream(files(place).front()) << "{}";
  std::uint32_t found = 0;
  CHECK(registrar.add(Event{}, found).reason == "file_registrar.damaged");
  CHECK(registrar.remove(Event{}).ok());
  CHECK(registrar.add(Event{}) == BERTH_REGISTRATION_NEW);
}

TEST_CASE("what a dead writer left behind goes after a day", "[plugins]") {
  FolderPlace place;
  { Registrar made(place); }
  std::string fresh = place.events() + "/a.1-2-3.new";
  std::string old = place.events() + "/b.1-2-3.new";
  std::ofstream(fresh) << "x";
  std::ofstream(old) << "x";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(25));
  Registrar registrar(place);
  CHECK(fs::exists(fresh));
  CHECK_FALSE(fs::exists(old));
}

TEST_CASE("a folder that others may write to is refused at the start", "[plugins]") {
  FolderPlace place;
  fs::create_directory(place.events());
  REQUIRE(::chmod(place.events().c_str(), 0770) == 0);
  Instance instance(berth::kit::load_plugin(FILE_REGISTRAR_SO), place.config());
  REQUIRE(instance.created().ok());
  CHECK(instance.start().reason == "file_registrar.folder_mode");
}

TEST_CASE("a folder that has gone is told as it is, and health says so", "[plugins]") {
  FolderPlace place;
  Instance instance(berth::kit::load_plugin(FILE_REGISTRAR_SO), place.config());
  REQUIRE(instance.created().ok());
  const auto* table = instance.table<berth_registrar>(BERTH_REGISTRAR_V1);
  const auto* health = instance.table<berth_health>(BERTH_HEALTH_V1);
  Event event;
  berth_ds_event raw{};
  raw.struct_size = sizeof raw;
  raw.eid = str(event.eid);
  raw.event_id = str(event.event_id);
  raw.server_address = str(event.server_address);
  berth_registration out{};
  out.struct_size = sizeof out;
  auto add = [&] {
    return run([&](const berth_op* op) {
             return table->register_event(instance.handle(), op, &raw, &out);
           })
        .reason;
  };
  auto state = [&] {
    std::uint32_t told = 0;
    CHECK(run([&](const berth_op* op) {
            return health->check(instance.handle(), op, &told, nullptr);
          }).ok());
    return told;
  };
  CHECK(add() == "file_registrar.not_started");
  REQUIRE(instance.start().ok());
  fs::remove_all(place.events());
  CHECK(add() == "file_registrar.io");
  CHECK(state() == BERTH_HEALTH_DEGRADED);
}

TEST_CASE("a configuration that is wrong is refused with the key at fault", "[plugins]") {
  CHECK(refusal_of("[]").find("object") != std::string::npos);
  CHECK(refusal_of("{}").find("/folder") != std::string::npos);
  CHECK(refusal_of(R"({"folder":7})").find("/folder") != std::string::npos);
  CHECK(refusal_of(R"({"folder":"relative"})").find("absolute") != std::string::npos);
  CHECK(refusal_of(R"({"folder":"/x","answer":"content"})").find("/answer ") != std::string::npos);
  CHECK(refusal_of(R"({"folder":"/x","answers":"all"})").find("/answers") != std::string::npos);
}
