// SPDX-License-Identifier: Apache-2.0
#include "oci/file/testing/faults.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/file/fd.h"

namespace waybill::oci::file::testing {
namespace {

constexpr int kMaxMilliseconds = 60'000;
constexpr int kNone = -1;

// Where a call says which file it is about: an argument that is a path, relative to one that is a directory; or only an
// argument that is a descriptor.
struct CallKind {
  int number;
  const char* name;
  int directory;
  int path;
};

constexpr CallKind kCalls[] = {
    {__NR_openat, "openat", 0, 1},           {__NR_mkdirat, "mkdirat", 0, 1},
    {__NR_linkat, "linkat", 2, 3},           {__NR_unlinkat, "unlinkat", 0, 1},
    {__NR_renameat2, "renameat2", 2, 3},     {__NR_symlinkat, "symlinkat", 1, 2},
    {__NR_fchmodat, "fchmodat", 0, 1},       {__NR_utimensat, "utimensat", 0, 1},
    {__NR_newfstatat, "newfstatat", 0, 1},   {__NR_getdents64, "getdents64", 0, kNone},
    {__NR_write, "write", 0, kNone},         {__NR_pwrite64, "pwrite64", 0, kNone},
    {__NR_writev, "writev", 0, kNone},       {__NR_sendfile, "sendfile", 0, kNone},
    {__NR_ftruncate, "ftruncate", 0, kNone}, {__NR_fallocate, "fallocate", 0, kNone},
    {__NR_fsync, "fsync", 0, kNone},         {__NR_fdatasync, "fdatasync", 0, kNone},
    {__NR_fchmod, "fchmod", 0, kNone},       {__NR_flock, "flock", 0, kNone},
    {__NR_fcntl, "fcntl", 0, kNone},         {__NR_close, "close", 0, kNone},
#ifdef __NR_open  // x86's older ones
    {__NR_open, "open", kNone, 0},           {__NR_mkdir, "mkdir", kNone, 0},
    {__NR_link, "link", kNone, 1},           {__NR_unlink, "unlink", kNone, 0},
    {__NR_rmdir, "rmdir", kNone, 0},         {__NR_rename, "rename", kNone, 1},
    {__NR_chmod, "chmod", kNone, 0},         {__NR_stat, "stat", kNone, 0},
    {__NR_lstat, "lstat", kNone, 0},
#endif
#ifdef __NR_renameat
    {__NR_renameat, "renameat", 2, 3},
#endif
};

const CallKind* KindOf(int number) {
  for (const CallKind& kind : kCalls) {
    if (kind.number == number) return &kind;
  }
  return nullptr;
}

// The notifier's descriptor, or an invalid one.
Fd InstallFilter() {
  std::vector<sock_filter> program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const CallKind& kind : kCalls) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(kind.number), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Fd();
  return Fd(
      static_cast<int>(syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter)));
}

union Control {
  char bytes[CMSG_SPACE(sizeof(int))];
  cmsghdr align;
};

bool SendDescriptor(const Fd& socket, const Fd& sent) {
  char byte = 0;
  iovec data{&byte, 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = sent.number();
  std::memcpy(CMSG_DATA(header), &number, sizeof number);
  return sendmsg(socket.number(), &message, 0) == 1;
}

Fd ReceiveDescriptor(const Fd& socket) {
  char byte = 0;
  iovec data{&byte, 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  if (recvmsg(socket.number(), &message, MSG_CMSG_CLOEXEC) != 1) return Fd();
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return Fd();
  int number = -1;
  std::memcpy(&number, CMSG_DATA(header), sizeof number);
  return Fd(number);
}

std::string LinkOf(pid_t thread, absl::string_view name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = readlink(absl::StrCat("/proc/", thread, "/", name).c_str(), target.data(), target.size());
  target.resize(static_cast<size_t>(size < 0 ? 0 : size));
  return target;
}

// The process waits in its call, so that the path does not change.
std::string StringAt(pid_t thread, uint64_t address) {
  std::string text(PATH_MAX, '\0');
  iovec local{text.data(), text.size()};
  iovec remote{reinterpret_cast<void*>(address), text.size()};
  ssize_t size = process_vm_readv(thread, &local, 1, &remote, 1, 0);
  if (size < 0) {  // the string may be the last on its page
    remote.iov_len = 4096 - address % 4096;
    size = process_vm_readv(thread, &local, 1, &remote, 1, 0);
  }
  text.resize(static_cast<size_t>(size < 0 ? 0 : size));
  return text.substr(0, text.find('\0'));
}

std::string PathOf(const seccomp_notif& call, const CallKind& kind) {
  const auto thread = static_cast<pid_t>(call.pid);
  const int fd = kind.directory == kNone ? AT_FDCWD : static_cast<int>(call.data.args[kind.directory]);
  const std::string base = fd == AT_FDCWD ? LinkOf(thread, "cwd") : LinkOf(thread, absl::StrCat("fd/", fd));
  if (kind.path == kNone) return base;
  const std::string path = StringAt(thread, call.data.args[kind.path]);
  if (path.empty() || absl::StartsWith(path, "/")) return path.empty() ? base : path;
  return absl::StrCat(base, "/", path);
}

// The kernel tells the names of open files without what is double.
std::string Normal(const std::string& path) { return std::filesystem::path(path).lexically_normal().string(); }

// Answers the calls of one process.
class Supervisor {
 public:
  Supervisor(Fd notifier, pid_t child, std::string directory, const std::optional<Fault>& fault)
      : notifier_(std::move(notifier)), child_(child), directory_(std::move(directory)), fault_(fault) {}

  FaultedRun Run() {
    while (true) {
      pollfd waiting{.fd = notifier_.number(), .events = POLLIN, .revents = 0};
      const int ready = poll(&waiting, 1, kMaxMilliseconds);
      if (ready < 0 && errno == EINTR) continue;
      if (ready == 0) {
        ADD_FAILURE() << "it runs for ever, after " << (run_.calls.empty() ? "nothing" : run_.calls.back());
        kill(child_, SIGKILL);
      }
      if ((waiting.revents & POLLIN) == 0) break;
      Answer();
    }
    int status = 0;
    EXPECT_EQ(waitpid(child_, &status, 0), child_);
    run_.killed = WIFSIGNALED(status);
    if (WIFEXITED(status)) run_.exit_code = WEXITSTATUS(status);
    return std::move(run_);
  }

 private:
  void Answer() {
    seccomp_notif call{};
    if (ioctl(notifier_.number(), SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;
    seccomp_notif_resp answer{.id = call.id, .val = 0, .error = 0, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    const CallKind* const kind = KindOf(call.data.nr);
    const std::string path = kind == nullptr ? "" : Normal(PathOf(call, *kind));
    if (absl::StartsWith(path, directory_)) {
      if (fault_.has_value() && fault_->call == run_.calls.size()) {
        run_.injected = true;
        if (fault_->error == kKill) kill(child_, SIGKILL);
        answer.flags = 0;
        answer.error = fault_->error == kKill ? -EIO : -fault_->error;
      }
      run_.calls.push_back(absl::StrCat(kind->name, " ", path));
    }
    ioctl(notifier_.number(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }

  const Fd notifier_;
  const pid_t child_;
  const std::string directory_;
  const std::optional<Fault> fault_;
  FaultedRun run_;
};

}  // namespace

FaultedRun RunWithFault(const std::string& directory, const std::optional<Fault>& fault,
                        const std::function<int()>& work) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {};
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    const Fd notifier = InstallFilter();
    if (!notifier.valid() || !SendDescriptor(theirs, notifier)) _exit(1);
    _exit(work());
  }
  theirs = Fd();
  Fd notifier = ReceiveDescriptor(ours);
  if (notifier.valid()) return Supervisor(std::move(notifier), child, Normal(directory), fault).Run();
  waitpid(child, nullptr, 0);
  return {};
}

bool CanInjectFaults() {
  return RunWithFault("/", std::nullopt, [] { return 0; }).exit_code == 0;
}

}  // namespace waybill::oci::file::testing
