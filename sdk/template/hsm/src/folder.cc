#include "folder.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "berth/abi/hsm.h"
#include "berth/sdk/error.h"

namespace fs = std::filesystem;
using berth::sdk::Error;

namespace {

constexpr std::size_t kMaxReference = 128;

[[noreturn]] void io_failed(const fs::path& path) {
  throw Error(BERTH_UNAVAILABLE, "folder_keys.io", path.string() + ": " + std::strerror(errno))
      .with_retry_after_ms(1000);
}

void sync_folder(const fs::path& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) io_failed(path);
  const bool synced = ::fsync(folder) == 0;
  ::close(folder);
  if (!synced) io_failed(path);
}

std::string text_of(const Material& key) {
  std::string text = std::to_string(key.usage) + " " + std::to_string(key.curve) + "\n";
  if (key.pair != nullptr) return text + pair_to_pem(key.pair);
  text.append(key.secret.begin(), key.secret.end());
  return text;
}

}  // namespace

void Folder::make() const {
  std::error_code ignored;
  fs::create_directories(path_, ignored);
  sync_folder(path_);
}

// A reference becomes a file's name: nothing that leads elsewhere.
fs::path Folder::file_of(std::string_view reference) const {
  bool good = !reference.empty() && reference.size() <= kMaxReference && reference[0] != '.';
  for (const char c : reference) {
    good = good && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '_' || c == '-');
  }
  if (!good) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.bad_reference",
                "a reference is 1 to 128 of A-Z a-z 0-9 . _ - and does not begin with a dot");
  }
  return path_ / (std::string(reference) + ".key");
}

bool Folder::save(std::string_view reference, const Material& key) const {
  const fs::path file = file_of(reference);
  std::string fresh = (path_ / ".new-XXXXXX").string();
  const int descriptor = ::mkostemp(fresh.data(), O_CLOEXEC);  // mode 0600
  if (descriptor < 0) io_failed(path_);
  std::string text = text_of(key);
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(descriptor) == 0;
  OPENSSL_cleanse(text.data(), text.size());
  ::close(descriptor);
  // A link, unlike a renaming, never replaces: of two that race for a name one wins.
  const bool linked = written && ::link(fresh.c_str(), file.c_str()) == 0;
  const int why = errno;
  ::unlink(fresh.c_str());
  errno = why;
  if (!linked && (!written || why != EEXIST)) io_failed(file);
  sync_folder(path_);
  return linked;
}

bool Folder::load(std::string_view reference, Material& key) const {
  std::ifstream file(file_of(reference), std::ios::binary);
  if (!file) return false;
  file >> key.usage >> key.curve;
  file.get();
  const std::string rest{std::istreambuf_iterator<char>(file), {}};
  if (key.curve == 0) {
    key.secret.assign(rest.begin(), rest.end());
  } else {
    key.pair = pair_from_pem(rest);
  }
  if (key.curve == 0 ? key.secret.size() != kSecretOctets : key.pair == nullptr) {
    throw Error(BERTH_DATA_LOSS, "folder_keys.io",
                file_of(reference).string() + " is not the key that was stored");
  }
  return true;
}

bool Folder::remove(std::string_view reference) const {
  const fs::path file = file_of(reference);
  if (::unlink(file.c_str()) != 0) {
    if (errno == ENOENT) return false;
    io_failed(file);
  }
  sync_folder(path_);
  return true;
}
