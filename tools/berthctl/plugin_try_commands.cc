#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/json_lines_file.h"
#include "tools/berthctl/output.h"

namespace berth::berthctl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxUsage = 10'000;
constexpr std::size_t kMaxEvents = 1000;
constexpr std::size_t kMaxOrderFile = 64 * 1024;
constexpr std::uint64_t kMicro = 1'000'000;
constexpr std::uint64_t kMilli = 1000;

struct Trial {
  std::string tenant;
  std::string usage;   // file
  std::string order;   // file
  std::string events;  // file
  std::string eid;
  bool reconcile = false;
};

Result<ordered_json> ask(const Context& context, const std::string& tenant, const char* slot,
                         const json& body) {
  return context.client().post(
      "/v1/tenants/" + percent_encode(tenant) + "/plugins/" + slot + "/try", body);
}

// 1234500 in millionths is "1.2345".
std::string decimal(std::int64_t value, std::uint64_t unit) {
  const auto magnitude =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  std::string text = std::to_string(magnitude / unit);
  std::string fraction = std::to_string(unit + magnitude % unit).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) text += "." + fraction;
  return (value < 0 ? "-" : "") + text;
}

void show_lines(const ordered_json& lines) {
  std::vector<std::vector<std::string>> rows = {
      {"CODE", "QUANTITY", "PRICE", "AMOUNT", "", "EXPLANATION"}};
  std::map<std::string, std::int64_t> totals;
  for (const ordered_json& line : lines) {
    const std::int64_t amount = line.at("amountMicro");
    const std::string currency = line.at("currency");
    if (__builtin_add_overflow(totals[currency], amount, &totals[currency])) {
      throw std::overflow_error("the lines add up to more than can be shown");
    }
    rows.push_back({printable(line.at("chargeCode").get<std::string>()),
                    decimal(line.at("quantityMilli"), kMilli),
                    decimal(line.at("unitPriceMicro"), kMicro), decimal(amount, kMicro), currency,
                    printable(line.at("explanation").get<std::string>())});
  }
  std::cout << table(rows);
  for (const auto& [currency, total] : totals) {
    std::cout << "total " << decimal(total, kMicro) << ' ' << printable(currency) << '\n';
  }
}

void try_rating(Context& context, const Trial& trial) {
  auto usage = read_json_lines(trial.usage, kMaxUsage);
  if (!usage) return context.fail(usage.error());
  const auto rated = ask(context, trial.tenant, "rating", {{"usage", *std::move(usage)}});
  if (!rated) return context.fail(rated.error());
  if (context.json) {
    std::cout << rated->dump(2) << '\n';
  } else {
    show_lines(rated->at("lines"));
  }
}

// The order or the events that were asked about, as the API wants them.
Result<json> bss_question(const Trial& trial) {
  if (!trial.events.empty()) {
    BERTH_TRY(events, read_json_lines(trial.events, kMaxEvents));
    return json{{"events", std::move(events)}};
  }
  BERTH_TRY(octets, read_file(trial.order, kMaxOrderFile));
  json order = json::parse(as_text(octets), nullptr, false);
  if (!order.is_object()) {
    return Error(ErrorCode::kInvalidArgument, "berthctl.file",
                 trial.order +
                     " is not a JSON object: an order has members such as iccid, eid, "
                     "profileType");
  }
  return json{{"order", std::move(order)}};
}

void show_bss(const ordered_json& told) {
  if (told.contains("decision")) {
    std::cout << properties(told);
    return;
  }
  for (const ordered_json& receipt : told.value("receipts", ordered_json::array())) {
    std::cout << printable(receipt.at("eventId").get<std::string>()) << "  "
              << receipt.at("verdict").get<std::string>();
    if (receipt.contains("reason")) {
      std::cout << "  " << printable(receipt.at("message").get<std::string>()) << " ["
                << printable(receipt.at("reason").get<std::string>()) << ']';
    }
    std::cout << '\n';
  }
  if (told.contains("endedBy")) {
    std::cout << "ended by  " << printable(told.at("endedBy").at("message").get<std::string>())
              << " [" << printable(told.at("endedBy").at("reason").get<std::string>()) << "]\n";
  }
  for (const ordered_json& record : told.value("records", ordered_json::array())) {
    std::cout << printable(record.dump()) << '\n';
  }
}

// Every page of what the BSS believes, one record a line.
void show_beliefs(Context& context, const Trial& trial) {
  json page = json::object();
  for (;;) {
    const auto told = ask(context, trial.tenant, "bss", {{"reconcile", page}});
    if (!told) return context.fail(told.error());
    show_bss(*told);
    if (!told->contains("next")) return;
    page["cursor"] = told->at("next").get<std::string>();
  }
}

void try_bss(Context& context, const Trial& trial) {
  if (trial.reconcile) return show_beliefs(context, trial);
  const auto question = bss_question(trial);
  if (!question) return context.fail(question.error());
  const auto told = ask(context, trial.tenant, "bss", *question);
  if (!told) return context.fail(told.error());
  if (context.json) {
    std::cout << told->dump(2) << '\n';
  } else {
    show_bss(*told);
  }
  if (told->contains("endedBy")) context.exit_code = kExitRefused;
}

void try_registrar(Context& context, const Trial& trial) {
  const auto told = ask(context, trial.tenant, "registrar", {{"eid", trial.eid}});
  if (!told) return context.fail(told.error());
  std::cout << (context.json ? told->dump(2) + "\n" : properties(*told));
}

CLI::App* slot(CLI::App* parent, const char* name, const char* what,
               const std::shared_ptr<Trial>& trial) {
  CLI::App* command = parent->add_subcommand(name, what);
  command->add_option("--tenant", trial->tenant, "Whose binding")->required();
  return command;
}

}  // namespace

void add_plugin_try_commands(CLI::App& plugin, Context& context) {
  CLI::App* trying = plugin.add_subcommand("try", "Ask a tenant's plugin, without consequences");
  trying->require_subcommand(1);
  const auto trial = std::make_shared<Trial>();
  CLI::App* rating = slot(trying, "rating", "What would this usage cost?", trial);
  rating->add_option("--usage", trial->usage, "Usage facts, one JSON object a line")->required();
  rating->callback([&context, trial] { try_rating(context, *trial); });

  CLI::App* bss = slot(trying, "bss", "Check an order, deliver test events, or reconcile", trial);
  CLI::Option_group* one = bss->add_option_group("what", "What to ask");
  one->add_option("--order", trial->order, "An order, one JSON object");
  one->add_option("--events", trial->events,
                  "Events as 'berthctl events --json' prints them, for the lane 'trial'");
  one->add_flag("--reconcile", trial->reconcile, "What does the BSS believe?");
  one->require_option(1);
  bss->callback([&context, trial] { try_bss(context, *trial); });

  CLI::App* registrar =
      slot(trying, "registrar", "Register and delete an event that nobody has", trial);
  registrar->add_option("--eid", trial->eid, "For this card")->required();
  registrar->callback([&context, trial] { try_registrar(context, *trial); });
}

}  // namespace berth::berthctl
