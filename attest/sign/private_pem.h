// SPDX-License-Identifier: Apache-2.0
// Private keys in PEM, read by OpenSSL within bounds of work.
#ifndef WAYBILL_ATTEST_SIGN_PRIVATE_PEM_H_
#define WAYBILL_ATTEST_SIGN_PRIVATE_PEM_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/sign/derivation.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace waybill::attest::sign {

// The key, of any kind. Errors: those of SigningKey::FromPem, but for the kind.
absl::StatusOr<std::shared_ptr<evp_pkey_st>> ReadPrivatePem(absl::string_view pem, absl::string_view passphrase,
                                                            const DerivationBounds& bounds = {});

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_PRIVATE_PEM_H_
