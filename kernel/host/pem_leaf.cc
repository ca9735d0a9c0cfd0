#include "kernel/host/pem_leaf.h"

#include <fstream>
#include <sstream>

namespace berth::host {

Result<rsp::pki::Certificate> read_leaf(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  const std::string all = text.str();
  const std::size_t end = all.find(kEnd);
  return rsp::pki::Certificate::from_pem(
      all.substr(0, end == std::string::npos ? all.size() : end + kEnd.size()) + "\n");
}

}  // namespace berth::host
