// SPDX-License-Identifier: Apache-2.0
// Sigstore bundles v0.3 of statements that are signed by a key (protobuf-specs, sigstore_bundle.proto; DSSE v1.0.2,
// protocol.md).
#ifndef WAYBILL_ATTEST_SIGN_BUNDLE_H_
#define WAYBILL_ATTEST_SIGN_BUNDLE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attest/sign/key.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/io/stream.h"

namespace waybill::attest::sign {

inline constexpr absl::string_view kBundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
inline constexpr absl::string_view kEnvelopeType = "application/vnd.dsse.envelope.v1+json";
inline constexpr absl::string_view kInTotoPayload = "application/vnd.in-toto+json";
// Of a statement that says nothing but that the key's owner signs its subject.
inline constexpr absl::string_view kSignaturePredicate = "https://sigstore.dev/cosign/sign/v1";

// What stands before the payload in the message that DSSE signs (the pre-authentication encoding). Sizes in bytes.
std::string PayloadHeader(absl::string_view payload_type, int64_t payload_size);

// Signs the statement as it is and writes a bundle with it to `out`, which is not closed. The source is read twice:
// once to sign and once to write. Memory is constant but for Ed25519 (message.h). Errors: the streams'; those of
// SigningKey::Sign.
absl::Status WriteBundle(const oci::Context& context, const SigningKey& key, const oci::io::Source& statement,
                         oci::io::Writer& out);

// The same without the bundle around it: a DSSE envelope, as cosign before v3 keeps it.
absl::Status WriteEnvelope(const oci::Context& context, const SigningKey& key, const oci::io::Source& statement,
                           oci::io::Writer& out);

// A statement that signs the manifest, as `cosign sign` makes it.
std::string SignatureStatement(const oci::Digest& manifest);

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_BUNDLE_H_
