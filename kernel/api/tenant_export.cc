#include "kernel/api/tenant_export.h"

#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/ledger/leaving.h"
#include "kernel/routing/digests.h"

namespace berth::api {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int kRounds = 3;
constexpr std::size_t kProfilePage = 500;
constexpr std::uint64_t kMaxPackage = 64ULL * 1024 * 1024;
constexpr std::chrono::seconds kStoreDeadline{10};

std::string line_of(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Error not_writable(const fs::path& path) {
  return {ErrorCode::kFailedPrecondition, "exit.folder",
          path.string() + " cannot be written; make room there, or its folder berthd's own"};
}

// One file: counted and digested as it is written.
class LinesFile {
 public:
  LinesFile(const fs::path& folder, std::string name)
      : name_(std::move(name) + ".jsonl"), path_(folder / name_), out_(path_, std::ios::binary) {
    ::chmod(path_.c_str(), S_IRUSR | S_IWUSR);
  }
  void add(const std::string& line) {
    out_ << line;
    digest_.update(as_bytes(line));
    octets_ += line.size();
    ++rows_;
  }
  Result<std::string> finish() {
    out_.close();
    if (!out_) return not_writable(path_);
    return line_of({{"file", name_},
                    {"rows", rows_},
                    {"octets", octets_},
                    {"sha256", routing::lower_hex(digest_.finish())}});
  }
  std::uint64_t rows() const { return rows_; }

 private:
  std::string name_;
  fs::path path_;
  std::ofstream out_;
  Sha256Stream digest_;
  std::uint64_t octets_ = 0;
  std::uint64_t rows_ = 0;
};

class Exporter {
 public:
  Exporter(context::TenantContext& tenant, ledger::Leaving& leaving, const Recipient& recipient,
           fs::path folder)
      : tenant_(tenant), leaving_(leaving), recipient_(recipient), folder_(std::move(folder)) {}

  Result<void> run() {
    BERTH_TRY_VOID(tenant());
    for (const std::string_view name : ledger::returned_rows()) {
      LinesFile file(folder_, std::string(name));
      BERTH_TRY_VOID(each_row(name, [&](const std::string& line) -> Result<void> {
        file.add(line + "\n");
        return {};
      }));
      BERTH_TRY_VOID(keep(file));
    }
    BERTH_TRY_VOID(codes());
    return packages();
  }
  const std::vector<std::string>& files() const { return files_; }
  std::uint64_t rows() const { return rows_; }

 private:
  Result<void> keep(LinesFile& file) {
    BERTH_TRY(line, file.finish());
    files_.push_back(std::move(line));
    rows_ += file.rows();
    return {};
  }

  Result<void> each_row(std::string_view name,
                        const std::function<Result<void>(const std::string&)>& use) {
    std::string from;
    do {
      BERTH_TRY(page, leaving_.rows(name, from));
      for (const std::string& line : page.lines) BERTH_TRY_VOID(use(line));
      from = std::move(page.next);
    } while (!from.empty());
    return {};
  }

  Result<void> tenant() {
    LinesFile file(folder_, "tenant");
    const tenancy::Route& route = tenant_.route();
    ordered_json names = ordered_json::array({route.activation_realm.text()});
    for (const HostName& name : route.further_realms) names.push_back(name.text());
    for (const HostName& name : route.former_realms) names.push_back(name.text());
    file.add(line_of({{"tenantId", tenant_.id().text()},
                      {"displayName", tenant_.configuration().display_name},
                      {"realms", std::move(names)}}));
    return keep(file);
  }

  // Codes of open orders download until the tenant's realm is gone.
  Result<void> codes() {
    LinesFile file(folder_, "codes");
    BERTH_TRY_VOID(each_row(ledger::kCodeRows, [&](const std::string& line) -> Result<void> {
      BERTH_TRY(sealed, recipient_.envelop(as_bytes(line)));
      file.add(line_of({{"cms", to_base64(sealed)}}));
      return {};
    }));
    return keep(file);
  }

  Result<void> packages() {
    LinesFile file(folder_, "packages");
    std::string after;
    while (true) {
      BERTH_TRY(page, tenant_.ledger().profiles(after, kProfilePage));
      for (const ledger::ProfileRecord& profile : page) BERTH_TRY_VOID(package(file, profile));
      if (page.size() < kProfilePage) return keep(file);
      after = page.back().iccid.text();
    }
  }
  Result<void> package(LinesFile& file, const ledger::ProfileRecord& profile) {
    const plugins::Op op{"export", "", tenant_.clock().monotonic() + kStoreDeadline};
    auto plain = tenant_.vault().get(op, profile.package.object_name, kMaxPackage);
    if (!plain) return std::move(plain).error().within("profile " + profile.iccid.text());
    BERTH_TRY(sealed, recipient_.envelop(plain->view()));
    file.add(line_of({{"iccid", profile.iccid.text()},
                      {"sha256", routing::lower_hex(profile.package.sha256)},
                      {"cms", to_base64(sealed)}}));
    return {};
  }

  context::TenantContext& tenant_;
  ledger::Leaving& leaving_;
  const Recipient& recipient_;
  const fs::path folder_;
  std::vector<std::string> files_;
  std::uint64_t rows_ = 0;
};

std::string manifest_of(const context::TenantContext& tenant, const Recipient& recipient,
                        const ledger::TenantHead& head, const Exporter& exporter) {
  std::string text = line_of({{"format", "berth-tenant-export/1"},
                              {"tenant", tenant.id().text()},
                              {"at", tenant.clock().now_ms()},
                              {"recipientSha256", recipient.sha256()},
                              {"history",
                               {{"incarnation", head.incarnation},
                                {"sequence", head.last_audit_sequence},
                                {"hash", routing::lower_hex(head.last_audit_hash)},
                                {"events", head.last_event_sequence}}}});
  for (const std::string& file : exporter.files()) text += file;
  return text + line_of({{"end", exporter.files().size() + 1}});
}

Result<void> fresh(const fs::path& folder) {
  std::error_code failure;
  fs::remove_all(folder, failure);
  fs::create_directories(folder, failure);
  if (!failure) fs::permissions(folder, fs::perms::owner_all, failure);
  return failure ? Result<void>(not_writable(folder)) : Result<void>();
}

}  // namespace

Result<std::string> signed_text(std::string text, const SignText& sign) {
  BERTH_TRY(signature, sign(text));
  return text + line_of({{"signature", signature.value_hex}, {"key", signature.key_sha256}});
}

Result<ExportFacts> write_export(context::TenantContext& tenant, const Recipient& recipient,
                                 const fs::path& folder, const SignText& sign) {
  ledger::Leaving* const leaving = ledger::leaving_of(tenant.ledger());
  BERTH_ASSERT(leaving != nullptr);
  const fs::path part = folder.string() + ".part";
  for (int round = 0; round < kRounds; ++round) {
    BERTH_TRY_VOID(fresh(part));
    BERTH_TRY(before, tenant.ledger().head());
    Exporter exporter(tenant, *leaving, recipient, part);
    BERTH_TRY_VOID(exporter.run());
    BERTH_TRY(head, tenant.ledger().head());
    if (head.last_audit_sequence != before.last_audit_sequence) continue;
    BERTH_TRY(manifest, signed_text(manifest_of(tenant, recipient, head, exporter), sign));
    std::ofstream out(part / kManifest, std::ios::binary);
    out << manifest << std::flush;
    std::error_code failure;
    if (out) fs::remove_all(folder, failure);
    if (out && !failure) fs::rename(part, folder, failure);
    if (!out || failure) return not_writable(folder);
    return ExportFacts{routing::digest_of(manifest), head, exporter.rows()};
  }
  return Error(ErrorCode::kAborted, "exit.busy",
               "the tenant's history goes on while it is read; say the same command again when "
               "fewer of its cards report");
}

Result<ExportPart> read_export(const fs::path& folder, std::string_view name, std::uint64_t offset,
                               std::size_t max) {
  const Error unknown{ErrorCode::kNotFound, "exit.no_file",
                      "the export has no such file here; export again if it is gone"};
  // A name, never a path.
  const bool named = !name.empty() && name.find('/') == std::string_view::npos && name[0] != '.';
  std::ifstream file;
  if (named) file.open(folder / name, std::ios::binary | std::ios::ate);
  if (!named || !file) return unknown;
  ExportPart part;
  part.size = static_cast<std::uint64_t>(file.tellg());
  if (offset > part.size) return unknown;
  part.octets.resize(std::min<std::uint64_t>(max, part.size - offset));
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(part.octets.data()),
            static_cast<std::streamsize>(part.octets.size()));
  return file ? Result<ExportPart>(std::move(part)) : Result<ExportPart>(unknown);
}

}  // namespace berth::api
