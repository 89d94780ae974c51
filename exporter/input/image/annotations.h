// SPDX-License-Identifier: Apache-2.0
// Which annotations belong to an image, and which ones tools add.
#ifndef WAYBILL_EXPORTER_INPUT_IMAGE_ANNOTATIONS_H_
#define WAYBILL_EXPORTER_INPUT_IMAGE_ANNOTATIONS_H_

#include "oci/context.h"
#include "oci/descriptor.h"

namespace waybill::exporter::input::image {

// Without what layouts, containerd and BuildKit write on descriptors.
oci::Annotations OwnAnnotations(oci::Annotations annotations);

// Warns of annotations of `of`, an attestation manifest or a statement, that no attestation of a build result can hold.
void WarnOfLostAnnotations(const oci::Context& context, const oci::Annotations& annotations, const oci::Descriptor& of);

}  // namespace waybill::exporter::input::image

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_ANNOTATIONS_H_
