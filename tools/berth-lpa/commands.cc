#include "tools/berth-lpa/commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "tools/berth-lpa/arguments.h"
#include "tools/berth-lpa/report.h"
#include "tools/euicc/card_setup.h"
#include "tools/euicc/state_file.h"

namespace berth::lpa {
namespace {

constexpr std::streamsize kMaxInputFile = 64 * 1024;

Result<Bytes> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Bytes content(static_cast<std::size_t>(kMaxInputFile) + 1);
  file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(content.size()));
  if (!file.is_open() || file.bad() || file.gcount() > kMaxInputFile) {
    return Error(ErrorCode::kInvalidArgument, "lpa.input_file",
                 "cannot read " + path + " (a file of at most 64 KiB)");
  }
  content.resize(static_cast<std::size_t>(file.gcount()));
  return content;
}

Failure usage(const Error& error) { return Failure::of(FailureKind::kUsage, "", error); }

Result<euicc::CardSetup> read_setup(const Arguments& arguments) {
  euicc::CardSetup setup;
  if (!arguments.eid.empty()) {
    BERTH_TRY(eid, Eid::parse(arguments.eid));
    setup.eid = eid;
  }
  for (std::size_t i = 0; i < arguments.certificates.size(); ++i) {
    BERTH_TRY(certificate, read_file(arguments.certificates[i]));
    BERTH_TRY(key, read_file(arguments.keys[i]));
    BERTH_TRY(eum, read_file(arguments.eums[i]));
    setup.credentials.push_back({certificate, key, eum});
    wipe(key);
  }
  for (const std::string& path : arguments.cis) {
    BERTH_TRY(ci, read_file(path));
    setup.ci_certificates.push_back(ci);
  }
  setup.options.check_certificate_dates = !arguments.ignore_dates;
  return setup;
}

// One certificate as DER, from PEM or DER.
Result<Bytes> read_authority(const std::string& path) {
  BERTH_TRY(content, read_file(path));
  const std::string_view text = as_text(content);
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  const std::size_t begin = text.find(kBegin);
  if (begin == std::string_view::npos) return content;
  const std::size_t end = text.find(kEnd, begin);
  if (end == std::string_view::npos) {
    return Error(ErrorCode::kInvalidArgument, "lpa.input_file", path + " is not a PEM certificate");
  }
  const std::size_t from = begin + kBegin.size();
  return from_base64(text.substr(from, end - from));
}

class Runner {
 public:
  Runner(const Arguments& arguments, const World& world)
      : arguments_(arguments), world_(world), report_(world.out, world.err, arguments.json) {}

  Outcome<void> run() {
    // Before the file is opened, which makes its lock file.
    std::error_code unreadable;
    if (arguments_.command != Command::kInit &&
        !std::filesystem::exists(arguments_.card, unreadable) && !unreadable) {
      return usage(Error(ErrorCode::kNotFound, "card.file_missing",
                         arguments_.card.string() +
                             " does not exist; make a card with berth-lpa init, or check --card"));
    }
    auto file = euicc::StateFile::open(arguments_.card);
    if (!file) return Failure::of_card("", file.error());
    file_ = std::move(*file);
    if (arguments_.command == Command::kInit) return init();
    auto state = file_->load();
    if (!state) return Failure::of_card("", state.error());
    auto card = euicc::Card::open(std::move(*state), *file_, world_.random, world_.clock);
    if (!card) return Failure::of_card("", card.error());
    card_ = std::move(*card);
    switch (arguments_.command) {
      case Command::kDownload:
        return download();
      case Command::kNotifications:
        return notifications();
      case Command::kEnable:
        return change("enable", &euicc::Card::enable_profile);
      case Command::kDisable:
        return change("disable", &euicc::Card::disable_profile);
      case Command::kDelete:
        return change("delete", &euicc::Card::delete_profile);
      case Command::kList:
      case Command::kInit:
        break;
    }
    report_.profiles(card_->state());
    return {};
  }

  Report& report() { return report_; }

 private:
  Outcome<void> init() {
    if (file_->exists()) {
      return usage(Error(ErrorCode::kAlreadyExists, "lpa.card_exists",
                         arguments_.card.string() + " exists; a card is never overwritten"));
    }
    auto setup = read_setup(arguments_);
    if (!setup) return usage(setup.error());
    auto state = euicc::new_card(*setup, world_.clock.now_ms());
    for (auto& credential : setup->credentials) wipe(credential.private_key);
    if (!state) return usage(state.error());
    if (auto saved = file_->save(*state); !saved) return Failure::of_card("", saved.error());
    report_.card_made(*state);
    return {};
  }

  Outcome<Transport*> transport() {
    if (world_.transport != nullptr) return world_.transport;
    HttpsOptions options;
    options.connect = arguments_.connect;
    for (const std::string& path : arguments_.tls_cas) {
      auto authority = read_authority(path);
      if (!authority) return usage(authority.error());
      options.authorities.push_back(*authority);
    }
    if (options.authorities.empty()) options.authorities = card_->state().ci_certificates;
    https_ = std::make_unique<HttpsTransport>(std::move(options));
    return static_cast<Transport*>(https_.get());
  }

  Outcome<void> download() {
    const auto code = rsp::sgp22::ActivationCode::parse(arguments_.activation_code);
    if (!code) {
      // What a shell leaves of an unquoted code has lost its fields.
      const std::string& text = arguments_.activation_code;
      if (std::count(text.begin(), text.end(), '$') >= 2) return usage(code.error());
      return usage(Error(code.error().code(), code.error().reason(),
                         "an activation code has the form LPA:1$address$token; put it in single "
                         "quotes, or the shell takes the $ away"));
    }
    BERTH_TRY(way, transport());
    Lpa lpa(
        *card_, *way, world_.clock, [this](const Step& step, bool ok) { report_.step(step, ok); },
        arguments_.binding);
    BERTH_TRY(result, lpa.download(*code, arguments_.download));
    report_.downloaded(result);
    return {};
  }

  Outcome<void> notifications() {
    if (!arguments_.send) {
      report_.pending(card_->state());
      return {};
    }
    BERTH_TRY(way, transport());
    Lpa lpa(*card_, *way, world_.clock, nullptr, arguments_.binding);
    const auto reports = lpa.send_notifications();
    report_.sent(reports);
    for (const auto& entry : reports) {
      if (entry.failure) return reported(*entry.failure);
    }
    return {};
  }

  Outcome<void> change(const std::string& name,
                       Result<void> (euicc::Card::*function)(const Iccid&)) {
    const auto iccid = Iccid::parse(arguments_.iccid);
    if (!iccid) return usage(iccid.error());
    if (auto done = (card_.get()->*function)(*iccid); !done) {
      return Failure::of_card("", done.error());
    }
    report_.profile_changed(name, card_->state(), *iccid);
    return {};
  }

  // The report has been printed already; only the exit status is left to give.
  static Failure reported(Failure failure) {
    failure.message.clear();
    return failure;
  }

  const Arguments& arguments_;
  const World& world_;
  Report report_;
  std::unique_ptr<euicc::StateFile> file_;
  std::unique_ptr<euicc::Card> card_;
  std::unique_ptr<HttpsTransport> https_;
};

std::string command_name(Command command) {
  switch (command) {
    case Command::kInit:
      return "init";
    case Command::kDownload:
      return "download";
    case Command::kEnable:
      return "enable";
    case Command::kDisable:
      return "disable";
    case Command::kDelete:
      return "delete";
    case Command::kNotifications:
      return "notifications";
    case Command::kList:
      break;
  }
  return "list";
}

}  // namespace

int run(const std::vector<std::string>& words, const World& world) {
  try {
    const auto parsed = parse_arguments(words);
    if (const auto* text = std::get_if<UsageText>(&parsed)) {
      (text->status == kExitOk ? world.out : world.err) << text->text;
      return text->status;
    }
    const auto& arguments = std::get<Arguments>(parsed);
    Runner runner(arguments, world);
    const Outcome<void> outcome = runner.run();
    if (outcome) return kExitOk;
    if (!outcome.error().message.empty()) {
      runner.report().failed(command_name(arguments.command), outcome.error());
    }
    return exit_status(outcome.error().kind);
  } catch (const std::exception& exception) {
    world.err << "berth-lpa: " << exception.what() << "\n";
    return kExitInternal;
  }
}

}  // namespace berth::lpa
