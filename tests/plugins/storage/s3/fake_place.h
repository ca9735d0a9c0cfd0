// An instance of the plugin before a FakeServer.

#pragma once

#include <sys/stat.h>

#include <fstream>

#include "kit/storage/storage_kit.h"
#include "tests/plugins/storage/s3/fake_server.h"

namespace berth::s3_test {

using namespace storage_kit;  // NOLINT: the same words, one store

inline std::string write_credentials(const ScratchFolder& folder, const std::string& secret,
                                     mode_t mode = 0600) {
  std::string path = folder / "credentials.json";
  std::ofstream(path) << R"({"accessKeyId":"KEY","secretAccessKey":")" + secret + R"("})";
  REQUIRE(::chmod(path.c_str(), mode) == 0);
  return path;
}

inline std::string listing(const std::string& contents, bool more = false) {
  return "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>" +
         std::string(more ? "true" : "false") + "</IsTruncated>" + contents + "</ListBucketResult>";
}
inline std::string entry(const std::string& key) {
  return "<Contents><Key>" + key +
         "</Key><Size>1</Size><LastModified>2026-11-23T14:15:39.000Z</LastModified><ETag>&quot;e&"
         "quot;</ETag></Contents>";
}
inline std::string s3_error(const std::string& code) {
  return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>m</Message></Error>";
}

class FakePlace final : public Place {
 public:
  FakePlace() { server.answer(http(200, listing(""))); }  // what start asks
  std::string plugin() const override { return S3_SO; }
  std::string config() const override {
    return R"({"endpoint":")" + server.endpoint() +
           R"(","region":"r","bucket":"bucket","prefix":"p/","credentialsFile":")" +
           write_credentials(folder, "secret") + R"(","backoffMs":1)" + more + "}";
  }

  FakeServer server;
  ScratchFolder folder;
  std::string more;  // members of the configuration, each after a comma
};

}  // namespace berth::s3_test
