// SPDX-License-Identifier: Apache-2.0
// Whether a key signed what a bundle or an envelope holds.
#ifndef WAYBILL_ATTEST_SIGN_CHECK_H_
#define WAYBILL_ATTEST_SIGN_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "attest/reader/content.h"
#include "attest/sign/key.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::attest::sign {

struct Signature {
  enum class Result {
    kVerified,    // by `key`
    kOtherKey,    // by a key that is none of these, or by nobody
    kWrong,       // it names one of these keys, and that one did not sign it
    kCannotTell,  // `reason`: a certificate, which takes a trusted root; or a form that verifiers refuse
  };
  Result result = Result::kOtherKey;
  size_t key = 0;  // of those that were given
  // Of the statement that was signed.
  std::optional<oci::Digest> payload;
  std::string reason;
};

// The blob is of `kind`: a bundle or an envelope. It is read twice, once for what stands around the payload and once
// for the payload, and neither is in memory but for Ed25519. Forms that cosign and Kyverno refuse are kCannotTell: a
// bundle of another version, with another payload type, with two signatures or with a key id. Errors: those of reading;
// INVALID_ARGUMENT for a blob that is no bundle and no envelope.
absl::StatusOr<Signature> CheckSignature(const oci::Context& context, oci::content::Fetcher& from,
                                         const oci::Descriptor& blob, reader::ContentKind kind,
                                         absl::Span<const PublicKey> keys);

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_CHECK_H_
