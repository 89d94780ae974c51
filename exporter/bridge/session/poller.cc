// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/poller.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "oci/error.h"

namespace waybill::exporter::bridge::session {
namespace {
constexpr int kEventsAtOnce = 64;
}  // namespace

absl::StatusOr<std::unique_ptr<Poller>> Poller::New() {
  oci::file::Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return oci::ErrnoError(errno, "epoll_create1");
  oci::file::Fd wake(eventfd(0, EFD_CLOEXEC));
  if (!wake.valid()) return oci::ErrnoError(errno, "eventfd");
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (epoll_ctl(epoll.number(), EPOLL_CTL_ADD, wake.number(), &event) != 0) return oci::ErrnoError(errno, "epoll_ctl");
  return std::unique_ptr<Poller>(new Poller(std::move(epoll), std::move(wake)));
}

Poller::Poller(oci::file::Fd epoll, oci::file::Fd wake)
    : epoll_(std::move(epoll)), wake_(std::move(wake)), thread_([this] { Run(); }) {}

Poller::~Poller() { eventfd_write(wake_.number(), 1); }

bool Poller::Wait(int fd, For what, Waiter& waiter) {
  const uint32_t direction = what == For::kReading ? EPOLLIN : EPOLLOUT;
  epoll_event event{.events = direction | EPOLLONESHOT, .data = {.ptr = &waiter}};
  if (epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, fd, &event) == 0) return true;
  return errno == ENOENT && epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::Run() {
  epoll_event events[kEventsAtOnce];
  while (true) {
    const int count = epoll_wait(epoll_.number(), events, kEventsAtOnce, -1);
    for (int i = 0; i < count; ++i) {
      auto* waiter = static_cast<Waiter*>(events[i].data.ptr);
      if (waiter == nullptr) return;
      waiter->OnReady();
    }
  }
}

}  // namespace waybill::exporter::bridge::session
