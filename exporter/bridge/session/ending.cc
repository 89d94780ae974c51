// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/ending.h"

namespace waybill::exporter::bridge::session {

bool Ending::ClientEnded() {
  if (state_ != State::kOpen) return false;
  state_ = State::kGrace;
  return true;
}

bool Ending::ClientGone() {
  client_gone_ = true;
  return state_ == State::kGraceOver;
}

bool Ending::GraceOver() {
  if (state_ != State::kGrace) return false;
  state_ = State::kGraceOver;
  return client_gone_;
}

void Ending::DaemonEnded() {
  if (state_ != State::kFinished) state_ = State::kDaemonEnded;
}

bool Ending::WritesDone() {
  if (state_ != State::kDaemonEnded) return false;
  state_ = State::kFinished;
  return true;
}

}  // namespace waybill::exporter::bridge::session
