#include "lane_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace file_feed {

using berth::sdk::BssEvent;
using berth::sdk::Error;
using nlohmann::json;
namespace {

// A line's own members around the body, and then some.
constexpr std::size_t kMaxLineOctets = LaneFile::kMaxBodyOctets + 16 * 1024;
constexpr std::uint32_t kLockedRetryMs = 1000;

// Held while a file is read and appended to.
class Lock {
 public:
  explicit Lock(const FileDescriptor& file) : file_(file) {
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return;
    if (errno != EWOULDBLOCK) fail_io("locking a lane's file");
    throw Error(BERTH_UNAVAILABLE, "file_feed.locked", "another instance appends to this lane")
        .with_retry_after_ms(kLockedRetryMs);
  }
  ~Lock() { ::flock(file_.get(), LOCK_UN); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  const FileDescriptor& file_;
};

std::string line_of(const BssEvent& event) {
  std::string body(event.body_json);
  // Outside of strings JSON takes a blank as well, and inside there is none.
  std::replace_if(
      body.begin(), body.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return "{\"incarnation\":" + std::to_string(event.incarnation) +
         ",\"sequence\":" + std::to_string(event.sequence) +
         ",\"eventId\":" + json(event.event_id).dump() + ",\"type\":" + json(event.type).dump() +
         ",\"event\":" + body + "}\n";
}

Position position_of(std::string_view line, const std::string& name) {
  json parsed = json::parse(line, nullptr, false);
  if (!parsed.is_object() || !parsed.value("incarnation", json()).is_number_unsigned() ||
      !parsed.value("sequence", json()).is_number_unsigned()) {
    throw Error(
        BERTH_DATA_LOSS, "file_feed.damaged",
        name + ": the last line is not one of this feed's; repair it or move the file away");
  }
  return {parsed.at("incarnation").get<std::uint64_t>(),
          parsed.at("sequence").get<std::uint64_t>()};
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void fail_io(const std::string& doing) {
  int error = errno;
  bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Error(full ? BERTH_RESOURCE_EXHAUSTED : BERTH_UNAVAILABLE,
              full ? "file_feed.full" : "file_feed.io", doing + ": " + std::strerror(error));
}

FileDescriptor open_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail_io("making " + path);
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) fail_io("opening " + path);
  struct stat status {};
  if (::fstat(folder.get(), &status) != 0) fail_io("reading the mode of " + path);
  if ((status.st_mode & 022) != 0) {
    throw Error(BERTH_PERMISSION_DENIED, "file_feed.folder_mode",
                path + " must be a folder that only its owner may write to");
  }
  return folder;
}

std::string LaneFile::file_name(std::string_view endpoint, std::string_view lane) {
  return std::string(endpoint) + "_" + std::string(lane) + ".jsonl";
}

LaneFile::LaneFile(const FileDescriptor& folder, const std::string& name)
    : file_(::openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)),
      name_(name) {
  if (!file_.valid()) fail_io("opening " + name);
  if (::fsync(folder.get()) != 0) fail_io("syncing the folder to disk");
}

void LaneFile::look(bool& mended) {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) fail_io("reading the size of " + name_);
  if (status.st_size == size_) return;  // nobody wrote since
  auto count = std::min<std::int64_t>(status.st_size, 2 * std::int64_t{kMaxLineOctets});
  std::string tail(static_cast<std::size_t>(count), '\0');
  for (std::size_t done = 0; done < tail.size();) {
    ssize_t got = ::pread(file_.get(), tail.data() + done, tail.size() - done,
                          status.st_size - count + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail_io("reading " + name_);
    done += static_cast<std::size_t>(got);
  }
  // A line without its end was being written when the power went: nobody was told of it.
  std::size_t end = tail.rfind('\n');
  std::size_t whole = end == std::string::npos ? 0 : end + 1;
  if (whole == 0 && status.st_size > count) {
    throw Error(BERTH_DATA_LOSS, "file_feed.damaged", name_ + " does not hold lines");
  }
  std::int64_t size = status.st_size - count + static_cast<std::int64_t>(whole);
  Position position{0, 0};
  if (whole > 0) {
    std::size_t before = end == 0 ? std::string::npos : tail.rfind('\n', end - 1);
    std::size_t begin = before == std::string::npos ? 0 : before + 1;
    position = position_of(std::string_view(tail).substr(begin, end - begin), name_);
  }
  if (size < status.st_size) {
    if (::ftruncate(file_.get(), size) != 0) fail_io("mending " + name_);
    mended = true;
  }
  size_ = size;
  position_ = position;
}

void LaneFile::write(std::string_view lines) {
  for (std::size_t done = 0; done < lines.size();) {
    ssize_t written = ::pwrite(file_.get(), lines.data() + done, lines.size() - done,
                               size_ + static_cast<off_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_io("writing " + name_);
    done += static_cast<std::size_t>(written);
  }
  if (::fdatasync(file_.get()) != 0) fail_io("syncing " + name_ + " to disk");
}

void LaneFile::append(const std::vector<BssEvent>& events, bool& mended) {
  Lock lock(file_);
  look(mended);
  std::string lines;
  Position last = position_;
  for (const BssEvent& event : events) {
    Position at{event.incarnation, event.sequence};
    if (at <= last) continue;  // it is there from before
    lines += line_of(event);
    last = at;
  }
  if (lines.empty()) return;
  try {
    write(lines);
  } catch (...) {
    // What was written of it is taken back; where that fails too, the next look() reads what is
    // there and finds each whole line delivered.
    static_cast<void>(::ftruncate(file_.get(), size_) == 0);
    size_ = -1;
    throw;
  }
  size_ += static_cast<std::int64_t>(lines.size());
  position_ = last;
}

}  // namespace file_feed
