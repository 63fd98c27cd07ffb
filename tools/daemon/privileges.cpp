#include "tools/daemon/privileges.hpp"

#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "core/base/file.hpp"

namespace joulepath::daemon {
namespace {

base::Error refused(const char* what) {
  return base::system_error(what, "joulepathd", errno);
}

/// What a reader of sensors never does, whoever may have taken it over. Not what a vendor's
/// library may need (threads, ioctl).
constexpr std::array kForbidden{SYS_execve,
                                SYS_execveat,
                                SYS_ptrace,
                                SYS_process_vm_readv,
                                SYS_process_vm_writev,
                                SYS_mount,
                                SYS_umount2,
                                SYS_pivot_root,
                                SYS_chroot,
                                SYS_setns,
                                SYS_unshare,
                                SYS_init_module,
                                SYS_finit_module,
                                SYS_delete_module,
                                SYS_kexec_load,
                                SYS_bpf,
                                SYS_perf_event_open,
                                SYS_keyctl,
                                SYS_add_key,
                                SYS_request_key,
                                SYS_setuid,
                                SYS_setgid,
                                SYS_setreuid,
                                SYS_setregid,
                                SYS_setresuid,
                                SYS_setresgid,
                                SYS_setgroups,
                                SYS_capset,
                                SYS_reboot,
                                SYS_swapon,
                                SYS_swapoff,
                                SYS_open_by_handle_at,
                                SYS_unlinkat,
                                SYS_renameat2,
                                SYS_linkat,
                                SYS_symlinkat,
                                SYS_mkdirat,
                                SYS_fchmodat,
                                SYS_fchownat,
                                SYS_userfaultfd};

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned kArchitecture = 0;  // no filter: numbers of calls are not known
#endif

/// seccomp(2): the calls give EPERM; calls of another architecture end the process.
base::Status forbid_calls() {
  if (kArchitecture == 0) return base::Done{};
  constexpr std::size_t kHead = 4;
  constexpr std::size_t kCalls = kForbidden.size();
  std::array<sock_filter, kHead + kCalls + 2> filter{};
  filter[0] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  filter[1] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
  filter[2] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  filter[3] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (std::size_t at = 0; at < kCalls; ++at)
    filter[kHead + at] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(kForbidden[at]),
                                  static_cast<unsigned char>(kCalls - at), 0);
  filter[kHead + kCalls] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  filter[kHead + kCalls + 1] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  // TSYNC: also for threads that a vendor's library has started already.
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
    return refused("cannot forbid calls (seccomp)");
  return base::Done{};
}

base::Status drop_capabilities() {
  for (int capability = 0; capability <= 63; ++capability)
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL)
      return refused("cannot drop a capability");
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return refused("cannot clear ambient capabilities");
  return base::Done{};
}

}  // namespace

base::Status drop_privileges(uid_t user, gid_t group) {
  if (::geteuid() == 0) {
    if (base::Status dropped = drop_capabilities(); !dropped) return dropped;
    if (::setgroups(0, nullptr) != 0 || ::setresgid(group, group, group) != 0 ||
        ::setresuid(user, user, user) != 0)
      return refused("cannot become its user");
    if (user != 0 && ::setresuid(0, 0, 0) == 0)
      return base::Error{base::Errc::kInternal, "is still root", "joulepathd", 0, {}};
  }
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none{};
  if (::syscall(SYS_capset, &head, none.data()) != 0) return refused("cannot drop capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return refused("cannot give up what programs may gain");
  return forbid_calls();
}

}  // namespace joulepath::daemon
