// A tenant's exit: what it will meet, the export, the end, the certificate.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernel/base/digest.h"
#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kManifest = "manifest.jsonl";
constexpr std::size_t kMaxCertificate = 16 * 1024;
constexpr std::size_t kMaxManifest = 64 * 1024;
constexpr std::size_t kPart = 64 * 1024;  // of a file that is read

struct Wish {
  std::string tenant, export_to, recipient, destroy, reason, certificate;
  bool give_up_reports = false;
  bool later_records_stay = false;
};

std::string address(const Wish& wish, const std::string& rest = {}) {
  return "/v1/exits/" + percent_encode(wish.tenant) + rest;
}

void show(Context& context, const Result<ordered_json>& answer) {
  if (!answer) return context.fail(answer.error());
  std::cout << (context.json ? answer->dump(2) + "\n" : properties(*answer));
}

Error file_error(const fs::path& path, const std::string& what) {
  return {ErrorCode::kFailedPrecondition, "berthctl.file", path.string() + ": " + what};
}

std::string lower_hex(ByteView octets) {
  std::string digits = to_hex(octets);
  for (char& c : digits) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return digits;
}

// One file of the export, part by part.
Result<void> fetch_file(const Context& context, const Wish& wish, const std::string& name) {
  const fs::path path = fs::path(wish.export_to) / name;
  std::ofstream out(path, std::ios::binary);
  ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
  std::uint64_t size = 1;
  for (std::uint64_t offset = 0; offset < size;) {
    BERTH_TRY(part, context.client().get(
                        address(wish, "/file?file=" + name + "&offset=" + std::to_string(offset))));
    size = part.at("size").get<std::uint64_t>();
    BERTH_TRY(octets, from_base64(part.at("octets").get<std::string>()));
    if (octets.empty() && offset < size) return file_error(path, "the host sent nothing more");
    out.write(reinterpret_cast<const char*>(octets.data()),
              static_cast<std::streamsize>(octets.size()));
    offset += octets.size();
  }
  out.close();
  return out ? Result<void>() : Result<void>(file_error(path, "cannot be written"));
}

// The files that a manifest names, by its own words; that it is whole, berth-verify says.
Result<void> each_file(
    ByteView manifest,
    const std::function<Result<void>(const std::string& name, const json& line)>& use) {
  const std::string text(manifest.begin(), manifest.end());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const json line = json::parse(text.substr(at, end - at), nullptr, false);
    at = end + 1;
    if (!line.is_object() || !line.contains("file")) continue;
    const auto name = line.at("file").get<std::string>();
    if (name.find('/') != std::string::npos || name.starts_with('.')) {
      return file_error(kManifest, "names a file outside of the export");
    }
    BERTH_TRY_VOID(use(name, line));
  }
  return {};
}

Result<void> fetch(const Context& context, const Wish& wish) {
  BERTH_TRY_VOID(fetch_file(context, wish, kManifest));
  BERTH_TRY(manifest, read_file((fs::path(wish.export_to) / kManifest).string(), kMaxManifest));
  return each_file(manifest, [&](const std::string& name, const json&) {
    return fetch_file(context, wish, name);
  });
}

// On the disk, not only in this machine's memory. A folder: the names in it.
Result<void> make_durable(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool durable = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (durable) return {};
  return file_error(path, "cannot be written to the disk; nothing was destroyed. Export again");
}

// What is destroyed at the host must be here, for good: a copy that was cut off is noticed before,
// and a machine that fails right after loses none of it.
Result<void> check_copy(const fs::path& folder, ByteView manifest) {
  BERTH_TRY_VOID(
      each_file(manifest, [&folder](const std::string& name, const json& line) -> Result<void> {
        const fs::path path = folder / name;
        std::ifstream in(path, std::ios::binary);
        Sha256Stream digest;
        std::vector<char> part(kPart);
        while (in.read(part.data(), kPart) || in.gcount() > 0) {
          digest.update(
              as_bytes(std::string_view(part.data(), static_cast<std::size_t>(in.gcount()))));
        }
        if (!in.eof() || lower_hex(digest.finish()) != line.value("sha256", std::string())) {
          return file_error(path,
                            "is not what the manifest says; nothing was destroyed. Export again");
        }
        return make_durable(path);
      }));
  BERTH_TRY_VOID(make_durable(folder / kManifest));
  BERTH_TRY_VOID(make_durable(folder));
  return make_durable(folder / "..");
}

void export_tenant(Context& context, const Wish& wish) {
  const auto recipient = read_file(wish.recipient, kMaxCertificate);
  if (!recipient) return context.fail(recipient.error());
  std::error_code failure;
  fs::create_directories(wish.export_to, failure);
  fs::permissions(wish.export_to, fs::perms::owner_all, failure);
  if (failure || !fs::is_empty(wish.export_to, failure)) {
    return context.fail(file_error(wish.export_to, "is no empty folder; name another one"));
  }
  const auto made =
      context.client().post(address(wish, "/export"),
                            json{{"recipient", std::string(recipient->begin(), recipient->end())}});
  if (!made) return context.fail(made.error());
  if (const auto fetched = fetch(context, wish); !fetched) return context.fail(fetched.error());
  show(context, made);
}

void end_tenant(Context& context, const Wish& wish) {
  const auto manifest = read_file((fs::path(wish.destroy) / kManifest).string(), kMaxManifest);
  if (!manifest) return context.fail(manifest.error());
  const auto copied = check_copy(wish.destroy, *manifest);
  if (!copied) return context.fail(copied.error());
  show(context, context.client().post(address(wish, "/end"),
                                      json{{"manifestSha256", lower_hex(sha256(*manifest))},
                                           {"giveUpReports", wish.give_up_reports},
                                           {"laterRecordsStay", wish.later_records_stay},
                                           {"reason", wish.reason}}));
}

void write_certificate(Context& context, const Wish& wish) {
  const auto answer = context.client().get(address(wish, "/certificate"));
  if (!answer) return context.fail(answer.error());
  std::ofstream out(wish.certificate, std::ios::binary);
  out << answer->at("certificate").get<std::string>() << std::flush;
  if (!out) return context.fail(file_error(wish.certificate, "cannot be written"));
}

void run(Context& context, const Wish& wish) {
  if (!wish.export_to.empty()) return export_tenant(context, wish);
  if (!wish.destroy.empty()) return end_tenant(context, wish);
  if (!wish.certificate.empty()) return write_certificate(context, wish);
  show(context, context.client().get(address(wish)));
}

}  // namespace

void add_exit_command(CLI::App& tenant, Context& context) {
  CLI::App* command = tenant.add_subcommand(
      "exit", "Let a tenant go: where that stands, its data, its end, the certificate");
  const auto wish = std::make_shared<Wish>();
  command->add_option("ID", wish->tenant, "Tenant")->required()->check(not_blank());
  CLI::Option* to = command->add_option("--export", wish->export_to,
                                        "Write everything of the tenant's below this folder");
  CLI::Option* recipient = command->add_option(
      "--recipient", wish->recipient,
      "The tenant's certificate, PEM: packages and codes are enciphered for it");
  to->needs(recipient);
  recipient->needs(to);
  CLI::Option* destroy =
      command->add_option("--destroy", wish->destroy,
                          "Destroy keys and objects of what this export returned; for good");
  CLI::Option* reason = command->add_option("--reason", wish->reason, "Why");
  destroy->needs(reason)->excludes(to);
  reason->needs(destroy)->check(not_blank());
  command
      ->add_flag("--give-up-reports", wish->give_up_reports,
                 "Reports that the operator's system has not taken are never sent")
      ->needs(destroy);
  command
      ->add_flag("--later-records-stay", wish->later_records_stay,
                 "What cards said after the export is kept, and not returned")
      ->needs(destroy);
  command
      ->add_option("--certificate", wish->certificate,
                   "Write the certificate of what was destroyed to this file")
      ->excludes(to)
      ->excludes(destroy);
  command->callback([&context, wish] { run(context, *wish); });
}

}  // namespace berth::berthctl
