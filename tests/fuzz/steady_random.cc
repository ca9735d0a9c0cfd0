// RAND_METHOD is old, but the one way to steer every default in the process.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tests/fuzz/steady_random.h"

#include <openssl/rand.h>

#include <mutex>

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

std::mutex mutex;           // NOLINT: as global as what it guards
std::mt19937_64 engine(0);  // NOLINT

int fill(unsigned char* target, int size) {
  const std::lock_guard lock(mutex);
  for (int i = 0; i < size; ++i) target[i] = static_cast<unsigned char>(engine());
  return 1;
}
int ready() { return 1; }

constexpr RAND_METHOD kSteady = {nullptr, fill, nullptr, nullptr, fill, ready};

}  // namespace

void steady_openssl(std::uint64_t seed) {
  must_hold(RAND_get_rand_method() == &kSteady || RAND_set_rand_method(&kSteady) == 1,
            "OpenSSL takes a RAND_METHOD");
  const std::lock_guard lock(mutex);
  engine.seed(seed);
}

}  // namespace berth::fuzz
