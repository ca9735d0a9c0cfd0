// Where lasting keys lie: one file each, "<usage> <curve>" and the key. Thread-safe, also between
// instances and processes over one folder.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "crypto.h"

struct Material {
  std::uint32_t curve = 0;  // BERTH_CURVE_*; 0: symmetric
  std::uint32_t usage = 0;
  Pkey pair = nullptr;       // of a curve
  SecretOctets secret = {};  // of a symmetric key
};

class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) {}
  void make() const;  // throws Error "folder_keys.io", as all of them
  // Durable when it returns. False: the reference is taken, and stays as it is.
  bool save(std::string_view reference, const Material& key) const;
  // Throws Error "hsm.key_not_found" when there is none, "folder_keys.mode" for a file that others
  // might read.
  void load(std::string_view reference, Material& key) const;
  bool remove(std::string_view reference) const;  // false: there is none

 private:
  std::filesystem::path file_of(std::string_view reference) const;
  std::filesystem::path path_;
};
