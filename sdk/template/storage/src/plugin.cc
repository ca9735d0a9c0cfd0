// An object store in a folder: small, complete, durable. An object is one file: the SHA-256 of its
// content, its name, the content.

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "berth/sdk/storage.h"

namespace {

namespace fs = std::filesystem;
using namespace berth::sdk;

constexpr std::size_t kDigest = SHA256_DIGEST_LENGTH;

std::string sha256(std::string_view text) {
  std::string digest(kDigest, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string hex(std::string_view octets) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned char octet : octets) {
    text += kDigits[octet / 16];
    text += kDigits[octet % 16];
  }
  return text;
}

// A descriptor that closes itself. A file that cannot be used is the operator's turn.
class File {
 public:
  File(fs::path path, int flags)
      : path_(std::move(path)), descriptor_(::open(path_.c_str(), flags | O_CLOEXEC, 0600)) {
    must(descriptor_ >= 0);
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void must(bool done) const {
    if (done) return;
    std::string why = path_.string() + ": " + std::strerror(errno);
    throw Error(BERTH_UNAVAILABLE, "folder_store.io", why).with_retry_after_ms(1000);
  }
  void lock() const { must(::flock(descriptor_, LOCK_EX) == 0); }
  void sync() const { must(::fsync(descriptor_) == 0); }
  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      must(written >= 0);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

 private:
  fs::path path_;
  int descriptor_;
};

class FolderStore final : public ObjectStore {
 public:
  // [control] Validate the configuration here; open what you need in start().
  FolderStore(Host, const Config& config) {
    auto options = nlohmann::json::parse(config.json(), nullptr, false);
    if (!options.is_object() || options.size() != 1 || !options.contains("folder") ||
        !options["folder"].is_string()) {
      throw Error(BERTH_INVALID_ARGUMENT, "folder_store.config",
                  R"(the configuration is {"folder": "/where/objects/go"})");
    }
    folder_ = options["folder"].get<std::string>();
  }

  void start(const Op&) override {
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    File(folder_, O_RDONLY | O_DIRECTORY).sync();
  }

  ObjectInfo put(const Op& op, std::string_view name, const PutOptions& options,
                 const Source& body) override {
    Object object{sha256({}), std::string(name), read_all(op, options.content_len, body)};
    object.digest = sha256(object.content);
    std::string_view wanted(reinterpret_cast<const char*>(options.sha256.data()),
                            options.sha256.size());
    if (!wanted.empty() && wanted != object.digest) {
      throw Error(BERTH_INVALID_ARGUMENT, "storage.digest_mismatch", "body and SHA-256 differ");
    }
    const File lock(folder_ / "lock", O_CREAT | O_RDWR);
    lock.lock();  // other threads, and other instances over the same folder
    check_conditions(name, options);
    const fs::path fresh = folder_ / "new";
    {
      const File file(fresh, O_CREAT | O_TRUNC | O_WRONLY);
      file.write(object.digest + object.name + "\n" + object.content);
      file.sync();
    }
    fs::rename(fresh, path_of(name));  // readers see the old object or the new one
    File(folder_, O_RDONLY | O_DIRECTORY).sync();
    return info(find(name));
  }

  ObjectInfo get(const Op& op, std::string_view name, std::uint64_t offset, std::uint64_t length,
                 const Sink& body) override {
    op.throw_if_cancelled();
    const Object object = find(name);
    const std::uint64_t size = object.content.size();
    if (offset > size || length > size - offset) {
      throw Error(BERTH_INVALID_ARGUMENT, "storage.range", "the range is outside the object");
    }
    body.write(std::string_view(object.content).substr(offset, length == 0 ? size : length));
    return info(object);
  }

  ObjectInfo stat(const Op&, std::string_view name) override { return info(find(name)); }

  void remove(const Op&, std::string_view name) override {
    fs::remove(path_of(name));
    File(folder_, O_RDONLY | O_DIRECTORY).sync();
  }

  // Reads every object: a store for many keeps an index.
  void list(const Op& op, std::string_view prefix, std::string_view after, std::size_t max,
            const ListSink& out) override {
    std::map<std::string, ObjectInfo> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      op.throw_if_cancelled();
      if (entry.path().filename().string().size() != 2 * kDigest) continue;
      Object object;
      if (!read(entry.path(), object)) continue;  // removed meanwhile
      if (object.name.starts_with(prefix) && object.name > after) found[object.name] = info(object);
    }
    for (const auto& [name, details] : found) {
      if (max-- == 0) break;
      out.emit(name, details);
    }
  }

 private:
  struct Object {
    std::string digest;
    std::string name;
    std::string content;
    std::int64_t modified_unix_ms = 0;
  };

  static ObjectInfo info(const Object& object) {
    return {object.content.size(), object.modified_unix_ms, hex(object.digest)};
  }
  fs::path path_of(std::string_view name) const { return folder_ / hex(sha256(name)); }

  static std::string read_all(const Op& op, std::uint64_t length, const Source& body) {
    std::string content(length + 1, '\0');  // one more shows a body that is too long
    std::size_t done = 0;
    while (done < content.size()) {
      op.throw_if_cancelled();
      std::size_t got = body.read({reinterpret_cast<std::uint8_t*>(&content[done]),  //
                                   content.size() - done});
      if (got == 0) break;
      done += got;
    }
    if (done != length) {
      throw Error(BERTH_INVALID_ARGUMENT, "storage.length_mismatch", "body and length differ");
    }
    content.resize(length);
    return content;
  }

  // False when there is no such file.
  static bool read(const fs::path& path, Object& object) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return false;
    object.digest.resize(kDigest);
    file.read(object.digest.data(), kDigest);
    std::getline(file, object.name);
    object.content.assign(std::istreambuf_iterator<char>(file), {});
    if (sha256(object.content) != object.digest) {
      throw Error(BERTH_DATA_LOSS, "storage.corrupt", path.string() + " is not what was stored");
    }
    std::error_code removed;  // meanwhile; then what was read is still the old object
    auto modified = std::chrono::file_clock::to_sys(fs::last_write_time(path, removed));
    object.modified_unix_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(modified.time_since_epoch()).count();
    return true;
  }
  Object find(std::string_view name) const {
    Object object;
    if (!read(path_of(name), object)) {
      throw Error(BERTH_NOT_FOUND, "storage.not_found", "no such object");
    }
    return object;
  }
  void check_conditions(std::string_view name, const PutOptions& options) const {
    if (!options.if_absent && options.if_match.empty()) return;
    Object object;
    const bool exists = read(path_of(name), object);
    if (options.if_absent && exists) {
      throw Error(BERTH_ALREADY_EXISTS, "storage.exists", "the name is taken");
    }
    const bool matches =
        options.if_match.empty() ||
        (exists && (options.if_match == "*" || options.if_match == hex(object.digest)));
    if (!matches) throw Error(BERTH_ABORTED, "storage.precondition", "the object has changed");
  }

  fs::path folder_;
};

}  // namespace

BERTH_STORAGE_PLUGIN(FolderStore, "example.folder-store", BERTH_PLUGIN_VERSION)
