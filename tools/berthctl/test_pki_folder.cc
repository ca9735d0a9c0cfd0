#include "tools/berthctl/test_pki_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "kernel/base/identifiers.h"
#include "tools/testpki/test_pki.h"

namespace berth::berthctl {
namespace {

using std::filesystem::path;

// The manufacturer part the EUM's certificate covers: one constraint for each card's first digits.
constexpr std::size_t kEumPrefixDigits = 8;
constexpr mode_t kPublicMode = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
constexpr mode_t kSecretMode = S_IRUSR | S_IWUSR;

class Folder {
 public:
  explicit Folder(path root) : root_(std::move(root)) {}

  Result<void> make() const {
    std::error_code failed;
    std::filesystem::create_directories(root_ / "tls", failed);
    if (failed) return trouble(root_, failed.message());
    std::filesystem::permissions(root_, std::filesystem::perms::owner_all, failed);
    return {};
  }
  Result<bool> empty() const {
    std::error_code failed;
    if (!std::filesystem::exists(root_, failed)) return true;
    const bool is_empty = std::filesystem::is_empty(root_, failed);
    if (failed) return trouble(root_, failed.message());
    return is_empty;
  }
  Result<void> write(const std::string& name, const testpki::Issued& issued) {
    const std::string pem = issued.certificate_pem();
    BERTH_TRY_VOID(write_file(name + ".pem", as_bytes(pem), kPublicMode));
    const SecretBytes key = issued.key_pem();
    return write_file(name + ".key.pem", key.view(), kSecretMode);
  }
  std::vector<path> written;

 private:
  static Error trouble(const path& file, std::string_view why) {
    return {ErrorCode::kUnavailable, "berthctl.file",
            file.string() + " cannot be written (" + std::string(why) + ")"};
  }
  Result<void> write_file(const std::string& name, ByteView octets, mode_t mode) {
    const path file = root_ / name;
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) return trouble(file, std::strerror(errno));
    const ssize_t count = ::write(fd, octets.data(), octets.size());
    const bool whole = count == static_cast<ssize_t>(octets.size());
    if (::close(fd) != 0 || !whole) return trouble(file, "short write");
    written.push_back(file);
    return {};
  }
  path root_;
};

Result<void> write_servers(Folder& folder, testpki::TestCi& ci, const TestPkiRequest& request) {
  using testpki::ServerRole;
  BERTH_TRY(dp_auth, ci.issue_server({.role = ServerRole::kDpAuth}));
  BERTH_TRY_VOID(folder.write("dpauth", dp_auth));
  BERTH_TRY(dp_pb, ci.issue_server({.role = ServerRole::kDpPb}));
  BERTH_TRY_VOID(folder.write("dppb", dp_pb));
  for (const std::string& realm : request.realms) {
    BERTH_TRY(name, HostName::parse(realm));
    BERTH_TRY(tls, ci.issue_server({.role = ServerRole::kDpTls,
                                    .dns_names = {name.text(), "rsp3-" + name.text()}}));
    BERTH_TRY_VOID(folder.write("tls/" + name.text(), tls));
  }
  return {};
}

Result<void> write_cards(Folder& folder, testpki::TestCi& ci, const TestPkiRequest& request) {
  testpki::EumRequest wish;
  std::set<std::string> prefixes;
  for (const std::string& eid : request.eids) prefixes.insert(eid.substr(0, kEumPrefixDigits));
  if (!prefixes.empty()) wish.eid_prefixes.assign(prefixes.begin(), prefixes.end());
  BERTH_TRY(eum, ci.issue_eum(wish));
  BERTH_TRY_VOID(folder.write("eum", eum.issued()));
  for (const std::string& eid : request.eids) {
    BERTH_TRY(card, eum.issue_euicc({.eid = eid}));
    BERTH_TRY_VOID(folder.write("euicc-" + eid, card));
  }
  return {};
}

// Before anything is written: a half-made PKI helps nobody.
Result<void> check(const TestPkiRequest& request) {
  for (const std::string& realm : request.realms) {
    const Result<HostName> name = HostName::parse(realm);
    if (!name) return Error(name.error()).within("--realm " + realm);
  }
  for (const std::string& text : request.eids) {
    const Result<Eid> eid = Eid::parse(text);
    if (!eid || !eid->check_digits_ok()) {
      return Error(ErrorCode::kInvalidArgument, "eid.invalid",
                   "--eid " + text + ": an EID has 32 digits, the last two of them check digits");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<path>> create_test_pki(const TestPkiRequest& request, const Clock& clock,
                                          Random& random) {
  BERTH_TRY_VOID(check(request));
  Folder folder(request.folder);
  BERTH_TRY(empty, folder.empty());
  if (!empty) {
    return Error(ErrorCode::kAlreadyExists, "berthctl.folder_not_empty",
                 request.folder.string() +
                     " holds files already and nothing is overwritten; name a new folder");
  }
  BERTH_TRY_VOID(folder.make());
  BERTH_TRY(ci, testpki::TestCi::create(request.curve, "Berth Test CI", clock, random));
  BERTH_TRY_VOID(folder.write("ci", ci.issued()));
  BERTH_TRY_VOID(write_cards(folder, ci, request));
  BERTH_TRY_VOID(write_servers(folder, ci, request));
  return std::move(folder.written);
}

}  // namespace berth::berthctl
