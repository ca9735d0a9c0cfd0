// The command line of berth-lpa as a value.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/berth-lpa/https_transport.h"
#include "tools/berth-lpa/lpa.h"

namespace berth::lpa {

enum class Command { kInit = 1, kDownload, kList, kEnable, kDisable, kDelete, kNotifications };

struct Arguments {
  Command command = Command::kList;
  std::filesystem::path card;
  bool json = false;

  // init
  std::string eid;
  std::vector<std::string> certificates;  // paths, as the next three
  std::vector<std::string> keys;
  std::vector<std::string> eums;
  std::vector<std::string> cis;
  bool ignore_dates = false;

  // download
  std::string activation_code;
  DownloadOptions download;

  // download, notifications
  std::optional<HttpsOptions::Address> connect;
  std::vector<std::string> tls_cas;  // paths
  Binding binding = Binding::kJson;
  bool send = false;

  // enable, disable, delete
  std::string iccid;
};

// What is to be printed instead of running: help (status 0) or a usage error (status 2).
struct UsageText {
  std::string text;
  int status = 2;
};

std::variant<Arguments, UsageText> parse_arguments(const std::vector<std::string>& words);

}  // namespace berth::lpa
