// SPDX-License-Identifier: Apache-2.0
// The secrets that this process holds at the moment, so that messages can be made without them. A peer may send back
// what it got: as it is, in base64 as in "Authorization: Basic", percent-encoded, as a JSON string, or cut short.
#ifndef WAYBILL_OCI_WORDS_SECRETS_H_
#define WAYBILL_OCI_WORDS_SECRETS_H_

#include <deque>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace waybill::oci::words {

// One owner's secrets, from Add to the destructor; the newest 64 of them. Thread-safe.
class HeldSecrets {
 public:
  HeldSecrets() = default;
  ~HeldSecrets();
  HeldSecrets(const HeldSecrets&) = delete;
  HeldSecrets& operator=(const HeldSecrets&) = delete;

  // A secret of less than 4 bytes is ignored, because it would make every message unreadable.
  void Add(absl::string_view secret);
  // A password, and the two as "Authorization: Basic" joins them.
  void AddPassword(absl::string_view username, absl::string_view password);

 private:
  absl::Mutex mutex_;
  std::deque<std::string> secrets_ ABSL_GUARDED_BY(mutex_);
};

// `text` with "..." for each form of each held secret. Of a form of 16 bytes or more its beginning is enough, so that a
// token that the peer cut short is found too. Forms of less than `shortest` bytes stay.
std::string WithoutSecrets(absl::string_view text, size_t shortest = 4);

}  // namespace waybill::oci::words

#endif  // WAYBILL_OCI_WORDS_SECRETS_H_
