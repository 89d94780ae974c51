// SPDX-License-Identifier: Apache-2.0
// One end of a session as BuildKit's clients and daemons have it: a socket whose bytes travel as the messages of a
// gRPC stream. Two blocking threads, nothing shared with the bridge's own way of doing it.
#ifndef WAYBILL_EXPORTER_BRIDGE_TESTING_TUNNEL_H_
#define WAYBILL_EXPORTER_BRIDGE_TESTING_TUNNEL_H_

#include <cstddef>
#include <functional>
#include <string>
#include <thread>

#include "oci/file/fd.h"

namespace waybill::exporter::bridge::testing {

class Tunnel {
 public:
  struct Stream {
    std::function<bool(std::string& bytes)> receive;     // false: no more comes
    std::function<bool(const std::string& bytes)> send;  // false: nothing more goes
    std::function<void()> end_sends;                     // the socket has ended
  };
  // Cuts what it sends into pieces of at most `piece` bytes.
  explicit Tunnel(size_t piece);
  ~Tunnel();

  // The other end of the socket, for gRPC, which owns it from now on. Once.
  int TakeEnd() { return grpc_end_.Release(); }
  void Start(Stream stream);
  // Ends the socket; what the stream still receives is read and dropped.
  void Shutdown();
  // Returns when the stream has ended in both directions.
  void Join();

 private:
  void Fill();
  void Drain();

  const size_t piece_;
  oci::file::Fd grpc_end_;
  oci::file::Fd our_end_;
  Stream stream_;
  std::jthread filler_;
  std::jthread drainer_;
};

}  // namespace waybill::exporter::bridge::testing

#endif  // WAYBILL_EXPORTER_BRIDGE_TESTING_TUNNEL_H_
