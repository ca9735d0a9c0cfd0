#include "kernel/base/secret_bytes.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

namespace berth {
namespace {

// Whole pages, so that locking and dump exclusion touch nothing else.
std::size_t mapped_size(std::size_t size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

}  // namespace

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  void* memory = ::mmap(nullptr, mapped_size(size), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Both are best effort: a small RLIMIT_MEMLOCK must not stop the service.
  static_cast<void>(::mlock(memory, mapped_size(size)));
  static_cast<void>(::madvise(memory, mapped_size(size), MADV_DONTDUMP));
  data_ = static_cast<std::uint8_t*>(memory);
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
  OPENSSL_cleanse(data_, size_);
  ::munmap(data_, mapped_size(size_));
  data_ = nullptr;
  size_ = 0;
}

void wipe(std::span<std::uint8_t> bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

}  // namespace berth
