// A registrar for whoever reads a folder: every event is a file of three lines.

#include <openssl/sha.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "berth/sdk/registrar.h"

namespace {

using namespace berth::sdk;
using nlohmann::json;
namespace fs = std::filesystem;

class EventFolder final : public Registrar {
 public:
  // [control] Validate the configuration here; open what you need in start().
  EventFolder(Host, const Config& config) {
    json document = json::parse(config.json(), nullptr, false);
    if (!document.is_object() || !document.value("folder", json()).is_string()) {
      throw Error(BERTH_INVALID_ARGUMENT, "event_folder.config", "folder is missing");
    }
    folder_ = document.at("folder").get<std::string>();
  }

  void start(const Op&) override {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed) throw io_error("making the folder", failed);
  }

  // [thread-safe] A real one asks its SM-DS, within op's deadline. What the SM-DS does not tell is
  // Registration::kDuplicate.
  Registration register_event(const Op& op, const DsEvent& event) override {
    op.throw_if_cancelled();
    std::string content = std::string(event.event_id) + "\n" + std::string(event.server_address) +
                          (event.forwarding ? "\nforwarded\n" : "\ndirect\n");
    fs::path file = file_of(event.eid, event.event_id);
    std::lock_guard lock(mutex_);
    if (fs::exists(file)) {
      if (read(file) == content) return Registration::kSame;
      throw Error(BERTH_ALREADY_EXISTS, "registrar.conflict",
                  "the event is registered for another server or forwarding");
    }
    // Under another name first, so that a reader never sees half of it.
    fs::path fresh = file.string() + ".new";
    std::ofstream(fresh, std::ios::binary) << content;
    std::error_code failed;
    if (read(fresh) == content) fs::rename(fresh, file, failed);
    if (failed || !fs::exists(file)) throw io_error("writing an event", failed);
    return Registration::kNew;
  }

  void delete_event(const Op&, std::string_view eid, std::string_view event_id) override {
    std::lock_guard lock(mutex_);
    std::error_code failed;
    fs::remove(file_of(eid, event_id), failed);
    if (failed) throw io_error("removing an event", failed);
  }

 private:
  static Error io_error(const std::string& doing, const std::error_code& why) {
    return Error(BERTH_UNAVAILABLE, "event_folder.io", doing + " failed: " + why.message());
  }
  static std::string read(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  }
  // An event id may hold any visible character; its digest is a file name.
  fs::path file_of(std::string_view eid, std::string_view event_id) const {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(event_id.data()), event_id.size(), digest);
    std::string name(eid);
    for (unsigned char octet : digest) name += "-" + std::to_string(octet);
    return folder_ / (name + ".event");
  }

  fs::path folder_;
  std::mutex mutex_;
};

}  // namespace

BERTH_REGISTRAR_PLUGIN(EventFolder, "example.event-folder", BERTH_PLUGIN_VERSION)
