#include "tools/berth-lpa/report.h"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

namespace berth::lpa {
namespace {

using nlohmann::ordered_json;

double milliseconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1000.0;
}

void print(std::ostream& out, const ordered_json& object) {
  out << object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) << "\n";
}

// Names come from a server; nothing of them may steer a terminal.
std::string safe(const std::string& text) {
  std::string clean = text;
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return clean;
}

ordered_json profile_json(const euicc::Profile& profile) {
  ordered_json object = {
      {"iccid", profile.iccid.text()},
      {"state", profile.state == euicc::ProfileState::kEnabled ? "enabled" : "disabled"},
      {"isdpAid", to_hex(profile.aid)}};
  if (const auto metadata = euicc::read_metadata(profile.metadata)) {
    object["serviceProviderName"] = metadata->service_provider_name;
    object["profileName"] = metadata->profile_name;
  }
  object["packageSha256"] = to_hex(profile.package_sha256);
  object["packageBytes"] = profile.package.size();
  return object;
}

ordered_json failure_json(const Failure& failure) {
  ordered_json object = {{"by", to_string(failure.kind)},
                         {"step", failure.step},
                         {"reason", failure.reason},
                         {"message", failure.message}};
  if (!failure.subject_code.empty()) {
    object["subjectCode"] = failure.subject_code;
    object["reasonCode"] = failure.reason_code;
  }
  return object;
}

std::string_view end_text(DownloadEnd end) {
  switch (end) {
    case DownloadEnd::kInstalled:
      return "installed";
    case DownloadEnd::kCancelled:
      return "cancelled";
    case DownloadEnd::kAbandoned:
      break;
  }
  return "abandoned";
}

ordered_json notification_json(const NotificationReport& report) {
  ordered_json object = {{"sequenceNumber", report.sequence_number},
                         {"address", report.address},
                         {"sent", !report.failure.has_value()}};
  if (report.failure) object["failure"] = failure_json(*report.failure);
  return object;
}

}  // namespace

void Report::step(const Step& step, bool ok) {
  std::ostream& target = json_ ? err_ : out_;
  std::string name = step.name;
  name.resize(std::max<std::size_t>(name.size() + 1, 28), '.');
  target << name << (ok ? " ok " : " FAILED ") << std::fixed << std::setprecision(1)
         << milliseconds(step.took) << " ms" << std::endl;
}

void Report::card_made(const euicc::CardState& state) {
  if (json_) {
    print(out_, {{"ok", true}, {"command", "init"}, {"eid", state.eid.text()}});
  } else {
    out_ << "card " << state.eid.text() << " made\n";
  }
}

void Report::profiles(const euicc::CardState& state) {
  if (json_) {
    ordered_json list = ordered_json::array();
    for (const auto& profile : state.profiles) list.push_back(profile_json(profile));
    print(out_, {{"ok", true},
                 {"command", "list"},
                 {"eid", state.eid.text()},
                 {"profiles", list},
                 {"pendingNotifications", state.notifications.size()}});
    return;
  }
  out_ << "card " << state.eid.text() << "\n";
  if (state.profiles.empty()) out_ << "  no profile\n";
  for (const auto& profile : state.profiles) {
    out_ << "  " << profile.iccid.text() << "  "
         << (profile.state == euicc::ProfileState::kEnabled ? "enabled " : "disabled");
    if (const auto metadata = euicc::read_metadata(profile.metadata)) {
      out_ << "  " << safe(metadata->service_provider_name) << " / "
           << safe(metadata->profile_name);
    }
    out_ << "\n";
  }
  if (!state.notifications.empty()) {
    out_ << "  " << state.notifications.size() << " notification(s) to send\n";
  }
}

void Report::profile_changed(const std::string& command, const euicc::CardState& state,
                             const Iccid& iccid) {
  if (json_) {
    print(out_, {{"ok", true},
                 {"command", command},
                 {"iccid", iccid.text()},
                 {"pendingNotifications", state.notifications.size()}});
  } else {
    out_ << command << " " << iccid.text() << ": done; " << state.notifications.size()
         << " notification(s) to send\n";
  }
}

void Report::downloaded(const DownloadReport& report) {
  if (json_) {
    ordered_json steps = ordered_json::array();
    for (const Step& step : report.steps) {
      steps.push_back({{"step", step.name}, {"ms", milliseconds(step.took)}});
    }
    ordered_json notifications = ordered_json::array();
    for (const auto& entry : report.notifications) {
      notifications.push_back(notification_json(entry));
    }
    print(out_, {{"ok", true},
                 {"command", "download"},
                 {"result", end_text(report.end)},
                 {"iccid", report.iccid.text()},
                 {"serviceProviderName", report.service_provider_name},
                 {"profileName", report.profile_name},
                 {"packageSha256", report.package_sha256},
                 {"steps", steps},
                 {"notifications", notifications}});
    return;
  }
  out_ << end_text(report.end) << " " << report.iccid.text() << " ("
       << safe(report.service_provider_name) << " / " << safe(report.profile_name) << ")\n";
  for (const auto& entry : report.notifications) {
    if (!entry.failure) continue;
    out_ << "notification " << entry.sequence_number
         << " stays on the card: " << entry.failure->message
         << "; send it later with 'notifications --send'\n";
  }
}

void Report::pending(const euicc::CardState& state) {
  if (json_) {
    ordered_json list = ordered_json::array();
    for (const auto& entry : state.notifications) {
      list.push_back({{"sequenceNumber", entry.sequence_number},
                      {"event", to_string(entry.event)},
                      {"address", entry.address},
                      {"iccid", entry.iccid ? entry.iccid->text() : std::string()}});
    }
    print(out_, {{"ok", true}, {"command", "notifications"}, {"pending", list}});
    return;
  }
  if (state.notifications.empty()) out_ << "no notification to send\n";
  for (const auto& entry : state.notifications) {
    out_ << entry.sequence_number << "  " << to_string(entry.event) << "  "
         << (entry.iccid ? entry.iccid->text() : std::string("-")) << "  " << safe(entry.address)
         << "\n";
  }
}

void Report::sent(const std::vector<NotificationReport>& reports) {
  bool all = true;
  ordered_json list = ordered_json::array();
  for (const auto& entry : reports) {
    all = all && !entry.failure;
    list.push_back(notification_json(entry));
    if (json_) continue;
    out_ << "notification " << entry.sequence_number << " to " << safe(entry.address) << ": "
         << (entry.failure ? "kept, " + entry.failure->message : std::string("taken")) << "\n";
  }
  if (json_) print(out_, {{"ok", all}, {"command", "notifications"}, {"notifications", list}});
  if (!json_ && reports.empty()) out_ << "no notification to send\n";
}

void Report::failed(const std::string& command, const Failure& failure) {
  if (json_) {
    print(out_, {{"ok", false}, {"command", command}, {"failure", failure_json(failure)}});
    return;
  }
  err_ << (exit_status(failure.kind) == kExitRefused ? "refused by " : "failed: ")
       << to_string(failure.kind);
  if (!failure.step.empty()) err_ << " at " << failure.step;
  if (failure.kind == FailureKind::kServer && !failure.subject_code.empty()) {
    err_ << ": " << failure.subject_code << "/" << failure.reason_code;
  } else {
    err_ << ": " << failure.reason;
  }
  err_ << ": " << failure.message << "\n";
}

}  // namespace berth::lpa
