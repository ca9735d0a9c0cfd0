#include "kernel/plugin_host/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <vector>

namespace berth::plugin_host {
namespace {

constexpr rlim_t kDescriptors = 256;
// More pools than that would hold memory that nobody uses.
constexpr int kMallocPools = 4;

#if defined(__x86_64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_AARCH64;
#else
#error "name this processor here, as the system's audit does"
#endif

// A program for the kernel's packet filter machine, over struct seccomp_data.
class Filter {
 public:
  Filter() {
    load(offsetof(seccomp_data, arch));
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMachine, 1, 0));
    answer(SECCOMP_RET_KILL_PROCESS);  // another machine's numbers mean other calls
    load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
    // The x32 numbers name the same calls once more.
    constexpr std::uint32_t kX32 = 0x40000000;
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32, 0, 1));
    answer(SECCOMP_RET_KILL_PROCESS);
#endif
  }

  // Loaded is the number of the call, before and after each of these.
  void refuse(long call, std::uint32_t error = EPERM) {
    only_for(call, 1);
    answer(SECCOMP_RET_ERRNO | error);
  }
  // Only with one of these as its first argument.
  void allow_first(long call, const std::vector<std::uint32_t>& values) {
    only_for(call, static_cast<std::uint8_t>(2 + 2 * values.size()));
    load(offsetof(seccomp_data, args));
    for (const std::uint32_t value : values) {
      code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
      answer(SECCOMP_RET_ALLOW);
    }
    answer(SECCOMP_RET_ERRNO | EPERM);
  }
  // Only with this bit set in its first argument.
  void allow_flag(long call, std::uint32_t bit) {
    only_for(call, 4);
    load(offsetof(seccomp_data, args));
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bit, 0, 1));
    answer(SECCOMP_RET_ALLOW);
    answer(SECCOMP_RET_ERRNO | EPERM);
  }
  // Every call that was not named is as it was. For good, in this thread and those it starts.
  bool install() {
    answer(SECCOMP_RET_ALLOW);
    const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
  }

 private:
  void load(std::size_t offset) {
    code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void answer(std::uint32_t verdict) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, verdict)); }
  // Jumps over the next `count` steps for every other call.
  void only_for(long call, std::uint8_t count) {
    code_.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, count));
  }

  std::vector<sock_filter> code_;
};

bool install_filter(bool network) {
  Filter filter;
  std::vector<std::uint32_t> families;
  if (network) families = {AF_INET, AF_INET6, AF_NETLINK};  // a resolver asks which addresses exist
  filter.allow_first(SYS_socket, families);
  filter.refuse(SYS_io_uring_setup);
  // New threads, but no new processes. The flags of clone3 cannot be seen: the C library then takes
  // clone.
  filter.refuse(SYS_clone3, ENOSYS);
  filter.allow_flag(SYS_clone, CLONE_THREAD);
#if defined(__x86_64__)
  filter.refuse(SYS_fork);
  filter.refuse(SYS_vfork);
#endif
  const auto self = static_cast<std::uint32_t>(::getpid());
  for (const long call : {SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo}) {
    filter.allow_first(call, {self});
  }
  for (const long call : {SYS_execve,
                          SYS_execveat,
                          SYS_tkill,
                          SYS_pidfd_open,
                          SYS_pidfd_send_signal,
                          SYS_pidfd_getfd,
                          SYS_ptrace,
                          SYS_process_vm_readv,
                          SYS_process_vm_writev,
                          SYS_prlimit64,
                          SYS_kcmp,
                          SYS_perf_event_open,
                          SYS_bpf,
                          SYS_userfaultfd,
                          SYS_keyctl,
                          SYS_add_key,
                          SYS_request_key,
                          SYS_mount,
                          SYS_umount2,
                          SYS_pivot_root,
                          SYS_chroot,
                          SYS_unshare,
                          SYS_setns,
                          SYS_init_module,
                          SYS_finit_module,
                          SYS_delete_module,
                          SYS_kexec_load,
                          SYS_reboot,
                          SYS_setpriority,
                          SYS_sched_setscheduler,
                          SYS_sched_setaffinity}) {
    filter.refuse(call);
  }
  return filter.install();
}

bool limit(__rlimit_resource what, rlim_t value) {
  const rlimit both{value, value};
  return ::setrlimit(what, &both) == 0;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Octets of private memory that can be written to, as the kernel counts them for RLIMIT_DATA.
rlim_t data_bytes() {
  std::array<char, 128> text{};
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t count = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  unsigned long size = 0;
  unsigned long data = 0;
  if (count <= 0 || std::sscanf(text.data(), "%lu %*u %*u %*u %*u %lu", &size, &data) != 2)
    return 0;
  return data * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}
#endif

// What a sanitizer keeps beside the program's own memory is larger than any limit.
bool limit_memory(const Confinement& wanted) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static_cast<void>(wanted);
  return true;
#else
  constexpr rlim_t kShared = rlim_t{1} << 30;  // code, and what is mapped without being written to
  const rlim_t data = data_bytes() + wanted.memory_bytes + rlim_t{wanted.threads} * kStackBytes;
  return limit(RLIMIT_DATA, data) && limit(RLIMIT_AS, 2 * data + kShared);
#endif
}

}  // namespace

void harden() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  limit(RLIMIT_CORE, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  std::signal(SIGPIPE, SIG_IGN);
  ::mallopt(M_ARENA_MAX, kMallocPools);
  // The plugin's own threads, too: the usual 8 MiB each would count as its data.
  pthread_attr_t usual;
  ::pthread_attr_init(&usual);
  ::pthread_attr_setstacksize(&usual, kStackBytes);
  ::pthread_setattr_default_np(&usual);
  ::pthread_attr_destroy(&usual);
}

std::optional<std::string> confine(const Confinement& wanted) {
  const auto refused = [](const char* what) {
    return std::string(what) + ": " + std::strerror(errno);
  };
  if (!limit(RLIMIT_NOFILE, kDescriptors)) return refused("limit of descriptors");
  if (!limit_memory(wanted)) return refused("limit of memory");
  if (!install_filter(wanted.network)) return refused("filter of system calls");
  return std::nullopt;
}

}  // namespace berth::plugin_host
