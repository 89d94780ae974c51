// SPDX-License-Identifier: Apache-2.0
// How a session ends. It has two streams, and either may be the first to end:
//
//   kOpen ── client ended ──► kGrace ── grace over ──► kGraceOver
//     │                          │                         │
//     └────── daemon ended ──────┴─────────────────────────┴──► kDaemonEnded ── last write done ──► kFinished
#ifndef WAYBILL_EXPORTER_BRIDGE_SESSION_ENDING_H_
#define WAYBILL_EXPORTER_BRIDGE_SESSION_ENDING_H_

namespace waybill::exporter::bridge::session {

// The states of one session and what each event calls for. No I/O. Not thread-safe.
class Ending {
 public:
  // The client has closed its stream, or is gone. True for the first end of the session: the grace begins, and the
  // tunnel is no longer the session's.
  bool ClientEnded();
  // The client is gone and reads nothing any more. True when the daemon's stream is to be cancelled now.
  bool ClientGone();
  // The grace has passed. True when the daemon's stream is to be cancelled now. A client that only closed its session
  // still reads what the daemon says last.
  bool GraceOver();
  // The daemon's stream is over.
  void DaemonEnded();
  bool daemon_ended() const { return state_ == State::kDaemonEnded || state_ == State::kFinished; }
  // Nothing is being written to the client. True once, after the daemon's end: the client's stream is to be finished.
  bool WritesDone();

 private:
  enum class State { kOpen, kGrace, kGraceOver, kDaemonEnded, kFinished };

  State state_ = State::kOpen;
  bool client_gone_ = false;
};

}  // namespace waybill::exporter::bridge::session

#endif  // WAYBILL_EXPORTER_BRIDGE_SESSION_ENDING_H_
