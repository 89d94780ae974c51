// SPDX-License-Identifier: Apache-2.0
// How much work a file may ask for to derive a key from a passphrase. Without bounds a file of some bytes could take
// gigabytes or hours.
#ifndef WAYBILL_ATTEST_SIGN_DERIVATION_H_
#define WAYBILL_ATTEST_SIGN_DERIVATION_H_

#include <cstdint>

namespace waybill::attest::sign {

struct DerivationBounds {
  // Rounds of PBKDF2 and of PKCS #12's derivation: some seconds. OpenSSL writes 2048, and OWASP advises 600,000.
  int64_t iterations = 5'000'000;
  // 128 * N * r * p of scrypt, which bounds its memory and, as its time, that of four of cosign's keys: below a second.
  uint64_t scrypt_bytes = uint64_t{256} << 20;

  bool AllowScrypt(uint64_t n, uint64_t r, uint64_t p) const {
    const uint64_t blocks = scrypt_bytes / 128;
    return n >= 1 && r >= 1 && p >= 1 && r <= blocks && n <= blocks / r && p <= blocks / r / n;
  }
};

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_DERIVATION_H_
