#include "kernel/host/host.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "tests/scenario/world.h"

namespace berth::host {
namespace {

namespace fs = std::filesystem;
using scenario::World;

std::string read(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

// Replaces the first `from` in a file of the world.
void edit(const fs::path& file, const std::string& from, const std::string& to) {
  std::string text = read(file);
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  write(file, text.replace(at, from.size(), to));
}

}  // namespace

TEST_CASE("a host that cannot start says which file is why, and leaves no socket behind",
          "[host]") {
  const struct {
    const char* what;
    const char* reason;   // how the error's reason begins
    const char* mention;  // stands in the message
    void (*damage)(const fs::path& folder);
  } kCases[] = {
      {"no host file", "configuration.", "host.json",
       [](const fs::path& f) { fs::remove(f / "host.json"); }},
      {"host file not JSON", "configuration.", "host.json",
       [](const fs::path& f) { write(f / "host.json", "{"); }},
      {"a member misspelt", "configuration.", "dataFoldr",
       [](const fs::path& f) { edit(f / "host.json", "dataFolder", "dataFoldr"); }},
      {"routes that do not reject by default", "routes.default_action", "routes.json",
       [](const fs::path& f) { edit(f / "routes.json", "\"reject\"", "\"allow\""); }},
      {"two tenants at one realm", "routes.duplicate_realm", "alpha",
       [](const fs::path& f) {
         edit(f / "routes.json", "\"rsp.bravo.example\"", "\"rsp.alpha.example\"");
       }},
      {"a tenant without a file", "configuration.", "bravo",
       [](const fs::path& f) { fs::remove(f / "tenants/bravo.json"); }},
      {"no HSM library", "plugin", "softkeys",
       [](const fs::path& f) { edit(f / "host.json", "softkeys.so", "softkeys-missing.so"); }},
      {"no file with the secret of the keys", "", "keys.hex",
       [](const fs::path& f) { fs::remove(f / "keys.hex"); }},
      {"no DPauth certificate", "trust.certificate_unreadable", "dpauth.pem",
       [](const fs::path& f) { fs::remove(f / "pki/p256-dpauth.pem"); }},
      {"DPpb in the place of DPauth", "certificate.role", "dpauth.pem",
       [](const fs::path& f) { write(f / "pki/p256-dpauth.pem", read(f / "pki/p256-dppb.pem")); }},
      {"a TLS key of another certificate", "ingress.certificate", "alpha",
       [](const fs::path& f) { write(f / "tls/alpha.key.pem", read(f / "tls/bravo.key.pem")); }},
      {"an address that cannot be listened on", "ingress.bind", "203.0.113.1",
       [](const fs::path& f) { edit(f / "host.json", "127.0.0.1:0", "203.0.113.1:8443"); }},
      {"an operator socket nobody can make", "ingress.", "operator.sock",
       [](const fs::path& f) {
         edit(f / "host.json", "\"operator.sock\"", "\"no/such/folder/operator.sock\"");
       }},
  };
  World world;
  for (const auto& wrong : kCases) {
    INFO(wrong.what);
    const fs::path copy = world.folder() / "before";
    fs::remove_all(copy);
    fs::create_directory(copy);
    for (const char* part : {"host.json", "routes.json", "keys.hex", "tenants", "pki", "tls"}) {
      fs::copy(world.folder() / part, copy / part, fs::copy_options::recursive);
    }
    wrong.damage(world.folder());
    CHECK_THROWS(world.restart());
    const auto started = Host::start(world.folder() / "host.json", world.clock(), world.random());
    REQUIRE_FALSE(started.ok());
    INFO(started.error().reason() << ": " << started.error().message());
    CHECK(started.error().reason().starts_with(wrong.reason));
    CHECK(started.error().message().find(wrong.mention) != std::string::npos);
    CHECK_FALSE(fs::exists(world.folder() / "operator.sock"));
    for (const char* part : {"host.json", "routes.json", "keys.hex", "tenants", "pki", "tls"}) {
      fs::copy(copy / part, world.folder() / part,
               fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    }
  }
  world.restart();  // repaired, it starts
  CHECK(fs::exists(world.folder() / "operator.sock"));
}

TEST_CASE("a host that started without keys serves once they are imported, each reference once",
          "[host]") {
  World world;
  CHECK(world.host().identities().usable().size() == 1);
  const auto key = testpki::generate_key(Curve::kP256, world.random());
  const SecretBytes pem = testpki::key_to_pem(key);
  REQUIRE(world.host().import_key("test", "another", as_text(pem.view())).ok());
  const auto again = world.host().import_key("test", "another", as_text(pem.view()));
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code() == ErrorCode::kAlreadyExists);
  CHECK(world.host().import_key("test", "third", "not a key").error().reason() == "key.invalid");
  // History names the reference and nothing of the key.
  const auto records = world.host().ledger().audit_records(0, 100);
  REQUIRE(records.ok());
  int imports = 0;
  for (const auto& record : *records) imports += record.type == "key.imported" ? 1 : 0;
  CHECK(imports == 3);  // dpauth and dppb by the world, "another" here
}

TEST_CASE("a stopped host takes its socket away and writes what it had counted", "[host]") {
  World world;
  world.host().es9().count_refused(world.tenant("alpha"), "malformed json.invalid");
  CHECK(fs::exists(world.host().operator_socket()));
  world.restart();
  bool written = false;
  for (const auto& record : world.audit("alpha")) written |= record.type == "refusals.aggregated";
  CHECK(written);
}

TEST_CASE("the address a host tells is the one it listens on", "[host]") {
  World world;
  CHECK(world.host().es9_port() != 0);
  CHECK(world.host().es9_address() == "127.0.0.1:" + std::to_string(world.host().es9_port()));
}

}  // namespace berth::host
