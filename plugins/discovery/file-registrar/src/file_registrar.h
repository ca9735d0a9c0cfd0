// An SM-DS for those who read a folder: each registration is one JSON file.
//
// Thread-safe after start(). Several instances, of several processes too, may share a folder.

#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "berth/sdk/registrar.h"
#include "config.h"
#include "event_folder.h"

namespace file_registrar {

class FileRegistrar final : public berth::sdk::Registrar {
 public:
  FileRegistrar(berth::sdk::Host host, const berth::sdk::Config& config);

  void start(const berth::sdk::Op& op) override;
  berth::sdk::Health health(const berth::sdk::Op& op) override;
  berth::sdk::Registration register_event(const berth::sdk::Op& op,
                                          const berth::sdk::DsEvent& event) override;
  void delete_event(const berth::sdk::Op& op, std::string_view eid,
                    std::string_view event_id) override;

 private:
  EventFolder& folder() const;
  bool create(const std::string& name, const std::string& content);
  // What is known of the event in the file of this name; nothing when the file has gone.
  std::optional<berth::sdk::Registration> found(const std::string& name,
                                                const berth::sdk::DsEvent& event) const;

  berth::sdk::Host host_;
  Config config_;
  std::unique_ptr<EventFolder> folder_;
  std::atomic<bool> failing_{false};  // the last write failed
};

}  // namespace file_registrar
