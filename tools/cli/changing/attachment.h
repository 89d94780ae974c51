// SPDX-License-Identifier: Apache-2.0
// New attestation manifests for images that exist, as documents, without I/O beyond reading the image and staging.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_ATTACHMENT_H_
#define WAYBILL_TOOLS_CLI_CHANGING_ATTACHMENT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attest/manifest.h"
#include "attest/reader/tree.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "tools/cli/changing/statements.h"

namespace waybill::cli::changing {

// The images that statements can be about: the root, or those that the index lists. NOT_FOUND when there is none.
absl::StatusOr<std::vector<oci::Descriptor>> ImagesOf(const attest::reader::ImageTree& tree);

// Whether a manifest about the image has the statement already; with `in_index`, one that the index lists.
bool IsAttached(const attest::reader::ImageTree& tree, const oci::Descriptor& image, const oci::Descriptor& statement,
                bool in_index);

// One attestation manifest for one image.
struct Attachment {
  oci::Descriptor image;
  std::vector<oci::Descriptor> statements;
  oci::Descriptor entry;  // of an index
};

// A manifest in that form for each image that has statements, in the order of `images`; documents go to `staging`.
absl::StatusOr<std::vector<Attachment>> MakeAttachments(const oci::Context& context, attest::AttestationForm form,
                                                        const std::vector<oci::Descriptor>& images,
                                                        const std::vector<NewStatement>& statements,
                                                        oci::content::Store& staging);

// The index `root` with the attachments in it. INVALID_ARGUMENT when `root` is no index.
absl::StatusOr<oci::Descriptor> WithAttachments(const oci::Context& context, const oci::Descriptor& root,
                                                const std::vector<Attachment>& attachments,
                                                oci::content::Fetcher& content, oci::content::Store& staging);

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_ATTACHMENT_H_
