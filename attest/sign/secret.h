// SPDX-License-Identifier: Apache-2.0
// Secret bytes in memory that no core file has.
#ifndef WAYBILL_ATTEST_SIGN_SECRET_H_
#define WAYBILL_ATTEST_SIGN_SECRET_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace waybill::attest::sign {

// Makes OpenSSL keep the private parts of keys that are read from now on in its secure heap: pages that are locked,
// where the system lets them be, and left out of core files. Thread-safe; only the first call does something.
void StartSecureHeap();

// A copy of bytes in that heap, wiped at the end. Immutable.
class Secret {
 public:
  // Starts the heap. More bytes than it has room for (some hundred KiB) leave the secret empty.
  explicit Secret(absl::string_view bytes);
  ~Secret();
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  absl::string_view bytes() const { return {data_, size_}; }

 private:
  char* data_;
  size_t size_;
};

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_SECRET_H_
