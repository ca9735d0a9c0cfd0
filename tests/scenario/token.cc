#include "tests/scenario/token.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace berth::scenario {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kPin = "24681357";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error("run this by tests/softhsm/run.sh");
  return value;
}

fs::path token_folder() { return fs::path(environment("SOFTHSM2_CONF")).parent_path() / "tokens"; }

std::vector<fs::path> tokens() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(token_folder())) found.push_back(entry.path());
  return found;
}

void run(const std::string& command) {
  if (std::system((command + " >/dev/null").c_str()) != 0) {
    throw std::runtime_error("failed: " + command);
  }
}

void write_secret(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}

// The point of a request that is signed by its own key.
Bytes requested_point(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(
      PEM_read_bio_X509_REQ(text.get(), nullptr, nullptr, nullptr), X509_REQ_free);
  EVP_PKEY* key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) {
    throw std::runtime_error("a request that does not verify");
  }
  unsigned char* point = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key, &point);
  Bytes octets(point, point + size);
  OPENSSL_free(point);
  return octets;
}

}  // namespace

std::string Token::module() { return environment("BERTH_TEST_SOFTHSM"); }

Token::Token(std::string label) : label_(std::move(label)) {
  const std::vector<fs::path> before = tokens();
  run("softhsm2-util --init-token --free --label " + label_ + " --so-pin 87654321 --pin " + kPin);
  for (const fs::path& folder : tokens()) {
    if (std::find(before.begin(), before.end(), folder) == before.end()) folder_ = folder;
  }
  const fs::path beside = token_folder().parent_path();
  hidden_ = beside / ("hidden-" + label_);
  pin_file_ = (beside / (label_ + ".pin")).string();
  write_secret(pin_file_, kPin);
}

Token::~Token() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  fs::remove_all(hidden_, ignored);
}

Json Token::binding(const Json& more) const {
  Json config = {{"module", module()}, {"tokenLabel", label_}, {"pinFile", pin_file_}};
  config.update(more);
  return {{"library", std::string(BERTH_PLUGIN_DIR) + "/hsm/pkcs11.so"},
          {"config", config},
          {"environment", {{"SOFTHSM2_CONF", environment("SOFTHSM2_CONF")}}}};
}

void Token::lose() const { fs::rename(folder_, hidden_); }
void Token::put_back() const { fs::rename(hidden_, folder_); }

void Token::import(const fs::path& file, const std::string& name) const {
  static int id = 0;
  run("softhsm2-util --import " + file.string() + " --token " + label_ + " --label " + name +
      " --id 0" + std::to_string(++id) + " --pin " + kPin);
}

void edit_host(const World& world, const std::function<void(Json&)>& change) {
  for (const char* name : {"host.json", "beside.json"}) {
    const fs::path file = world.folder() / name;
    std::ifstream input(file);
    Json host = Json::parse(input);
    change(host);
    std::ofstream(file) << host.dump(2);
  }
}

Json certified_pairs(World& world, const std::vector<Curve>& curves, const std::string& suffix,
                     bool in_next) {
  Json pairs = Json::array();
  for (const Curve curve : curves) {
    Json pair;
    for (const auto& [member, role, wanted] :
         {std::tuple("dpAuth", testpki::ServerRole::kDpAuth, rsp::pki::RequestedRole::kDpAuth),
          std::tuple("dpPb", testpki::ServerRole::kDpPb, rsp::pki::RequestedRole::kDpPb)}) {
      const std::string name = curve_name(curve) +
                               (role == testpki::ServerRole::kDpAuth ? "-dpauth-" : "-dppb-") +
                               suffix;
      must(world.host().generate_key("test", {name, curve, in_next}));
      const std::string request = must(world.host().request_certificate(
          "test", {name, {"CN=SM-DP+ of tests,O=Tests", "2.999.10", wanted}}));
      const testpki::Issued issued = must(world.ci(curve).issue_server(
          {.role = role, .key = testpki::KeyPair{curve, SecretBytes(), requested_point(request)}}));
      const fs::path file = world.folder() / "pki" / (name + ".pem");
      std::ofstream(file) << issued.certificate_pem();
      pair[member] = {{"certificate", file.string()}, {"key", name}};
    }
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

}  // namespace berth::scenario
