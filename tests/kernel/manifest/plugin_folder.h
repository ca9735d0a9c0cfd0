// A plugin's files in a folder of their own for one test: library, manifest, signature.

#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "kernel/manifest/verified_plugin.h"

namespace berth::manifest::testing {

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}
template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().message());
}

class PluginFolder {
 public:
  PluginFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "berth-plugin-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~PluginFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PluginFolder(const PluginFolder&) = delete;
  PluginFolder& operator=(const PluginFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path library() const { return path_ / "x.so"; }
  std::filesystem::path manifest() const { return path_ / "x.manifest.json"; }
  std::filesystem::path signature() const { return path_ / "x.manifest.json.sig"; }

  static void write(const std::filesystem::path& file, std::string_view octets) {
    // Anew, so that what was mapped of the old file stays as it is.
    std::filesystem::remove(file);
    std::ofstream(file, std::ios::binary)
        .write(octets.data(), static_cast<std::streamsize>(octets.size()));
  }
  static std::string read(const std::filesystem::path& file) {
    std::ifstream input(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(input), {}};
  }

  // The manifest of tests/bad_plugins/good.cc for the octets that lie there as x.so.
  nlohmann::json honest() const {
    return {{"manifest", 1},
            {"id", "org.example.test"},
            {"kind", "hsm"},
            {"version", "1.0.0"},
            {"library",
             {{"file", "x.so"},
              {"sha256", digits_of(sha256(as_bytes(read(library()))))},
              {"machine", std::string(this_machine())}}},
            {"abi", {{"major", 1}, {"minor_min", 0}}},
            {"provides", {"berth.hsm/1", "berth.storage/1"}}};
  }
  void sign(const nlohmann::json& manifest_json, const SigningKey& key) const {
    write(manifest(), manifest_json.dump(2));
    const Bytes made = key.sign(as_bytes(read(manifest())));
    write(signature(), as_text(made));
  }

 private:
  std::filesystem::path path_;
};

inline PluginTrust trust_in(const SigningKey& key) {
  PluginTrust trust;
  trust.keys.push_back(*PublicKey::from_pem(key.public_pem()));
  return trust;
}

}  // namespace berth::manifest::testing
