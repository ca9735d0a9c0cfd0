#include "tools/euicc/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tools/euicc/state_json.h"

namespace berth::euicc {
namespace {

constexpr mode_t kOwnerOnly = 0600;

// The system's words for errno, taken before anything can change it.
Error unusable(const std::filesystem::path& path, std::string_view what) {
  const int code = errno;
  return Error(ErrorCode::kUnavailable, "card.file_unusable",
               "cannot " + std::string(what) + " " + path.string() + ": " + std::strerror(code));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::filesystem::path beside(const std::filesystem::path& path, const char* suffix) {
  std::filesystem::path other = path;
  other += suffix;
  return other;
}

}  // namespace

Result<std::unique_ptr<StateFile>> StateFile::open(std::filesystem::path path) {
  const std::filesystem::path lock_path = beside(path, ".lock");
  Descriptor lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (!lock.valid()) return unusable(lock_path, "open");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error(ErrorCode::kFailedPrecondition, "card.file_locked",
                 "another command is using the card " + path.string() + "; wait until it ends");
  }
  return std::unique_ptr<StateFile>(new StateFile(std::move(path), lock.release()));
}

StateFile::~StateFile() { ::close(lock_); }

bool StateFile::exists() const {
  std::error_code ignored;
  return std::filesystem::exists(path_, ignored);
}

Result<CardState> StateFile::load() const {
  const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) {
    return Error(ErrorCode::kNotFound, "card.file_missing",
                 "there is no card " + path_.string() + "; make one with 'berth-lpa init'");
  }
  if (!file.valid()) return unusable(path_, "open");
  std::string text;
  char block[64 * 1024];
  for (;;) {
    const ssize_t count = ::read(file.get(), block, sizeof(block));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unusable(path_, "read");
    if (count == 0) break;
    text.append(block, static_cast<std::size_t>(count));
    if (text.size() > kMaxStateFileSize) {
      return Error(ErrorCode::kDataLoss, "card.file_invalid", "the card file is far too large");
    }
  }
  Result<CardState> state = state_from_json(text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return state;
}

Result<void> StateFile::save(const CardState& state) {
  const std::filesystem::path fresh = beside(path_, ".new");
  ::unlink(fresh.c_str());
  Descriptor file(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (!file.valid()) return unusable(fresh, "create");
  std::string text = to_json(state);
  const bool written = write_all(file.get(), text) && ::fsync(file.get()) == 0;
  const int code = errno;
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  errno = code;
  if (!written) return unusable(fresh, "write");
  if (::rename(fresh.c_str(), path_.c_str()) != 0) return unusable(path_, "replace");
  // The new name itself must survive a power cut.
  const std::filesystem::path parent = path_.has_parent_path() ? path_.parent_path() : ".";
  const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) return unusable(parent, "flush");
  return {};
}

}  // namespace berth::euicc
