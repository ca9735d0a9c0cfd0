#include "tools/berthctl/test_pki_folder.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "kernel/ingress/tls_listener.h"

using namespace berth;
using namespace berth::berthctl;

namespace {

const char* const kEid = "89049032123451234512345678901235";

struct Scratch {
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "berthctl-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

mode_t mode_of(const std::filesystem::path& file) {
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

}  // namespace

TEST_CASE("a whole test PKI is written, keys closed to others, and its TLS serves",
          "[berthctl][R22]") {
  const Scratch scratch;
  const SystemClock clock;
  SystemRandom random;
  const auto folder = scratch.path / "pki";
  const auto curve = GENERATE(Curve::kP256, Curve::kBrainpoolP256r1);
  const auto written =
      create_test_pki({folder, {"rsp.tenant-a.example"}, {kEid}, curve}, clock, random);
  if (!written) FAIL(written.error().message());
  CHECK(written->size() == 12);
  for (const auto& file : *written) {
    CAPTURE(file);
    const bool secret = file.string().ends_with(".key.pem");
    CHECK((mode_of(file) & 077) == (secret ? 0 : mode_of(file) & 077));
    CHECK(std::filesystem::file_size(file) > 100);
  }
  CHECK(std::filesystem::exists(folder / ("euicc-" + std::string(kEid) + ".pem")));
  const auto listener = ingress::TlsListener::start(
      "127.0.0.1:0",
      {{*HostName::parse("rsp.tenant-a.example"),
        {folder / "tls/rsp.tenant-a.example.pem", folder / "tls/rsp.tenant-a.example.key.pem"}}},
      {}, [](const ingress::HttpRequest&) { return ingress::HttpResponse{}; });
  if (!listener) FAIL(listener.error().message());

  const auto again = create_test_pki({folder, {}, {}, curve}, clock, random);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().reason() == "berthctl.folder_not_empty");
}

TEST_CASE("a realm or EID with a typing error leaves nothing behind", "[berthctl]") {
  const Scratch scratch;
  const SystemClock clock;
  SystemRandom random;
  const auto folder = scratch.path / "pki";
  CHECK_FALSE(create_test_pki({folder, {"a b"}, {}}, clock, random).ok());
  CHECK_FALSE(create_test_pki({folder, {}, {"8904"}}, clock, random).ok());
  CHECK_FALSE(
      create_test_pki({folder, {}, {"89049032123451234512345678901236"}}, clock, random).ok());
  CHECK_FALSE(std::filesystem::exists(folder));
}
