// SPDX-License-Identifier: Apache-2.0
// Images and what refers to them, put into a place in memory. Each function describes what it put there.
#ifndef WAYBILL_ATTEST_READER_TESTING_IMAGES_H_
#define WAYBILL_ATTEST_READER_TESTING_IMAGES_H_

#include <string>
#include <vector>

#include "attest/manifest.h"
#include "attest/reader/testing/memory_place.h"
#include "oci/descriptor.h"
#include "oci/image/manifest.h"

namespace waybill::attest::reader::testing {

oci::Descriptor AddManifest(MemoryPlace& place, const oci::image::Manifest& manifest);
oci::Descriptor AddIndex(MemoryPlace& place, std::vector<oci::Descriptor> manifests);
// An image of that architecture, with one layer of a few bytes, as an index lists it.
oci::Descriptor AddImage(MemoryPlace& place, const std::string& architecture);
// A statement about the image, as a layer of an attestation manifest.
oci::Descriptor AddStatement(MemoryPlace& place, const oci::Descriptor& image, const std::string& predicate_type);
// An attestation manifest as an index lists it.
oci::Descriptor AddAttestation(MemoryPlace& place, AttestationForm form, const oci::Descriptor& image,
                               const std::vector<oci::Descriptor>& statements);
// An artifact with one blob, which refers to `subject`, and an entry in the subject's list.
oci::Descriptor AddArtifact(MemoryPlace& place, const oci::Descriptor& subject, const std::string& type,
                            std::string bytes);

}  // namespace waybill::attest::reader::testing

#endif  // WAYBILL_ATTEST_READER_TESTING_IMAGES_H_
