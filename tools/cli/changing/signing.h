// SPDX-License-Identifier: Apache-2.0
// New signatures for an image that exists, as bundles and manifests in a staging store.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_SIGNING_H_
#define WAYBILL_TOOLS_CLI_CHANGING_SIGNING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attest/reader/tree.h"
#include "attest/sign/key.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::cli::changing {

struct SigningRequest {
  attest::sign::SigningKey key;
  std::vector<std::string> types;  // of statements: predicate types or their aliases; none: all
  bool images = false;             // the index, images and attestation manifests too
};

struct NewSignature {
  oci::Descriptor subject;  // media type, digest and size
  std::string subject_name;
  std::string predicate_type;
  oci::Digest statement;
  oci::Descriptor manifest;  // that attaches the bundle
};

struct Signatures {
  std::vector<NewSignature> added;
  size_t present = 0;                 // that the key made before
  std::vector<std::string> warnings;  // statements that are not signed, and why
};

// Signs each bare statement of `tree`, whose blobs were looked at, and makes it a referrer of the manifest that it is
// about. Envelopes and bundles stay as they are. A statement that does not name that manifest is not signed: a warning
// says so, because no verifier takes it. What the key signed before is not signed again. `content` has the image, and
// `staging` gets the new blobs. Errors: those of both; those of WriteBundle.
absl::StatusOr<Signatures> MakeSignatures(const oci::Context& context, const attest::reader::ImageTree& tree,
                                          const SigningRequest& request, oci::content::Fetcher& content,
                                          oci::content::Store& staging);

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_SIGNING_H_
