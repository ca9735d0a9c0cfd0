// Files and folders of the system, with owners, whole reads and writes, and errno as Error.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace filesystem_store {

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

// Throws Error with errno's text: RESOURCE_EXHAUSTED "storage.full" for a full disk or quota, else
// UNAVAILABLE "filesystem.io".
[[noreturn]] void fail_io(const std::string& doing);

// Octets read at `offset`; less than into.size() only at the end of the file.
std::size_t read_at(const FileDescriptor& file, std::span<std::uint8_t> into, std::uint64_t offset);
void write_at(const FileDescriptor& file, std::span<const std::uint8_t> content,
              std::uint64_t offset);
void sync(const FileDescriptor& file);

// Opens a folder below `parent`; invalid when there is none.
FileDescriptor open_folder_at(const FileDescriptor& parent, const std::string& path);
// The same, made (mode 0700) with every folder above it when missing, each made durable.
FileDescriptor make_folders_at(const FileDescriptor& parent, const std::string& path);
// Opens a folder by absolute path, made with mode 0700 when missing. Throws PERMISSION_DENIED
// "filesystem.folder_mode" when others may write to it.
FileDescriptor open_private_folder(const std::string& path);

}  // namespace filesystem_store
