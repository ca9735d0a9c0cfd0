#include "kernel/base/secret_bytes.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

namespace berth {
namespace {

// OpenSSL's secure heap: locked, out of core dumps, between guard pages. OpenSSL keeps private
// numbers there, too, so the large secrets stay out of it.
constexpr std::size_t kHeapSize = std::size_t{4} << 20;
constexpr std::size_t kSmallestInHeap = 64;
constexpr std::size_t kLargestInHeap = 32 << 10;

// Null when it is too large or the heap is full.
void* from_heap(std::size_t size) {
  static const bool ready = CRYPTO_secure_malloc_initialized() == 1 ||
                            CRYPTO_secure_malloc_init(kHeapSize, kSmallestInHeap) != 0;
  return ready && size <= kLargestInHeap ? OPENSSL_secure_zalloc(size) : nullptr;
}

// Whole pages, so that locking and dump exclusion touch nothing else.
std::size_t mapped_size(std::size_t size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

void* own_pages(std::size_t size) {
  void* memory = ::mmap(nullptr, mapped_size(size), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Both are best effort: a small RLIMIT_MEMLOCK must not stop the service.
  static_cast<void>(::mlock(memory, mapped_size(size)));
  static_cast<void>(::madvise(memory, mapped_size(size), MADV_DONTDUMP));
  return memory;
}

}  // namespace

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  void* memory = from_heap(size);
  data_ = static_cast<std::uint8_t*>(memory != nullptr ? memory : own_pages(size));
}

SecretBytes SecretBytes::copy_of(ByteView source) {
  SecretBytes secret(source.size());
  std::copy(source.begin(), source.end(), secret.data_);
  return secret;
}

SecretBytes SecretBytes::take(Bytes&& source) {
  SecretBytes secret = copy_of(source);
  wipe(source);
  source.clear();
  return secret;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { release(); }

void SecretBytes::release() noexcept {
  if (data_ == nullptr) return;
  if (CRYPTO_secure_allocated(data_) == 1) {
    OPENSSL_secure_clear_free(data_, size_);
  } else {
    OPENSSL_cleanse(data_, size_);
    ::munmap(data_, mapped_size(size_));
  }
  data_ = nullptr;
  size_ = 0;
}

void wipe(std::span<std::uint8_t> bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

}  // namespace berth
