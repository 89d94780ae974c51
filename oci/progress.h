// SPDX-License-Identifier: Apache-2.0
// How far a piece of work is. Events are facts for a reader, never control: dropping one changes nothing.
#ifndef WAYBILL_OCI_PROGRESS_H_
#define WAYBILL_OCI_PROGRESS_H_

#include <cstdint>
#include <string>

namespace waybill::oci {

struct ProgressEvent {
  enum class State {
    kStarted,
    kChecking,  // asking the destination whether it has the item
    kExists,    // it has; nothing is sent
    kMounted,   // the registry took it from another repository
    kTransferring,
    kCommitting,  // all bytes sent, waiting for the destination's answer
    kRetrying,    // detail says why
    kDone,
    kFailed,   // detail says why
    kWarning,  // detail is for the user; the work goes on
  };
  std::string target;  // where to: "oci out.tar", "localhost:5000/app:1"; empty for work without a destination
  std::string item;    // a digest, or what is being done: "assembling"
  State state = State::kStarted;
  int64_t current = 0;  // bytes
  int64_t total = 0;    // bytes; 0 when the item has no size
  std::string detail;
};

// Implementations are thread-safe and return at once.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  virtual void Report(const ProgressEvent& event) = 0;
};

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_PROGRESS_H_
