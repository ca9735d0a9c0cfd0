#include "kernel/routing/route_versions.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel/routing/digests.h"

namespace berth::routing {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr char kVersion[] = "route_version";
constexpr char kDocument[] = "route_document";
constexpr std::size_t kIdDigits = 12;
constexpr std::int64_t kIdEnd = 1'000'000'000'000;

// Records come by ascending ids, and the newest version is asked for first.
std::string id_of(std::int64_t number) {
  const std::string digits = std::to_string(kIdEnd - number);
  return std::string(kIdDigits - std::min(kIdDigits, digits.size()), '0') + digits;
}

Error damaged(const std::string& what) {
  return {ErrorCode::kDataLoss, "routes.damaged",
          what + " in the host's ledger is damaged; restore the ledger"};
}

Result<RouteVersion> read_version(const ledger::HostRecord& record) {
  const json body = json::parse(record.body, nullptr, false);
  if (!body.is_object()) return damaged("a version of the routes");
  try {
    RouteVersion version;
    version.statement = body.at("statement").get<std::string>();
    version.signature_hex = body.at("signature").get<std::string>();
    version.key_sha256 = body.at("key").get<std::string>();
    const json said = json::parse(version.statement);
    version.number = said.at("version").get<std::int64_t>();
    version.sha256 = said.at("sha256").get<std::string>();
    version.approved_by = said.at("approvedBy").get<std::vector<std::string>>();
    version.note = said.at("note").get<std::string>();
    version.change_id = said.at("change").get<std::string>();
    version.rollback_of = said.at("rollbackOf").get<std::int64_t>();
    version.at_ms = said.at("at").get<UnixMs>();
    version.previous = said.at("previous").get<std::string>();
    if (record.record_id != id_of(version.number)) return damaged("a version of the routes");
    return version;
  } catch (const json::exception&) {
    return damaged("a version of the routes");
  }
}

ledger::AuditDraft audit(const char* type, const ordered_json& details) {
  return {type, {ledger::SubjectKind::kHost, "host"}, details.dump()};
}

}  // namespace

std::string statement_of(const RouteVersion& version) {
  return ordered_json{{"format", "berth-routes-version/1"},
                      {"version", version.number},
                      {"sha256", version.sha256},
                      {"approvedBy", version.approved_by},
                      {"note", version.note},
                      {"change", version.change_id},
                      {"rollbackOf", version.rollback_of},
                      {"at", version.at_ms},
                      {"previous", version.previous}}
      .dump();
}

std::string in_force_file(const RouteVersion& version, std::string_view document) {
  return ordered_json{{"format", "berth-routes-in-force/1"},
                      {"statement", version.statement},
                      {"signature", version.signature_hex},
                      {"key", version.key_sha256}}
             .dump() +
         "\n" + std::string(document);
}

Result<std::vector<RouteVersion>> RouteVersions::list(std::int64_t before, std::size_t max) const {
  BERTH_TRY(records, ledger_.records(kVersion, "", before == 0 ? "" : id_of(before), max));
  std::vector<RouteVersion> versions;
  for (const ledger::HostRecord& record : records) {
    BERTH_TRY(version, read_version(record));
    versions.push_back(std::move(version));
  }
  return versions;
}

Result<std::optional<RouteVersion>> RouteVersions::latest() const {
  BERTH_TRY(versions, list(0, 1));
  if (versions.empty()) return std::optional<RouteVersion>();
  return std::optional(std::move(versions.front()));
}

Result<RouteVersion> RouteVersions::find(std::int64_t number) const {
  const bool possible = number > 0 && number < kIdEnd;
  if (possible) {
    BERTH_TRY(record, ledger_.record(kVersion, id_of(number)));
    if (record) return read_version(*record);
  }
  return Error(ErrorCode::kNotFound, "routes.no_version",
               "there is no version " + std::to_string(number) +
                   " of the routes; berthctl route history lists them");
}

Result<std::string> RouteVersions::document(const std::string& sha256) const {
  BERTH_TRY(record, ledger_.record(kDocument, sha256));
  if (!record) {
    return Error(ErrorCode::kNotFound, "routes.no_document",
                 "the host has no routes document " + sha256.substr(0, 12) + "…; apply it again");
  }
  if (digest_of(record->body) != sha256) return damaged("a routes document");
  return std::move(record->body);
}

Result<std::string> RouteVersions::keep(std::string_view document, const std::string& who) {
  const std::string digest = digest_of(document);
  ledger::HostRecord record;
  record.kind = kDocument;
  record.record_id = digest;
  record.state = "kept";
  record.body = document;
  BERTH_TRY(written,
            ledger_.put_record(std::move(record), 0,
                               audit("routes.document_kept", {{"sha256", digest}, {"by", who}})));
  static_cast<void>(written);  // false: it is there already
  return digest;
}

Result<void> RouteVersions::add(const RouteVersion& version) {
  ledger::HostRecord record;
  record.kind = kVersion;
  record.record_id = id_of(version.number);
  record.state = "signed";
  record.body = ordered_json{{"statement", version.statement},
                             {"signature", version.signature_hex},
                             {"key", version.key_sha256}}
                    .dump();
  ordered_json details{{"version", std::to_string(version.number)}, {"sha256", version.sha256}};
  details["approvedBy"] = ordered_json(version.approved_by).dump();
  if (!version.change_id.empty()) details["approval"] = version.change_id;
  BERTH_TRY(written,
            ledger_.put_record(std::move(record), 0, audit("routes.version_added", details)));
  if (written) return {};
  return Error(ErrorCode::kAborted, "routes.changed_meanwhile",
               "the routes were changed meanwhile; look at berthctl route diff and apply again");
}

}  // namespace berth::routing
