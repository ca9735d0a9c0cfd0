#include "tools/berth-lpa/arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>

namespace berth::lpa {
namespace {

// Text forms before they become values.
struct Raw {
  Arguments arguments;
  std::string connect;
  std::string cancel_after;
  std::string abandon_after;
  std::string binding = "json";
  std::string tac = "35290611";
  std::string imei;
  int reason = kCancelEndUserRejection;
};

void add_network_options(CLI::App& command, Raw& raw) {
  command.add_option("--connect", raw.connect,
                     "connect to host:port; the name in the certificate stays the server's");
  command.add_option("--tls-ca", raw.arguments.tls_cas,
                     "CA certificate for TLS (PEM or DER); default: the card's CIs");
  command.add_option("--binding", raw.binding, "how ES9+ messages are written: json or asn1")
      ->check(CLI::IsMember({"json", "asn1"}));
}

void add_init(CLI::App& app, Raw& raw) {
  CLI::App* init = app.add_subcommand("init", "make a new card file");
  Arguments& to = raw.arguments;
  init->add_option("--eid", to.eid, "32 digits; checked against the certificate");
  init->add_option("--certificate", to.certificates, "eUICC certificate, PEM or DER; repeatable")
      ->required();
  init->add_option("--key", to.keys, "its private key, one for each certificate")->required();
  init->add_option("--eum", to.eums, "its EUM certificate, one for each certificate")->required();
  init->add_option("--ci", to.cis, "CI certificate the card trusts; repeatable")->required();
  init->add_flag("--ignore-dates", to.ignore_dates,
                 "a card without a clock: expired server certificates are accepted");
  init->callback([&to] { to.command = Command::kInit; });
}

void add_download(CLI::App& app, Raw& raw) {
  CLI::App* download = app.add_subcommand("download", "download and install a profile");
  Arguments& to = raw.arguments;
  download->add_option("activation-code", to.activation_code, "LPA:1$SMDP.EXAMPLE.COM$TOKEN")
      ->required();
  download->add_option("--confirmation-code", to.download.confirmation_codes,
                       "repeatable: the next one is tried after a wrong one");
  add_network_options(*download, raw);
  download->add_option("--cancel-after", raw.cancel_after, "cancel the session at that point")
      ->check(CLI::IsMember({"authenticate", "bind"}));
  download
      ->add_option("--reason", raw.reason,
                   "why, with --cancel-after: 0 end user rejection, 1 postponed, 2 timeout, "
                   "3 rules not allowed, 4 metadata mismatch, 5 package error, 127 undefined")
      ->check(CLI::IsMember({0, 1, 2, 3, 4, 5, 127}));
  download
      ->add_option("--abandon-after", raw.abandon_after,
                   "stop without a word at that point, to try a retry")
      ->check(CLI::IsMember({"bind"}));
  download->add_option("--tac", raw.tac, "type allocation code, 8 digits");
  download->add_option("--imei", raw.imei, "16 hexadecimal digits");
  download->callback([&to] { to.command = Command::kDownload; });
}

void add_profile_command(CLI::App& app, Raw& raw, const std::string& name, Command command) {
  Arguments& to = raw.arguments;
  CLI::App* sub = app.add_subcommand(name, name + " a profile");
  sub->add_option("iccid", to.iccid, "the profile's ICCID")->required();
  sub->callback([&to, command] { to.command = command; });
}

std::optional<HttpsOptions::Address> parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  HttpsOptions::Address address;
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  address.host = text.substr(0, colon);
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, address.port);
  if (parsed.ec != std::errc() || parsed.ptr != end || address.port == 0) return std::nullopt;
  return address;
}

StopPoint stop_point(const std::string& text) {
  if (text == "authenticate") return StopPoint::kAuthenticated;
  return text == "bind" ? StopPoint::kBound : StopPoint::kNever;
}

// Turns text into values; the message of what is wrong, or nothing.
std::string finish(Raw& raw) {
  Arguments& to = raw.arguments;
  if (!raw.connect.empty()) {
    to.connect = parse_address(raw.connect);
    if (!to.connect) return "--connect wants host:port";
  }
  if (to.command == Command::kInit &&
      (to.certificates.size() != to.keys.size() || to.certificates.size() != to.eums.size())) {
    return "init wants one --key and one --eum for each --certificate";
  }
  to.binding = raw.binding == "asn1" ? Binding::kAsn1 : Binding::kJson;
  to.download.cancel_after = stop_point(raw.cancel_after);
  to.download.cancel_reason = static_cast<std::uint8_t>(raw.reason);
  to.download.abandon_after = stop_point(raw.abandon_after);
  auto tac = from_hex(raw.tac);
  auto imei = from_hex(raw.imei);
  if (!tac || tac->size() != 4) return "--tac wants 8 digits";
  if (!imei || (!imei->empty() && imei->size() != 8)) return "--imei wants 16 digits";
  to.download.device = {*tac, *imei};
  return {};
}

}  // namespace

std::variant<Arguments, UsageText> parse_arguments(const std::vector<std::string>& words) {
  CLI::App app("berth-lpa: a software card and the phone around it (SGP.22)", "berth-lpa");
  Raw raw;
  Arguments& to = raw.arguments;
  app.add_option("--card", to.card, "the card's state file")->required();
  app.add_flag("--json", to.json, "one JSON object on standard output");
  app.set_version_flag("--version", "berth-lpa " BERTH_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  add_init(app, raw);
  add_download(app, raw);
  app.add_subcommand("list", "list the profiles")->callback([&to] { to.command = Command::kList; });
  add_profile_command(app, raw, "enable", Command::kEnable);
  add_profile_command(app, raw, "disable", Command::kDisable);
  add_profile_command(app, raw, "delete", Command::kDelete);
  CLI::App* notifications = app.add_subcommand("notifications", "list pending notifications");
  notifications->add_flag("--send", to.send, "send them; those taken leave the card");
  add_network_options(*notifications, raw);
  notifications->callback([&to] { to.command = Command::kNotifications; });

  // CLI11 takes the words last first.
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    const auto subs = app.get_subcommands();
    return UsageText{subs.empty() ? app.help() : subs.front()->help(), 0};
  } catch (const CLI::CallForVersion& version) {
    return UsageText{std::string(version.what()) + "\n", kExitOk};
  } catch (const CLI::ParseError& error) {
    // A misspelt command also misses the command; the word not understood says more.
    const std::vector<std::string> unknown = app.remaining(true);
    const std::string what =
        unknown.empty() ? error.what() : "'" + unknown.front() + "' is no command or option here";
    return UsageText{"berth-lpa: " + what + "; try --help\n", kExitUsage};
  }
  if (std::string message = finish(raw); !message.empty()) {
    return UsageText{"berth-lpa: " + message + "\n", kExitUsage};
  }
  return raw.arguments;
}

}  // namespace berth::lpa
