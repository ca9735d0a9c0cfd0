#include "tools/verify/tenant_exit.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "kernel/base/bytes.h"
#include "kernel/base/digest.h"
#include "tools/verify/proof_signature.h"

namespace berth::verify {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kManifest = "manifest.jsonl";
constexpr std::size_t kBlock = std::size_t{1} << 20;

Error bad(std::string_view reason, std::string why) {
  return {ErrorCode::kInvalidArgument, reason, std::move(why)};
}
Error bad_export(std::string why) { return bad("verify.export", std::move(why)); }

std::string lower_hex(ByteView octets) {
  std::string digits = to_hex(octets);
  for (char& c : digits) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return digits;
}

// The lines of a signed text, without "end" and the signature, both of which are right.
Result<std::vector<json>> signed_lines(std::string_view text, std::string_view reason,
                                       std::string_view public_key_pem) {
  const std::size_t cut =
      text.size() > 1 && text.back() == '\n' ? text.rfind('\n', text.size() - 2) : text.npos;
  if (cut == text.npos || text.size() > kMaxExitText) {
    return bad(reason, "it is empty, cut off or larger than any");
  }
  const json signature = json::parse(text.substr(cut + 1));
  std::string_view rest = text.substr(0, cut + 1);
  BERTH_TRY_VOID(
      check_signature(rest, signature.at("signature").get<std::string>(), public_key_pem));
  std::vector<json> lines;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    lines.push_back(json::parse(rest.substr(0, end)));
    rest.remove_prefix(end + 1);
  }
  if (lines.size() < 2 || lines.back().value("end", std::size_t{0}) != lines.size() - 1) {
    return bad(reason, "lines are missing before its end");
  }
  lines.pop_back();
  return lines;
}

struct FileDigest {
  std::uint64_t octets = 0;
  std::uint64_t rows = 0;
  std::string sha256;
};
Result<FileDigest> digest_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return bad_export(path.filename().string() + " is missing");
  FileDigest digest;
  Sha256Stream stream;
  std::string block(kBlock, '\0');
  do {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    const std::string_view got(block.data(), static_cast<std::size_t>(file.gcount()));
    stream.update(as_bytes(got));
    digest.octets += got.size();
    digest.rows += static_cast<std::uint64_t>(std::count(got.begin(), got.end(), '\n'));
  } while (file);
  digest.sha256 = lower_hex(stream.finish());
  return digest;
}

Result<void> check_file(const fs::path& folder, const json& line) {
  const auto name = line.at("file").get<std::string>();
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
    return bad_export("the manifest names a file outside of the export");
  }
  BERTH_TRY(found, digest_file(folder / name));
  if (found.sha256 == line.at("sha256") && found.octets == line.at("octets") &&
      found.rows == line.at("rows")) {
    return {};
  }
  return bad_export(name + " is not what the host wrote: its octets differ from the manifest");
}

// ---- the chain, as docs/reference/ledger-format.md describes it ----

void add(Bytes& to, ByteView field) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    to.push_back(static_cast<std::uint8_t>(field.size() >> static_cast<unsigned>(shift)));
  }
  to.insert(to.end(), field.begin(), field.end());
}
void add(Bytes& to, const std::string& text) { add(to, as_bytes(text)); }
void add(Bytes& to, std::int64_t number) {
  Bytes octets;
  for (int shift = 56; shift >= 0; shift -= 8) {
    octets.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >>
                                               static_cast<unsigned>(shift)));
  }
  add(to, octets);
}

Result<Bytes> octets_of(const json& line, const char* member) {
  return from_hex(line.at(member).get<std::string>());
}

class Chain {
 public:
  explicit Chain(const std::string& tenant) {
    Bytes genesis;
    add(genesis, std::string("berth.audit.genesis"));
    add(genesis, tenant);
    head_ = sha256(genesis);
  }

  Result<void> next(const json& line) {
    const auto sequence = line.at("sequence").get<std::int64_t>();
    if (sequence != last_ + 1) return broken("a record is missing or stands twice");
    BERTH_TRY(commitment, octets_of(line, "commitment"));
    BERTH_TRY(hash, octets_of(line, "hash"));
    if (line.contains("payload")) {
      BERTH_TRY(salt, octets_of(line, "salt"));
      const auto made = hmac_sha256(salt, as_bytes(line.at("payload").get<std::string>()));
      if (!std::equal(made.begin(), made.end(), commitment.begin(), commitment.end())) {
        return broken("what it says is not what was committed to");
      }
    }
    Bytes record;
    add(record, std::string("berth.audit.record"));
    add(record, ByteView(head_));
    add(record, line.at("format").get<std::int64_t>());
    add(record, line.at("incarnation").get<std::int64_t>());
    add(record, sequence);
    add(record, line.at("timeMs").get<std::int64_t>());
    for (const char* member : {"type", "subjectRef", "commitId"}) {
      add(record, line.at(member).get<std::string>());
    }
    add(record, ByteView(commitment));
    head_ = sha256(record);
    last_ = sequence;
    if (std::equal(head_.begin(), head_.end(), hash.begin(), hash.end())) return {};
    return broken("its hash does not follow from the one before");
  }
  std::int64_t last() const { return last_; }
  std::string head() const { return lower_hex(head_); }

 private:
  Error broken(const std::string& why) const {
    return bad("verify.history", "audit.jsonl, record " + std::to_string(last_ + 1) + ": " + why);
  }
  Sha256 head_{};
  std::int64_t last_ = 0;
};

Result<std::int64_t> check_history(const fs::path& file, const json& head) {
  Chain chain(head.at("tenant").get<std::string>());
  std::ifstream in(file, std::ios::binary);
  for (std::string line; std::getline(in, line);) BERTH_TRY_VOID(chain.next(json::parse(line)));
  const json& told = head.at("history");
  if (chain.last() == told.at("sequence") && chain.head() == told.at("hash")) return chain.last();
  return bad("verify.history", "audit.jsonl does not end at the head that the manifest names");
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Result<VerifiedExport> check_export(const fs::path& folder, std::string_view public_key_pem) {
  try {
    BERTH_TRY(lines, signed_lines(content(folder / kManifest), "verify.export", public_key_pem));
    const json& head = lines.front();
    if (head.at("format") != "berth-tenant-export/1") return bad_export("not of a known format");
    VerifiedExport verified{head.at("tenant").get<std::string>()};
    std::set<std::string> named{kManifest};
    for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
      BERTH_TRY_VOID(check_file(folder, *line));
      named.insert(line->at("file").get<std::string>());
      verified.rows += line->at("rows").get<std::uint64_t>();
      ++verified.files;
    }
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (named.contains(entry.path().filename().string())) continue;
      return bad_export(entry.path().filename().string() + " is none of the export's files");
    }
    if (!named.contains("audit.jsonl")) return bad_export("the history is missing");
    BERTH_TRY(history, check_history(folder / "audit.jsonl", head));
    verified.history = history;
    return verified;
  } catch (const json::exception& failure) {
    return bad_export(failure.what());
  } catch (const fs::filesystem_error& failure) {
    return bad_export(failure.what());
  }
}

Result<VerifiedExit> check_certificate(std::string_view certificate, std::string_view manifest,
                                       std::string_view public_key_pem) {
  constexpr std::string_view kReason = "verify.certificate";
  try {
    BERTH_TRY(lines, signed_lines(certificate, kReason, public_key_pem));
    const json& head = lines.front();
    if (head.at("format") != "berth-tenant-exit/1") return bad(kReason, "not of a known format");
    VerifiedExit verified{head.at("tenant").get<std::string>(), 0,
                          head.at("objectsRemoved").get<std::uint64_t>(),
                          head.at("manifestSha256").get<std::string>()};
    bool history = false;
    for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
      if (line->contains("key")) ++verified.keys;
      history = history || line->contains("history");
    }
    if (verified.keys == 0 || !history) {
      return bad(kReason, "it names no key, or not where the history stands");
    }
    if (!manifest.empty() && lower_hex(sha256(as_bytes(manifest))) != verified.manifest_sha256) {
      return bad(kReason, "it is about another export than this one");
    }
    return verified;
  } catch (const json::exception& failure) {
    return bad(kReason, failure.what());
  }
}

}  // namespace berth::verify
