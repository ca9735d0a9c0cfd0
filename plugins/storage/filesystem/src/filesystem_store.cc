#include "filesystem_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <utility>

namespace filesystem_store {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;
using berth::sdk::ListSink;
using berth::sdk::LogLevel;
using berth::sdk::ObjectInfo;
using berth::sdk::Op;
using berth::sdk::PutOptions;
using berth::sdk::Sink;
using berth::sdk::Source;

constexpr char kFileMark = '@';

std::string file_of(std::string_view name) { return std::string(name) + kFileMark; }

// The folder part of a name ("." for none) and the file in it.
std::pair<std::string, std::string> split(std::string_view name) {
  std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return {".", file_of(name)};
  return {std::string(name.substr(0, slash)), file_of(name.substr(slash + 1))};
}

[[noreturn]] void not_found(std::string_view name) {
  throw Error(BERTH_NOT_FOUND, "storage.not_found", "there is no object " + std::string(name));
}

[[noreturn]] void length_mismatch() {
  throw Error(BERTH_INVALID_ARGUMENT, "storage.length_mismatch",
              "the body is not as long as announced");
}

// Entries of a folder, without "." and "..".
std::vector<std::string> entries_of(const FileDescriptor& folder) {
  int copy = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) {
    FileDescriptor closer(copy);
    fail_io("listing a folder");
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  int error = errno;
  ::closedir(stream);
  errno = error;
  if (error != 0) fail_io("listing a folder");
  return names;
}

}  // namespace

// A file in tmp/ that disappears unless it was renamed away.
struct FilesystemStore::Temporary {
  Temporary(const FileDescriptor& parent, std::string file_name)
      : folder(parent),
        name(std::move(file_name)),
        file(::openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!file.valid()) fail_io("creating a temporary file");
  }
  ~Temporary() { ::unlinkat(folder.get(), name.c_str(), 0); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  const FileDescriptor& folder;
  std::string name;
  FileDescriptor file;
};

struct FilesystemStore::Walk {
  const Op& op;
  std::string_view prefix;
  std::string_view after;
  std::size_t left;  // names still wanted
  const ListSink& out;
};

FilesystemStore::FilesystemStore(berth::sdk::Host host, const berth::sdk::Config& config)
    : host_(host), config_(parse_config(config.json())) {}

void FilesystemStore::start(const Op&) {
  FileDescriptor folder = open_private_folder(config_.folder);
  temporaries_ = make_folders_at(folder, "tmp");
  objects_ = make_folders_at(folder, "objects");
  Digest tag{};
  if (RAND_bytes(tag.data(), static_cast<int>(tag.size())) != 1) {
    throw Error(BERTH_UNAVAILABLE, "filesystem.random", "the system gives no randomness");
  }
  instance_tag_ = to_hex(tag);
  remove_stale_temporaries();
}

berth::sdk::Health FilesystemStore::health(const Op&) {
  if (!last_write_failed_) return {};
  return {BERTH_HEALTH_DEGRADED, R"({"reason":"the last write failed"})"};
}

void FilesystemStore::require_started() const {
  if (!objects_.valid()) {
    throw Error(BERTH_FAILED_PRECONDITION, "filesystem.not_started", "start was not called");
  }
}

// What a crash left behind. Young ones may belong to another process on the same folder.
void FilesystemStore::remove_stale_temporaries() const {
  std::int64_t now = std::time(nullptr);
  for (const std::string& name : entries_of(temporaries_)) {
    struct stat status {};
    if (::fstatat(temporaries_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (now - status.st_mtim.tv_sec < kStaleTemporarySeconds) continue;
    ::unlinkat(temporaries_.get(), name.c_str(), 0);
    host_.log(LogLevel::kInfo, "removed a write that a crash left unfinished", {{"file", name}});
  }
}

ObjectFile FilesystemStore::open_object(std::string_view name) const {
  FileDescriptor file(::openat(objects_.get(), file_of(name).c_str(),
                               O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid()) {
    if (errno == ENOENT) not_found(name);
    fail_io("opening object " + std::string(name));
  }
  return ObjectFile(std::move(file));
}

ObjectInfo FilesystemStore::put(const Op& op, std::string_view name, const PutOptions& options,
                                const Source& body) {
  require_started();
  if (options.content_len > kMaxObjectOctets) {
    throw Error(BERTH_RESOURCE_EXHAUSTED, "storage.too_large", "an object has at most 1 GiB");
  }
  // The early look spares the transfer; publish() is what decides.
  if (options.if_absent &&
      ::faccessat(objects_.get(), file_of(name).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    throw Error(BERTH_ALREADY_EXISTS, "storage.exists", "there is an object " + std::string(name));
  }
  try {
    Temporary temporary(temporaries_,
                        instance_tag_ + "-" + std::to_string(next_temporary_.fetch_add(1)));
    ObjectInfo info = write_body(op, options, body, temporary);
    publish(temporary, name, options);
    last_write_failed_ = false;
    return info;
  } catch (const Error& error) {
    if (error.reason() == "storage.full" || error.reason() == "filesystem.io") {
      last_write_failed_ = true;
    }
    throw;
  }
}

ObjectInfo FilesystemStore::write_body(const Op& op, const PutOptions& options, const Source& body,
                                       const Temporary& temporary) {
  Header header;
  header.length = options.content_len;
  Sha256 hash;
  std::vector<std::uint8_t> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(options.content_len, kChunkOctets)) + 1);
  std::uint64_t done = 0;
  // Asks for one octet more than announced, so that a longer body shows.
  while (true) {
    op.throw_if_cancelled();
    auto wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(options.content_len - done + 1, buffer.size()));
    std::size_t got = body.read(std::span(buffer).first(wanted));
    if (got == 0) break;
    if (got > options.content_len - done) length_mismatch();
    ByteView chunk(buffer.data(), got);
    hash.update(chunk);
    write_at(temporary.file, chunk, kHeaderOctets + done);
    done += got;
  }
  if (done != options.content_len) length_mismatch();
  header.sha256 = hash.finish();
  if (!options.sha256.empty() &&
      !std::equal(options.sha256.begin(), options.sha256.end(), header.sha256.begin())) {
    throw Error(BERTH_INVALID_ARGUMENT, "storage.digest_mismatch",
                "the body is not what its SHA-256 says");
  }
  write_at(temporary.file, encode(header), 0);
  sync(temporary.file);
  struct stat status {};
  if (::fstat(temporary.file.get(), &status) != 0) fail_io("reading an object's time");
  std::int64_t modified_ms =
      std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
  return {header.length, modified_ms, to_hex(header.sha256)};
}

void FilesystemStore::publish(const Temporary& temporary, std::string_view name,
                              const PutOptions& options) {
  auto [folder_name, file_name] = split(name);
  FileDescriptor folder = make_folders_at(objects_, folder_name);
  {
    std::lock_guard lock(publish_mutex_);
    if (!options.if_match.empty()) check_if_match(name, options.if_match);
    // link never replaces what is there, whichever process put it; rename always does.
    int result = options.if_absent ? ::linkat(temporaries_.get(), temporary.name.c_str(),
                                              folder.get(), file_name.c_str(), 0)
                                   : ::renameat(temporaries_.get(), temporary.name.c_str(),
                                                folder.get(), file_name.c_str());
    if (result != 0) {
      if (options.if_absent && errno == EEXIST) {
        throw Error(BERTH_ALREADY_EXISTS, "storage.exists",
                    "there is an object " + std::string(name));
      }
      fail_io("naming object " + std::string(name));
    }
  }
  sync(folder);
}

void FilesystemStore::check_if_match(std::string_view name, std::string_view if_match) const {
  bool holds = true;
  try {
    std::string etag = open_object(name).info().etag;
    holds = if_match == "*" || if_match == etag;
  } catch (const Error& error) {
    // Neither a missing object nor one whose header is gone has the etag that was asked for.
    if (error.code() != BERTH_NOT_FOUND && error.code() != BERTH_DATA_LOSS) throw;
    holds = error.code() == BERTH_DATA_LOSS && if_match == "*";
  }
  if (!holds) {
    throw Error(BERTH_ABORTED, "storage.precondition",
                "object " + std::string(name) + " is not in the state that was asked for");
  }
}

ObjectInfo FilesystemStore::get(const Op& op, std::string_view name, std::uint64_t offset,
                                std::uint64_t length, const Sink& body) {
  require_started();
  ObjectFile object = open_object(name);
  ObjectInfo info = object.info();
  if (offset > info.size || length > info.size - offset) {
    throw Error(BERTH_INVALID_ARGUMENT, "storage.range", "the range is outside the object");
  }
  object.verify_and_send(op, offset, length == 0 ? info.size - offset : length, body);
  return info;
}

ObjectInfo FilesystemStore::stat(const Op&, std::string_view name) {
  require_started();
  return open_object(name).info();
}

void FilesystemStore::remove(const Op&, std::string_view name) {
  require_started();
  auto [folder_name, file_name] = split(name);
  FileDescriptor folder = open_folder_at(objects_, folder_name);
  if (!folder.valid()) return;
  if (::unlinkat(folder.get(), file_name.c_str(), 0) != 0 && errno != ENOENT) {
    fail_io("removing object " + std::string(name));
  }
  sync(folder);
}

void FilesystemStore::list(const Op& op, std::string_view prefix, std::string_view after,
                           std::size_t max, const ListSink& out) {
  require_started();
  Walk state{op, prefix, after, max, out};
  walk(state, objects_, "");
}

// Visits a folder in the octet order of the names in it: a sub-folder counts as its name and '/',
// and everything below it begins with that.
void FilesystemStore::walk(Walk& state, const FileDescriptor& folder,
                           const std::string& base) const {
  state.op.throw_if_cancelled();
  std::vector<std::string> keys;
  for (const std::string& entry : entries_of(folder)) {
    bool is_object = entry.back() == kFileMark;
    std::string key = base + (is_object ? entry.substr(0, entry.size() - 1) : entry + "/");
    if (!berth::sdk::is_object_name(is_object ? key : base + entry)) continue;
    bool wanted = is_object ? key.starts_with(state.prefix) && key > state.after
                            : (key.starts_with(state.prefix) || state.prefix.starts_with(key)) &&
                                  (key > state.after || state.after.starts_with(key));
    if (wanted) keys.push_back(std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  for (const std::string& key : keys) {
    if (state.left == 0) return;
    std::string entry = key.substr(base.size());
    if (entry.back() != '/') {
      emit(state, folder, file_of(entry), key);
      continue;
    }
    entry.pop_back();
    FileDescriptor below = open_folder_at(folder, entry);
    if (below.valid()) walk(state, below, key);
  }
}

void FilesystemStore::emit(Walk& state, const FileDescriptor& folder, const std::string& file,
                           const std::string& name) const {
  FileDescriptor opened(
      ::openat(folder.get(), file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!opened.valid()) {
    if (errno == ENOENT) return;  // removed since the folder was read
    fail_io("opening object " + name);
  }
  ObjectInfo info;
  try {
    info = ObjectFile(std::move(opened)).info();
  } catch (const Error& error) {
    // One damaged object must not hide the others: it is listed with no etag, and get tells.
    if (error.code() != BERTH_DATA_LOSS) throw;
    host_.log(LogLevel::kError, "an object's header is damaged", {{"object", name}});
  }
  state.out.emit(name, info);
  --state.left;
}

}  // namespace filesystem_store
