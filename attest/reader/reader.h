// SPDX-License-Identifier: Apache-2.0
// The one reader of an image and of what is attested about it, whether it lies in a registry, in a layout or in an
// archive.
#ifndef WAYBILL_ATTEST_READER_READER_H_
#define WAYBILL_ATTEST_READER_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/reader/look.h"
#include "attest/reader/tree.h"
#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/image/manifest.h"
#include "oci/platform.h"

namespace waybill::attest::reader {

// The roles of a place with images.
struct Place {
  oci::content::Fetcher& content;
  oci::content::Resolver& names;
  oci::content::ReferrerLister& referrers;
};

// Everything in an image is untrusted. Time is bounded by the context's deadline.
struct Limits {
  int depth = 4;                      // indexes in indexes, and referrers of referrers, from the root on
  size_t manifests = 2000;            // that are read
  size_t listed = 4000;               // entries of one index or list that are kept
  size_t items = 64;                  // layers of one artifact that are looked at
  int64_t document_bytes = 64 << 20;  // of all manifests; of all lists as much again
  int64_t look_bytes = kLookBytes;    // of each statement; kWholeBlob: to the end
  int parallel = 16;                  // requests at a time
};

struct ReadOptions {
  // Images of other platforms, and what is about them, are listed and not followed. None: all are followed.
  std::vector<oci::Platform> platforms = {};  // normalised; one without an OS version stands for all versions
  // Whether the blobs of attestations are looked at. Without it their annotations alone tell what they are.
  bool look = true;
  Limits limits = {};
};

// Reads the manifest or index that `name` stands for, what it lists, what refers to each of these, and so on, as many
// at a time as the limits let. A digest is read once, so that cycles end. What cannot be read or is beyond a limit is
// marked in the tree and does not keep the rest from being read. Round trips: one for the root, then one for each step
// down (index, manifest with its referrers, blob). Errors: those of the name and of the root; the context's.
absl::StatusOr<ImageTree> ReadImage(const oci::Context& context, const Place& place, absl::string_view name,
                                    const ReadOptions& options);

// Reads what is listed as referring to `subjects`, for callers that have read these already. The depth of the limits
// counts from the subjects: 1 reads their referrers alone. The subjects come first in the tree, each once and unread,
// also where one refers to another. Errors: the context's.
absl::StatusOr<ImageTree> ReadReferrers(const oci::Context& context, oci::content::Fetcher& content,
                                        oci::content::ReferrerLister& referrers,
                                        const std::vector<oci::Descriptor>& subjects, const ReadOptions& options);

// Whether the platform is one of `wanted`, or nothing is wanted.
bool IsWanted(const std::vector<oci::Platform>& wanted, const oci::Platform& platform);

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_READER_H_
