// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/expect.h"

namespace waybill::oci::registry {
namespace {

constexpr int64_t kSmallBody = 1 << 20;
constexpr absl::Duration kWait = absl::Milliseconds(250);
constexpr int kGiveUpAfter = 2;

}  // namespace

absl::Duration ExpectMemory::WaitFor(int64_t bytes) const {
  return bytes > kSmallBody && silent_.load() < kGiveUpAfter ? kWait : absl::ZeroDuration();
}

void ExpectMemory::Learn(bool continued, int status) {
  if (continued || status == 401 || status == 413) {
    silent_.store(0);
  } else if (status < 300) {
    silent_.fetch_add(1);
  }
}

}  // namespace waybill::oci::registry
