// The file of one lane: events as lines of JSON, appended durably and each once.
//
// Where the lane stands is read from the file's own last line, so that it can never disagree with
// what is there. One thread at a time; several instances, of several processes too, may share a
// file.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/sdk/bss.h"

namespace file_feed {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) noexcept : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  bool valid() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// Throws UNAVAILABLE "file_feed.io", RESOURCE_EXHAUSTED "file_feed.full" for a full disk or quota.
[[noreturn]] void fail_io(const std::string& doing);

// Opens a folder that only its owner may write to, made with mode 0700 when missing. Throws
// PERMISSION_DENIED "file_feed.folder_mode".
FileDescriptor open_folder(const std::string& path);

// Where a lane stands: (incarnation, sequence) of its last event; (0, 0) before the first.
using Position = std::pair<std::uint64_t, std::uint64_t>;

class LaneFile {
 public:
  static constexpr std::size_t kMaxBodyOctets = 256 * 1024;

  // "bss_live.jsonl": '_' is in neither name.
  static std::string file_name(std::string_view endpoint, std::string_view lane);

  // Opens or makes the file in `folder`.
  LaneFile(const FileDescriptor& folder, const std::string& name);

  // The whole batch or nothing of it: every event beyond where the lane stands is appended, then
  // the file is synced. Throws UNAVAILABLE "file_feed.locked" while another instance appends,
  // DATA_LOSS "file_feed.damaged" when the last line is not one of ours. `mended` tells that a torn
  // line was cut off.
  void append(const std::vector<berth::sdk::BssEvent>& events, bool& mended);

 private:
  void look(bool& mended);
  void write(std::string_view lines);

  FileDescriptor file_;
  std::string name_;
  std::int64_t size_ = -1;  // up to which position_ was read; -1: not yet
  Position position_{0, 0};
};

}  // namespace file_feed
