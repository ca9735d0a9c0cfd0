#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "berth/sdk/error.h"
#include "config.h"

namespace s3 {
namespace {

using berth::sdk::Error;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void unreadable(const std::string& path) {
  throw Error(BERTH_NOT_FOUND, "s3.credentials_file",
              "cannot read " + path + ": " + std::strerror(errno));
}

[[noreturn]] void malformed(const std::string& path) {
  throw Error(BERTH_INVALID_ARGUMENT, "s3.credentials_format",
              path +
                  R"( must hold {"accessKeyId": "…", "secretAccessKey": "…"} and, for temporary )"
                  R"(credentials, "sessionToken")");
}

SecretOctets read_private_file(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) unreadable(path);
  const bool ours = status.st_uid == ::geteuid() || status.st_uid == 0;
  const mode_t mode = status.st_mode & 07777;
  if (!S_ISREG(status.st_mode) || !ours || (mode != 0600 && mode != 0400)) {
    throw Error(BERTH_PERMISSION_DENIED, "s3.credentials_mode",
                path + " must be a file of mode 0600 or 0400 that belongs to this user or root");
  }
  SecretOctets content(kMaxCredentialsOctets + 1);  // one more shows that there is too much
  std::size_t done = 0;
  while (done < content.size()) {
    ssize_t got = ::read(file.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) unreadable(path);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  if (done > kMaxCredentialsOctets) malformed(path);
  content.resize(done);
  return content;
}

// Moves the text out of the document and wipes what stays behind.
SecretOctets take(nlohmann::json& document, const char* key) {
  auto found = document.find(key);
  if (found == document.end() || !found->is_string()) return {};
  auto& text = found->get_ref<std::string&>();
  SecretOctets out(text.begin(), text.end());
  OPENSSL_cleanse(text.data(), text.size());
  return out;
}

// What goes into a header: visible ASCII.
bool is_header_text(const SecretOctets& octets, std::size_t max) {
  return octets.size() <= max && std::all_of(octets.begin(), octets.end(),
                                             [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Credentials read_credentials(const std::string& path) {
  const SecretOctets content = read_private_file(path);
  auto document = nlohmann::json::parse(content.begin(), content.end(), nullptr, false);
  if (!document.is_object()) malformed(path);
  const SecretOctets id = take(document, "accessKeyId");
  SecretOctets secret = take(document, "secretAccessKey");
  const SecretOctets token = take(document, "sessionToken");
  const bool known = document.size() == (document.contains("sessionToken") ? 3u : 2u);
  if (!known || id.empty() || secret.empty() || !is_header_text(id, 128) ||
      !is_header_text(secret, 256) || !is_header_text(token, 8192)) {
    malformed(path);
  }
  return {{id.begin(), id.end()}, std::move(secret), {token.begin(), token.end()}};
}

}  // namespace s3
