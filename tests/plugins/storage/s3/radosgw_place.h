// A prefix of its own in the bucket of the S3 server that tests/radosgw/run.sh started.

#pragma once

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "kit/storage/storage_kit.h"

namespace berth::s3_test {

using namespace storage_kit;  // NOLINT: the same words, one store

inline std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error("run this by tests/radosgw/run.sh");
  return value;
}

class RadosgwPlace final : public Place {
 public:
  RadosgwPlace() {
    static std::atomic<int> counter{0};
    prefix = "place-" + std::to_string(++counter) + "/";
  }
  std::string plugin() const override { return S3_SO; }
  std::string config() const override {
    return R"({"endpoint":")" + endpoint + R"(","region":")" +
           from_environment("BERTH_TEST_S3_REGION") + R"(","bucket":")" + bucket +
           R"(","prefix":")" + prefix + R"(","credentialsFile":")" + credentials +
           R"(","backoffMs":20)" + more + "}";
  }

  std::string endpoint = from_environment("BERTH_TEST_S3");
  std::string bucket = "berth-test";
  std::string prefix;
  std::string credentials = from_environment("BERTH_TEST_S3_CREDENTIALS");
  std::string more;  // members of the configuration, each after a comma
};

inline void tell_server(const std::string& command) {
  std::ofstream(from_environment("BERTH_TEST_S3_CONTROL")) << command << "\n";
}

}  // namespace berth::s3_test
