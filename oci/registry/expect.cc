// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/expect.h"

namespace waybill::oci::registry {
namespace {

constexpr int64_t kSmallBody = 1 << 20;
constexpr int64_t kLargeBody = 16 << 20;
constexpr absl::Duration kWait = absl::Milliseconds(250);
constexpr int kGiveUpAfter = 2;

// Without having needed the body.
bool IsRefusal(int status) { return status == 401 || status == 413 || (status >= 300 && status < 400); }

}  // namespace

absl::Duration ExpectMemory::WaitFor(int64_t bytes) const {
  if (bytes <= kSmallBody || silent_.load() >= kGiveUpAfter) return absl::ZeroDuration();
  return bytes >= kLargeBody || refuses_.load() ? kWait : absl::ZeroDuration();
}

void ExpectMemory::Learn(const Outcome& outcome) {
  if (outcome.bytes <= kSmallBody) return;
  if (IsRefusal(outcome.status)) {
    refuses_.store(true);
    silent_.store(0);
  } else if (outcome.status == 0) {
    refuses_.store(true);
  } else if (outcome.continued) {
    silent_.store(0);
  } else if (outcome.waited && outcome.status < 300) {
    silent_.fetch_add(1);
  }
}

}  // namespace waybill::oci::registry
