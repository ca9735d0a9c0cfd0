#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxDocument = 16 * 1024 * 1024;
constexpr std::size_t kShownDifferences = 40;  // to people; --json has all the host tells

struct Words {
  std::string file;
  std::string reason;
  std::string out;
  std::string from;
  std::string to;
  std::string version;
  bool dry_run = false;
  std::vector<std::pair<std::string, std::string>> facts{
      {"realm", ""}, {"eid", ""},  {"mccMnc", ""}, {"gid1", ""},
      {"gid2", ""},  {"imsi", ""}, {"iccid", ""}};
};

std::string text_of(const ordered_json& object, const char* member) {
  return printable(object.at(member).get<std::string>());
}

void show_differences(const ordered_json& answer) {
  std::size_t shown = 0;
  for (const ordered_json& one : answer.at("differences")) {
    if (shown++ == kShownDifferences) break;
    std::cout << (one.at("change") == "added" ? "  + " : "  - ") << text_of(one, "tenant") << ": "
              << text_of(one, "what") << '\n';
  }
  const auto total = answer.at("total").get<std::size_t>();
  if (total > kShownDifferences) {
    std::cout << "  and " << total - kShownDifferences << " more\n";
  }
  if (total == 0) std::cout << "  no difference\n";
}

std::string joined(const ordered_json& words) {
  std::string text;
  for (const ordered_json& word : words) {
    text += (text.empty() ? "" : ", ") + printable(word.get<std::string>());
  }
  return text;
}

// What a change was answered: done, tried, or waiting for somebody else.
void show_change(Context& context, const Result<ordered_json>& answer) {
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  if (answer->contains("differences")) show_differences(*answer);
  if (!answer->contains("state")) {
    std::cout << "nothing was changed; this is what it would do to version " << answer->at("base")
              << '\n';
    return;
  }
  const std::string state = text_of(*answer, "state");
  if (state == "pending") {
    std::cout << "waits for another person: berthctl approval show " << text_of(*answer, "id")
              << '\n';
    return;
  }
  std::cout << state << ": " << (answer->contains("outcome") ? text_of(*answer, "outcome") : "")
            << '\n';
  if (state == "failed") context.exit_code = kExitRefused;
}

void apply(Context& context, const Words& words) {
  const auto document = read_file(words.file, kMaxDocument);
  if (!document) return context.fail(document.error());
  nlohmann::json body{{"document", as_text(*document)}, {"dryRun", words.dry_run}};
  if (!words.reason.empty()) body["reason"] = words.reason;
  show_change(context, context.client().post("/v1/routes/apply", body));
}

void roll_back(Context& context, const Words& words) {
  const auto number = whole_number(words.version);
  if (!number) {
    return context.fail({ErrorCode::kInvalidArgument, "berthctl.usage",
                         "a version is a number; berthctl route history lists them"});
  }
  nlohmann::json body{{"version", *number}, {"dryRun", words.dry_run}};
  if (!words.reason.empty()) body["reason"] = words.reason;
  show_change(context, context.client().post("/v1/routes/rollback", body));
}

void write_out(Context& context, const std::string& text, const std::string& file) {
  if (file.empty()) {
    std::cout << text;
    return;
  }
  std::ofstream output(file, std::ios::binary | std::ios::trunc);
  output << text;
  output.close();
  if (!output) {
    return context.fail({ErrorCode::kUnavailable, "berthctl.file", file + ": cannot be written"});
  }
  std::cout << file << '\n';
}

void show(Context& context, const Words& words) {
  if (words.out.empty()) {
    auto routes = context.client().get("/v1/routes");
    if (!routes) return context.fail(routes.error());
    if (context.json) {
      std::cout << routes->dump(2) << '\n';
      return;
    }
    for (const char* signed_part : {"statement", "signature", "key"}) routes->erase(signed_part);
    (*routes)["approvedBy"] = joined(routes->at("approvedBy"));
    std::cout << properties(*routes);
    return;
  }
  const std::string version =
      words.version.empty() ? "" : "?version=" + percent_encode(words.version);
  const auto document = context.client().get("/v1/routes/document" + version);
  if (!document) return context.fail(document.error());
  write_out(context, document->at("document").get<std::string>(), words.out);
}

void list_history(Context& context) {
  const auto history = context.client().get("/v1/routes/history");
  if (!history) return context.fail(history.error());
  if (context.json) {
    std::cout << history->dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows{{"VERSION", "AT", "APPROVED BY", "REASON"}};
  for (const ordered_json& one : history->at("versions")) {
    std::string reason = text_of(one, "reason");
    if (one.contains("rollbackOf")) {
      reason = "back to " + one.at("rollbackOf").dump() + (reason.empty() ? "" : ": " + reason);
    }
    rows.push_back({one.at("version").dump(), text_of(one, "at"), joined(one.at("approvedBy")),
                    std::move(reason)});
  }
  std::cout << table(rows);
}

void show_diff(Context& context, const Words& words) {
  std::string query;
  if (!words.from.empty()) query += "from=" + percent_encode(words.from);
  if (!words.to.empty()) query += (query.empty() ? "to=" : "&to=") + percent_encode(words.to);
  const auto answer = context.client().get("/v1/routes/diff" + (query.empty() ? "" : "?" + query));
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::cout << "from version " << answer->at("from") << " to " << answer->at("to") << '\n';
  show_differences(*answer);
}

void explain(Context& context, const Words& words) {
  std::string query;
  for (const auto& [name, value] : words.facts) {
    if (!value.empty()) query += (query.empty() ? "?" : "&") + name + "=" + percent_encode(value);
  }
  const auto answer = context.client().get("/v1/routes/explain" + query);
  if (!answer) return context.fail(answer.error());
  const bool accepted = answer->at("accepted").get<bool>();
  if (!accepted) context.exit_code = kExitRefused;
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  for (const ordered_json& step : answer->at("steps")) {
    const bool agrees = step.at("agrees").get<bool>();
    std::cout << (agrees ? "agrees   " : "refuses  ") << text_of(step, "stage") << "  "
              << text_of(step, "rule") << '\n';
    if (!agrees) {
      std::cout << "         " << text_of(step, "status") << ": " << text_of(step, "remedy")
                << '\n';
    }
  }
  std::cout << (accepted ? "accepted for " + text_of(*answer, "tenant") : "rejected")
            << " by version " << answer->at("version") << '\n';
}

void report(Context& context, const Words& words) {
  const std::string query = words.from.empty() ? "" : "?from=" + percent_encode(words.from);
  const auto answer = context.client().get("/v1/routes/report" + query);
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows{{"DAY", "REALM", "TENANT", "SERVED", "REFUSED"}};
  for (const ordered_json& one : answer->at("realms")) {
    rows.push_back({text_of(one, "day"), text_of(one, "realm"),
                    one.at("tenant").is_null() ? "-" : text_of(one, "tenant"),
                    one.at("served").dump(), one.at("refused").dump()});
  }
  std::cout << table(rows);
}

void fetch(Context& context, const std::string& path, const char* member, const std::string& out) {
  const auto answer = context.client().get(path);
  if (!answer) return context.fail(answer.error());
  write_out(context, answer->at(member).get<std::string>(), out);
}

}  // namespace

void add_route_commands(CLI::App& app, Context& context) {
  const auto words = std::make_shared<Words>();
  CLI::App* route =
      app.add_subcommand("route", "Routes: who is served where, versions, changes, proof");
  route->require_subcommand(1);

  CLI::App* shown = route->add_subcommand("show", "The version in force, or a document");
  shown->add_option("--out", words->out, "Write the document into this file");
  shown->add_option("--version", words->version, "Of an earlier version; with --out");
  shown->callback([&context, words] { show(context, *words); });

  const auto changes = [&](CLI::App* command) {
    command->add_option("--reason", words->reason, "Why, for whoever approves and for history")
        ->check(not_blank());
    command->add_flag("--dry-run", words->dry_run, "Show what it would change, and change nothing");
  };
  CLI::App* applied = route->add_subcommand("apply", "Put a routes document into force");
  applied->add_option("FILE", words->file, "routes.json")->required();
  changes(applied);
  applied->callback([&context, words] { apply(context, *words); });

  CLI::App* back = route->add_subcommand("rollback", "Bring the document of a version back");
  back->add_option("VERSION", words->version, "Of berthctl route history")->required();
  changes(back);
  back->callback([&context, words] { roll_back(context, *words); });

  route->add_subcommand("history", "Versions, newest first")->callback([&context] {
    list_history(context);
  });
  CLI::App* compared = route->add_subcommand("diff", "What one version says that another does not");
  compared->add_option("FROM", words->from, "Default: the one before");
  compared->add_option("TO", words->to, "Default: the one in force");
  compared->callback([&context, words] { show_diff(context, *words); });

  CLI::App* explained = route->add_subcommand(
      "explain", "Which rule decides these facts; exit code 1 when they are refused");
  const std::pair<const char*, const char*> options[] = {
      {"--realm", "The host name a device connects to"},
      {"--eid", "32 digits"},
      {"--mcc-mnc", "The owner's, 5 or 6 digits"},
      {"--gid1", "Hexadecimal"},
      {"--gid2", "Hexadecimal"},
      {"--imsi", "6 to 15 digits"},
      {"--iccid", "18 to 20 digits"}};
  for (std::size_t i = 0; i < std::size(options); ++i) {
    explained->add_option(options[i].first, words->facts[i].second, options[i].second)
        ->check(not_blank());
  }
  explained->callback([&context, words] { explain(context, *words); });

  CLI::App* reported =
      route->add_subcommand("report", "Requests to former and unknown names, by day");
  reported->add_option("--from", words->from, "First day, as in 2026-05-07");
  reported->callback([&context, words] { report(context, *words); });

  CLI::App* proved = route->add_subcommand("prove", "The whole decision table, signed");
  proved->add_option("--out", words->out, "File; default: standard output");
  proved->callback([&context, words] { fetch(context, "/v1/routes/proof", "proof", words->out); });
  CLI::App* key = route->add_subcommand("key", "The public key that proofs are checked with, PEM");
  key->add_option("--out", words->out, "File; default: standard output");
  key->callback([&context, words] { fetch(context, "/v1/routes/key", "publicKey", words->out); });
}

}  // namespace berth::berthctl
