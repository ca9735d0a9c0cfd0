#include "kernel/manifest/sealed_copy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace berth::manifest {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunkBytes = 64 * 1024;
// Since Linux 6.3: without it some systems make a memfd that cannot be executed.
constexpr unsigned kExecutable = 0x0010U;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

Error failed(const fs::path& library, std::string_view what) {
  const int cause = errno;
  return {ErrorCode::kUnavailable, "plugin.copy_failed",
          library.string() + " cannot be copied into sealed memory: " + std::string(what) + " (" +
              std::strerror(cause) + ")"};
}

int sealable_memory(const std::string& name) {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const int made = ::memfd_create(name.c_str(), kFlags | kExecutable);
  return made < 0 && errno == EINVAL ? ::memfd_create(name.c_str(), kFlags) : made;
}

bool write_all(int descriptor, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::write(descriptor, data, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

// The octets copied. The file may grow meanwhile, so that its stated size says nothing.
Result<std::size_t> copy(int from, int to, const fs::path& library) {
  std::array<char, kChunkBytes> chunk;
  std::size_t size = 0;
  for (;;) {
    const ssize_t count = ::read(from, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(library, "it cannot be read");
    if (count == 0) return size;
    size += static_cast<std::size_t>(count);
    if (size > kMaxLibraryBytes) {
      return Error(ErrorCode::kInvalidArgument, "plugin.too_large",
                   library.string() + " is larger than 256 MiB; no plugin is");
    }
    if (!write_all(to, chunk.data(), static_cast<std::size_t>(count))) {
      return failed(library, "no memory");
    }
  }
}

}  // namespace

Result<SealedCopy> SealedCopy::of(const fs::path& library) {
  // Without waiting: a pipe of that name must not hold the start up.
  const Descriptor file(::open(library.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return Error(ErrorCode::kNotFound, "plugin.not_found",
                 "no readable plugin library at " + library.string());
  }
  Descriptor memory(sealable_memory(library.filename().string().substr(0, 200)));
  if (memory.get() < 0) return failed(library, "memfd_create");
  BERTH_TRY(size, copy(file.get(), memory.get(), library));
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (::fcntl(memory.get(), F_ADD_SEALS, kSeals) != 0) return failed(library, "F_ADD_SEALS");
  if (size == 0) return SealedCopy(memory.release(), nullptr, 0);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, memory.get(), 0);
  if (data == MAP_FAILED) return failed(library, "mmap");
  return SealedCopy(memory.release(), static_cast<const std::uint8_t*>(data), size);
}

SealedCopy::SealedCopy(SealedCopy&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      keep_(other.keep_) {}

SealedCopy::~SealedCopy() {
  unmap();
  if (descriptor_ >= 0 && !keep_) ::close(descriptor_);
}

fs::path SealedCopy::path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

void SealedCopy::keep_open() { keep_ = true; }

void SealedCopy::unmap() noexcept {
  if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
  data_ = nullptr;
  size_ = 0;
}

}  // namespace berth::manifest
