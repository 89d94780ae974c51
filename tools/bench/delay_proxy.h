// SPDX-License-Identifier: Apache-2.0
// A TCP proxy that makes a link on this machine as slow to answer as one across a continent: every byte arrives half a
// round trip later, and a new connection costs a round trip before its first byte, as its handshake would (unless that
// is switched off, to count dependent requests alone). Bandwidth is not limited.
#ifndef WAYBILL_TOOLS_BENCH_DELAY_PROXY_H_
#define WAYBILL_TOOLS_BENCH_DELAY_PROXY_H_

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "oci/file/fd.h"

namespace waybill::bench {

// Not thread-safe.
class DelayProxy {
 public:
  struct Options {
    uint16_t server_port = 0;  // of 127.0.0.1
    absl::Duration round_trip;
    absl::Duration handshake;  // what a new connection costs
  };
  // Listens on a free port of 127.0.0.1.
  static absl::StatusOr<std::unique_ptr<DelayProxy>> Listen(const Options& options);

  uint16_t port() const { return port_; }
  // Forwards until the process ends.
  void Run();

 private:
  struct Chunk {
    absl::Time due;
    std::string bytes;  // empty: the end
  };
  struct Pipe {
    int from;
    int to;
    std::deque<Chunk> chunks;
    size_t waiting = 0;  // bytes in chunks
    bool ended = false;  // the end is in chunks or has been passed on
    bool broken = false;
  };
  struct Link {
    oci::file::Fd client;
    oci::file::Fd server;
    absl::Time opened;
    Pipe up;
    Pipe down;
  };

  DelayProxy(oci::file::Fd listener, uint16_t port, const Options& options)
      : listener_(std::move(listener)), port_(port), options_(options) {}
  void Accept();
  void Receive(Pipe& pipe, absl::Time opened);
  static void Send(Pipe& pipe);
  void Wait();

  const oci::file::Fd listener_;
  const uint16_t port_;
  const Options options_;
  std::list<Link> links_;
};

}  // namespace waybill::bench

#endif  // WAYBILL_TOOLS_BENCH_DELAY_PROXY_H_
