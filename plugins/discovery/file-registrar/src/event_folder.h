// A folder with one file for each event; a file appears whole and durable, or not at all.
//
// Thread-safe, over processes too.

#pragma once

#include <atomic>
#include <string>
#include <string_view>

namespace file_registrar {

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

class EventFolder {
 public:
  static constexpr std::size_t kMaxFileOctets = 4096;

  // Made with mode 0700 when missing. Throws PERMISSION_DENIED "file_registrar.folder_mode" when
  // others may write to it; everything that the system refuses, here and below, is UNAVAILABLE
  // "file_registrar.io" (a full disk RESOURCE_EXHAUSTED "file_registrar.full").
  explicit EventFolder(const std::string& path);

  // False: the name is taken, and its file stays as it is. Of many callers one makes it.
  bool create(const std::string& name, std::string_view content);
  // Empty: there is no such file.
  std::string read(const std::string& name) const;
  // Fine when there is no such file.
  void remove(const std::string& name);

 private:
  void write_whole(const std::string& name, std::string_view content) const;
  void remove_leftovers(const std::string& path) const;

  FileDescriptor folder_;
  std::atomic<std::uint64_t> writes_{0};
};

}  // namespace file_registrar
