// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line/interrupt.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "oci/error.h"

namespace waybill::cli::line {
namespace {

constexpr int kInterruptedExit = 130;

// As nohup has it, whose commands outlive their terminal. A blocked signal would come all the same.
bool IsIgnored(int number) {
  struct sigaction action;
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Interrupt>> Interrupt::Create() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (!IsIgnored(SIGHUP)) sigaddset(&set, SIGHUP);
  if (const int error = pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return oci::ErrnoError(error, "block signals");
  }
  oci::file::Fd signals(signalfd(-1, &set, SFD_CLOEXEC));
  oci::file::Fd end(eventfd(0, EFD_CLOEXEC));
  if (!signals.valid() || !end.valid()) return oci::ErrnoError(errno, "wait for signals");
  return std::unique_ptr<Interrupt>(new Interrupt(std::move(signals), std::move(end)));
}

Interrupt::Interrupt(oci::file::Fd signals, oci::file::Fd end)
    : signals_(std::move(signals)), end_(std::move(end)), watcher_([this] { Watch(); }) {}

Interrupt::~Interrupt() {
  const uint64_t one = 1;
  // Cannot fail: the counter is 0.
  if (write(end_.number(), &one, sizeof(one)) == sizeof(one)) watcher_.join();
}

void Interrupt::OnHangup(std::function<void()> call) {
  absl::MutexLock lock(&mutex_);
  on_hangup_ = std::move(call);
}

bool Interrupt::CallOnHangup() {
  absl::MutexLock lock(&mutex_);
  if (on_hangup_ == nullptr) return false;
  on_hangup_();
  return true;
}

void Interrupt::Watch() {
  while (true) {
    pollfd fds[] = {{.fd = signals_.number(), .events = POLLIN, .revents = 0},
                    {.fd = end_.number(), .events = POLLIN, .revents = 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
    if ((fds[1].revents & POLLIN) != 0) return;
    signalfd_siginfo info;
    if ((fds[0].revents & POLLIN) == 0 || read(signals_.number(), &info, sizeof(info)) != sizeof(info)) continue;
    if (info.ssi_signo == SIGHUP && CallOnHangup()) continue;
    if (stop_.stop_requested()) _exit(kInterruptedExit);
    stop_.request_stop();
  }
}

}  // namespace waybill::cli::line
