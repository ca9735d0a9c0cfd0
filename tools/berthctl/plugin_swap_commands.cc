#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/plugin_watch.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxConfig = 256 * 1024;
constexpr std::chrono::milliseconds kLook{300};
constexpr std::size_t kShownDigits = 12;

std::string text_of(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "-";
  return found->is_string() ? printable(found->get_ref<const std::string&>()) : found->dump();
}

void list(Context& context) {
  const auto answer = context.client().get("/v1/plugins");
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows = {{"TENANT", "SLOT", "PLUGIN", "VERSION", "STATE",
                                                 "CALLS", "FAILED", "NOW", "SIGNED BY", "LIBRARY"}};
  std::string details;
  for (const ordered_json& one : answer->at("instances")) {
    rows.push_back({text_of(one, "tenant"), text_of(one, "slot"), text_of(one, "id"),
                    text_of(one, "version"), text_of(one, "state"), text_of(one, "calls"),
                    text_of(one, "failures"), text_of(one, "inFlight"),
                    text_of(one, "signedBy").substr(0, kShownDigits), text_of(one, "library")});
    if (one.contains("detail") && text_of(one, "state") != "serving") {
      details += text_of(one, "tenant") + "/" + text_of(one, "slot") + ": " +
                 text_of(one, "detail") + "\n";
    }
  }
  std::cout << table(rows) << details;
}

// As a host file's: strings that begin with "./" or "../" are paths from the file's folder.
void make_absolute(json& value, const fs::path& folder) {
  if (value.is_structured()) {
    for (json& child : value) make_absolute(child, folder);
  } else if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (text.starts_with("./") || text.starts_with("../")) {
      text = (folder / text).lexically_normal().string();
    }
  }
}

Result<json> read_config(const std::string& file) {
  BERTH_TRY(octets, read_file(file, kMaxConfig));
  json config = json::parse(as_text(octets), nullptr, false);
  if (!config.is_object()) {
    return Error(ErrorCode::kInvalidArgument, "berthctl.file",
                 file +
                     " holds no JSON object; it is the plugin's own configuration, as under "
                     "'config' in the host file");
  }
  make_absolute(config, fs::absolute(file).parent_path());
  return config;
}

std::string swapped_text(const ordered_json& answer) {
  const auto named = [&](const char* which) {
    return text_of(answer.at(which), "id") + " " + text_of(answer.at(which), "version");
  };
  return text_of(answer, "tenant") + "/" + text_of(answer, "slot") + ": " + named("from") +
         " made way for " + named("to") + "; " + text_of(answer, "inFlight") +
         " calls end in the old one\n";
}

std::string restart_text(const ordered_json& answer) {
  const ordered_json& after = answer.at("afterRestart");
  std::string members = after.at("members").dump(2);
  // Without the braces around: they are members of an object that is there.
  members = members.substr(2, members.size() - 4);
  return "after a restart the host runs what its configuration says; for it to stay so put this "
         "into " +
         text_of(after, "file") + ":\n" + members + "\n";
}

struct Swap {
  std::string tenant, slot, library, config;
  std::uint32_t fips140_level = 0;
};

void swap(Context& context, const Swap& wanted) {
  json body{{"slot", wanted.slot}};
  if (!wanted.tenant.empty()) body["tenant"] = wanted.tenant;
  if (!wanted.library.empty()) body["library"] = fs::absolute(wanted.library).string();
  if (!wanted.config.empty()) {
    auto config = read_config(wanted.config);
    if (!config) return context.fail(config.error());
    body["config"] = *std::move(config);
  }
  if (wanted.fips140_level != 0) body["fips140Level"] = wanted.fips140_level;
  const auto answer = context.client().post("/v1/plugins/swap", body);
  if (!answer) return context.fail(answer.error());
  std::cout << (context.json ? answer->dump(2) + "\n"
                             : swapped_text(*answer) + restart_text(*answer));
}

// Into every binding that runs another build of this plugin. What is refused is told; the watch
// goes on.
void swap_in(Context& context, const BuiltPlugin& built) {
  const auto listed = context.client().get("/v1/plugins");
  if (!listed) {
    std::cerr << error_line(listed.error()) << '\n';
    return;
  }
  for (const ordered_json& one : listed->at("instances")) {
    const std::string state = text_of(one, "state");
    const bool serves = state != "draining" && state != "stuck";
    const bool same = text_of(one, "sha256") == built.sha256;
    if (text_of(one, "id") != built.id || !serves || same) continue;
    const auto answer =
        context.client().post("/v1/plugins/swap", {{"tenant", one.at("tenant")},
                                                   {"slot", one.at("slot")},
                                                   {"library", built.library.string()},
                                                   {"watched", true}});
    if (answer) {
      std::cout << swapped_text(*answer) << std::flush;
    } else {
      std::cerr << error_line(answer.error()) << '\n';
    }
  }
}

void watch(Context& context, const std::string& folder) {
  auto watch = PluginWatch::begin(folder);
  if (!watch) return context.fail(watch.error());
  const auto listed = context.client().get("/v1/plugins");
  if (!listed) return context.fail(listed.error());
  if (listed->at("profile") == "production") {
    return context.fail({ErrorCode::kPermissionDenied, "plugin.watch_in_production",
                         "a production host does not take plugins in as they are built; swap the "
                         "one you have checked with berthctl plugin swap"});
  }
  std::cout << "watching " << printable(folder) << "; end with Ctrl-C" << std::endl;
  for (;;) {
    std::this_thread::sleep_for(kLook);
    for (const BuiltPlugin& built : watch->changed()) swap_in(context, built);
  }
}

}  // namespace

void add_plugin_swap_commands(CLI::App& plugin, Context& context) {
  plugin.add_subcommand("list", "What serves each binding, and how it is")->callback([&context] {
    list(context);
  });

  CLI::App* swapping = plugin.add_subcommand("swap", "Put another plugin or configuration to work");
  const auto wanted = std::make_shared<Swap>();
  swapping->add_option("--slot", wanted->slot, "hsm, hsmNext, storage, registrar, rating, bss")
      ->required()
      ->check(not_blank());
  swapping->add_option("--tenant", wanted->tenant, "Whose; left out: the host's own binding")
      ->check(not_blank());
  swapping->add_option("--library", wanted->library, "x.so; left out: the same file")
      ->check(not_blank());
  swapping->add_option("--config", wanted->config, "JSON file; left out: as it is")
      ->check(not_blank());
  swapping
      ->add_option("--fips140-level", wanted->fips140_level,
                   "Of an HSM in production: the level you declare it certified for")
      ->check(CLI::Range(1, 4));
  swapping->callback([&context, wanted] { swap(context, *wanted); });

  CLI::App* watching =
      plugin.add_subcommand("watch", "For development: swap in what is built into a folder");
  const auto folder = std::make_shared<std::string>();
  watching->add_option("DIR", *folder, "Where plugins are built")->required();
  watching->callback([&context, folder] { watch(context, *folder); });
}

}  // namespace berth::berthctl
