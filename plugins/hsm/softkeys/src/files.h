// Small files read whole and written whole: the new content is complete and durable under its name,
// or the old state remains.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace softkeys {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  bool valid() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// Throws Error UNAVAILABLE "softkeys.io" (RESOURCE_EXHAUSTED when the disk is full) with errno.
[[noreturn]] void fail_io(const std::string& doing);

// Octets read; less than into.size() only at the end of the file.
std::size_t read_full(const FileDescriptor& file, std::span<std::uint8_t> into,
                      const std::string& path);

template <class Octets>
Octets read_at_most(const FileDescriptor& file, std::size_t max, const std::string& path) {
  Octets content(max);
  content.resize(read_full(file, content, path));
  return content;
}

// Creates folder/name with mode 0600, written and synced before it appears; syncs the folder.
// False, and nothing changed, when the name is taken.
bool create_file(const std::string& folder, const std::string& name,
                 std::span<const std::uint8_t> content);

// False when there was no such file. Syncs the folder.
bool remove_file(const std::string& folder, const std::string& name);

// Makes the folder (mode 0700) when missing. Throws PERMISSION_DENIED "softkeys.folder_mode" when
// others may write to it.
void prepare_folder(const std::string& folder);

}  // namespace softkeys
