// SPDX-License-Identifier: Apache-2.0
// The policy for registries that take an image and refuse its attestations (attestation-refused=fail|legacy|skip).
#ifndef WAYBILL_EXPORTER_REFUSED_ATTESTATIONS_H_
#define WAYBILL_EXPORTER_REFUSED_ATTESTATIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/deliver.h"
#include "exporter/request/options.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"

namespace waybill::exporter {

// The image to push instead. Its referrers stay out, because the registry has refused them.
struct Replacement {
  oci::Descriptor root;  // reaches documents in the staging store and the image's content
  std::string warning;   // tells the user what was refused and what was pushed instead
};

// With "legacy" the attestations change to the form before OCI artifacts, and with "skip" they stay out; documents that
// this needs go to `staging`. Errors: with "fail" the refusal and the options that help; the refusal for "legacy" when
// the image has referrers, because the legacy form has no subject.
absl::StatusOr<Replacement> ReplaceRefused(const oci::Context& context, const Image& image,
                                           const request::ExportOptions& options, const absl::Status& refusal,
                                           oci::content::Store& staging);

}  // namespace waybill::exporter

#endif  // WAYBILL_EXPORTER_REFUSED_ATTESTATIONS_H_
