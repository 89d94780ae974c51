// SPDX-License-Identifier: Apache-2.0
#include "attest/sign/secret.h"

#include <openssl/crypto.h>

#include <cstring>

#include "absl/base/call_once.h"

namespace waybill::attest::sign {
namespace {

// Numbers of RSA keys of 8192 bits, and what is computed with them on some threads at once, have room.
constexpr size_t kHeapBytes = 2 << 20;
constexpr size_t kLeastAllocation = 32;

}  // namespace

void StartSecureHeap() {
  static absl::once_flag once;
  absl::call_once(once, [] { CRYPTO_secure_malloc_init(kHeapBytes, kLeastAllocation); });
}

Secret::Secret(absl::string_view bytes) {
  StartSecureHeap();
  data_ = static_cast<char*>(OPENSSL_secure_malloc(bytes.size() + 1));
  size_ = data_ == nullptr ? 0 : bytes.size();
  if (size_ > 0) std::memcpy(data_, bytes.data(), size_);
}

Secret::~Secret() { OPENSSL_secure_clear_free(data_, size_); }

}  // namespace waybill::attest::sign
