// tenant onboard: a new tenant's files, from a document or by questions. Needs no host that runs.

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/onboard.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxDocumentBytes = 1024 * 1024;
constexpr std::size_t kMaxAnswerBytes = 4096;

struct Wish {
  std::string host_file, document;
  bool dry_run = false;
};

// The questions go to standard error, so that standard output has the result alone.
Result<ordered_json> ask_for_document() {
  std::vector<std::pair<std::string, std::string>> answers;
  for (const OnboardQuestion& question : onboard_questions()) {
    std::cerr << question.text << (question.needed ? ": " : " [may be empty]: ") << std::flush;
    std::string line;
    if (!std::getline(std::cin, line) || line.size() > kMaxAnswerBytes) {
      return Error(ErrorCode::kInvalidArgument, "berthctl.onboard",
                   "the questions were not answered to the end; nothing was done");
    }
    answers.emplace_back(question.name, std::move(line));
  }
  return document_of(answers);
}

Result<ordered_json> document_of(const Wish& wish) {
  if (wish.document.empty()) return ask_for_document();
  BERTH_TRY(octets, read_file(wish.document, kMaxDocumentBytes));
  ordered_json document = ordered_json::parse(octets, nullptr, false);
  if (document.is_object()) return document;
  return Error(ErrorCode::kInvalidArgument, "berthctl.onboard",
               wish.document + " is no JSON object; nothing was done");
}

ordered_json told(const Onboarded& done, bool dry_run) {
  ordered_json items = ordered_json::array();
  for (const OnboardItem& item : done.items) {
    ordered_json one{{"what", item.what},
                     {"there", item.there},
                     {"for", item.for_activation ? "activation" : "sandbox"}};
    if (!item.there) one["remedy"] = item.remedy;
    items.push_back(std::move(one));
  }
  return {{"written", !dry_run},
          {"tenantFile", done.tenant_file.string()},
          {"routesFile", done.routes_file.string()},
          {"items", std::move(items)}};
}

void show(const Onboarded& done, bool dry_run) {
  std::cout << (dry_run ? "would write " : "wrote ") << done.tenant_file.string() << " and "
            << done.routes_file.string() << '\n';
  std::vector<std::vector<std::string>> rows;
  for (const OnboardItem& item : done.items) {
    rows.push_back({item.there ? "  there" : "  MISSING",
                    item.for_activation ? "activation" : "sandbox", item.what, item.remedy});
  }
  std::cout << table(rows);
  if (dry_run) return;
  std::cout << "the host that runs takes it in with berthctl route apply " +
                   done.routes_file.string() + " and then berthctl tenant add " +
                   done.tenant_file.stem().string() + "\n";
}

void onboard_tenant(Context& context, const Wish& wish) {
  const auto document = document_of(wish);
  if (!document) return context.fail(document.error());
  const auto done = onboard(wish.host_file, *document, wish.dry_run);
  if (!done) return context.fail(done.error());
  if (context.json) {
    std::cout << told(*done, wish.dry_run).dump(2) << '\n';
  } else {
    show(*done, wish.dry_run);
  }
}

}  // namespace

void add_onboard_command(CLI::App& tenant, Context& context) {
  CLI::App* command = tenant.add_subcommand(
      "onboard", "Take a new tenant into the host's files, by a document or by questions");
  const auto wish = std::make_shared<Wish>();
  command->add_option("DOCUMENT", wish->document,
                      "JSON: a tenant file's members and `route`; left out: you are asked");
  command->add_option("--host-file", wish->host_file, "The file berthd is given with --config")
      ->required()
      ->check(not_blank());
  command->add_flag("--dry-run", wish->dry_run, "Only check, and say what is missing");
  command->callback([&context, wish] { onboard_tenant(context, *wish); });
}

}  // namespace berth::berthctl
