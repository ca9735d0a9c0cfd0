// Defect: its store does whatever the name of an object says, most of it forbidden. What came of it
// is the object's content.

#include <dirent.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "skeleton.h"

extern char** environ;

namespace {

std::string outcome(long result) {
  return result < 0 ? std::string("refused ") + std::to_string(errno) : "allowed";
}

std::string open_socket(int family) {
  const int made = ::socket(family, SOCK_STREAM, 0);
  const std::string what = outcome(made);
  if (made >= 0) ::close(made);
  return what;
}

// Where each of this process's descriptors leads.
std::string descriptors() {
  std::string all;
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return "no folder";
  while (const dirent* entry = ::readdir(folder)) {
    const std::string name = entry->d_name;
    if (name[0] == '.' || std::atoi(name.c_str()) == ::dirfd(folder)) continue;
    char target[256] = {};
    const std::string link = "/proc/self/fd/" + name;
    if (::readlink(link.c_str(), target, sizeof(target) - 1) < 0) target[0] = '?';
    all += name + "=" + target + "\n";
  }
  ::closedir(folder);
  return all;
}

std::string surroundings() {
  std::string all;
  for (char** one = environ; *one != nullptr; ++one) all += std::string("env ") + *one + "\n";
  char folder[256] = {};
  if (::getcwd(folder, sizeof(folder) - 1) == nullptr) folder[0] = '?';
  all += std::string("cwd ") + folder + "\n";
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  all += "core " + std::to_string(core.rlim_cur) + "\n";
  all += "dumpable " + std::to_string(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)) + "\n";
  all += "no-new-privileges " + std::to_string(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)) + "\n";
  return all;
}

std::string fork_once() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  return outcome(child);
}

std::string run_program() {
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  ::execv(name, arguments);
  return outcome(-1);
}

// MiB that it got before the system refused, all of them written to.
std::string allocate() {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  constexpr std::size_t kMost = 4096;
  std::vector<std::unique_ptr<char[]>> all;
  while (all.size() < kMost) {
    auto* block = static_cast<char*>(std::malloc(kMiB));
    if (block == nullptr) break;
    for (std::size_t i = 0; i < kMiB; i += 4096) block[i] = 1;
    all.emplace_back(block);
  }
  const std::string got = std::to_string(all.size());
  for (auto& block : all) std::free(block.release());
  return got;
}

[[noreturn]] void crash() {
  ::raise(SIGSEGV);
  std::abort();
}

[[noreturn]] void hang() {
  for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
}

// Garbage on the socket to the host, which is descriptor 3.
[[noreturn]] void babble() {
  const std::string nonsense(64, '\xFF');
  if (::write(3, nonsense.data(), nonsense.size()) < 0) std::abort();
  hang();
}

// There is one place for a key of this name, and leaving it takes its time.
constexpr std::string_view kSlowToClose = "slow to close";
std::atomic<bool> slow_place_taken{false};
std::atomic<bool> destroyed_under_close{false};

std::string do_as_told(std::string_view told) {
  if (told == "destroyed-under-close") return destroyed_under_close ? "yes" : "no";
  if (told == "crash") crash();
  if (told == "exit") ::_exit(3);
  if (told == "hang") hang();
  if (told == "babble") babble();
  if (told == "throw-everything-away") ::close(3);
  if (told == "descriptors") return descriptors();
  if (told == "surroundings") return surroundings();
  if (told == "pid") return std::to_string(::getpid());
  if (told == "inet") return open_socket(AF_INET);
  if (told == "inet6") return open_socket(AF_INET6);
  if (told == "unix") return open_socket(AF_UNIX);
  if (told == "fork") return fork_once();
  if (told == "execute") return run_program();
  if (told == "signal-parent") return outcome(::kill(::getppid(), 0));
  if (told == "trace-parent")
    return outcome(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr));
  if (told == "io-uring") {
    io_uring_params parameters{};
    return outcome(::syscall(SYS_io_uring_setup, 1, &parameters));
  }
  if (told == "thread") {
    std::string what = "no thread";
    std::thread([&] { what = "a thread"; }).join();
    return what;
  }
  if (told == "memory") return allocate();
  return "unknown";
}

constexpr berth_storage kTable = [] {
  berth_storage table = skeleton::kStorage;
  table.get = [](berth_instance*, const berth_op*, berth_str name, std::uint64_t, std::uint64_t,
                 berth_sink* body, berth_object_info* info) noexcept -> berth_status {
    const std::string content = do_as_told({name.data, name.len});
    info->size = content.size();
    return body->write(body,
                       {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
  };
  table.list =
      [](berth_instance*, const berth_op*, berth_str, berth_str, std::size_t max, void* ctx,
         berth_status (*emit)(void*, berth_str,
                              const berth_object_info*) noexcept) noexcept -> berth_status {
    berth_status status = BERTH_OK;
    for (std::size_t i = 0; status == BERTH_OK && i < max; ++i) {
      const std::string name = "object-" + std::to_string(1000 + i);
      berth_object_info info{};
      info.struct_size = sizeof(info);
      info.size = i;
      status = emit(ctx, {name.data(), name.size()}, &info);
    }
    return status;
  };
  return table;
}();

// Every key has an address of its own, so that they can be told apart.
constexpr berth_hsm kKeys = [] {
  berth_hsm table = skeleton::kHsm;
  table.limits = [](berth_instance*, const berth_op*,
                    berth_hsm_limits* out) noexcept -> berth_status {
    out->max_concurrency = 8;
    out->max_open_keys = 64;
    out->max_wrap_bytes = 1U << 20;
    return BERTH_OK;
  };
  table.open_key = [](berth_instance*, const berth_op* op, berth_str reference,
                      berth_hsm_key** out) noexcept -> berth_status {
    if (std::string_view(reference.data, reference.len) == "nobody") {
      return skeleton::fail(op, BERTH_NOT_FOUND, "hsm.key_not_found");
    }
    *out = reinterpret_cast<berth_hsm_key*>(new std::string(reference.data, reference.len));
    return BERTH_OK;
  };
  table.generate_key = [](berth_instance*, const berth_op* op, const berth_hsm_key_spec* spec,
                          berth_hsm_key** out) noexcept -> berth_status {
    const std::string_view label(spec->label.data, spec->label.len);
    if (label == kSlowToClose && slow_place_taken.exchange(true)) {
      return skeleton::fail(op, BERTH_RESOURCE_EXHAUSTED, "hsm.too_many_keys");
    }
    *out = reinterpret_cast<berth_hsm_key*>(new std::string(label));
    return BERTH_OK;
  };
  table.close_key = [](berth_instance*, berth_hsm_key* key) noexcept {
    auto* name = reinterpret_cast<std::string*>(key);
    if (*name == kSlowToClose) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      slow_place_taken = false;
    }
    delete name;
  };
  // The signature begins with the key's name.
  table.sign = [](berth_instance*, const berth_op*, berth_hsm_key* key, std::uint32_t, berth_bytes,
                  berth_buf* out) noexcept -> berth_status {
    const auto& name = *reinterpret_cast<const std::string*>(key);
    skeleton::fill(out, 64);
    std::memcpy(out->data, name.data(), std::min<std::size_t>(name.size(), 64));
    return BERTH_OK;
  };
  return table;
}();

}  // namespace

BERTH_TEST_PLUGIN((
    entry.create = [](const berth_host* host, const berth_op*, berth_str config,
                      berth_instance** out) noexcept -> berth_status {
      if (std::string_view(config.data, config.len) == "crash in create") crash();
      *out = new berth_instance{host};
      return BERTH_OK;
    },
    entry.destroy =
        [](berth_instance* self) noexcept {
          if (slow_place_taken) destroyed_under_close = true;
          delete self;
        },
    entry.get_interface = &skeleton::get_interface<kKeys, kTable>));
