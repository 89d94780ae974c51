// SPDX-License-Identifier: Apache-2.0
// The private keys of `cosign generate-key-pair`: PEM around JSON around a box of NaCl, opened by scrypt of a
// passphrase (cosign, pkg/cosign/keys.go; go-securesystemslib, encrypted). libsodium opens the box.
#ifndef WAYBILL_ATTEST_SIGN_COSIGN_KEY_H_
#define WAYBILL_ATTEST_SIGN_COSIGN_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/sign/derivation.h"

namespace waybill::attest::sign {

bool IsCosignKey(absl::string_view pem);

// The key, PKCS #8 in DER; the caller wipes it. Errors: INVALID_ARGUMENT for another form, for more work than the
// bounds allow, and for a wrong passphrase.
absl::StatusOr<std::string> DecryptCosignKey(absl::string_view pem, absl::string_view passphrase,
                                             const DerivationBounds& bounds = {});

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_COSIGN_KEY_H_
