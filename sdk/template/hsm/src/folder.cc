#include "folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "berth/abi/hsm.h"
#include "berth/sdk/error.h"

namespace fs = std::filesystem;
using berth::sdk::Error;

namespace {

constexpr std::size_t kMaxReference = 128;
constexpr std::size_t kMaxFile = 4096;

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

SecretOctets text_of(const Material& key) {
  const std::string head = std::to_string(key.usage) + " " + std::to_string(key.curve) + "\n";
  SecretOctets text(head.begin(), head.end());
  const SecretOctets rest = key.pair == nullptr ? key.secret : pair_to_pem(key.pair);
  text.insert(text.end(), rest.begin(), rest.end());
  return text;
}

// What follows "<usage> <curve>\n"; null: there is no such line.
const char* after_head(const char* at, const char* end, Material& key) {
  const auto usage = std::from_chars(at, end, key.usage);
  if (usage.ec != std::errc() || usage.ptr == end || *usage.ptr != ' ') return nullptr;
  const auto curve = std::from_chars(usage.ptr + 1, end, key.curve);
  if (curve.ec != std::errc() || curve.ptr == end || *curve.ptr != '\n') return nullptr;
  return curve.ptr + 1;
}

// False: it is no key.
bool read(const SecretOctets& text, Material& key) {
  const char* const begin = reinterpret_cast<const char*>(text.data());
  const char* const rest = after_head(begin, begin + text.size(), key);
  if (rest == nullptr) return false;
  const auto octets = berth::sdk::ByteView(text).subspan(static_cast<std::size_t>(rest - begin));
  if (key.curve != 0) return (key.pair = pair_from_pem(octets)) != nullptr;
  key.secret.assign(octets.begin(), octets.end());
  return key.secret.size() == kSecretOctets;
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
  const SecretOctets text = text_of(key);
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(descriptor) == 0;
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

void Folder::load(std::string_view reference, Material& key) const {
  const std::string file = file_of(reference).string();
  const SecretOctets text =
      berth::sdk::read_private_file(file, kMaxFile, {"hsm.key_not_found", "folder_keys.mode"});
  if (!read(text, key)) {
    throw Error(BERTH_DATA_LOSS, "folder_keys.io", file + " is not the key that was stored");
  }
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
