// SPDX-License-Identifier: Apache-2.0
// What a copy of an image consists of.
#ifndef WAYBILL_OCI_COPY_COLLECTION_H_
#define WAYBILL_OCI_COPY_COLLECTION_H_

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/copy/kept_documents.h"
#include "oci/descriptor.h"
#include "oci/places/open_image.h"
#include "oci/places/publisher.h"
#include "oci/platform.h"

namespace waybill::oci::copy {

enum class Follow {
  kNone,       // the image alone
  kDirect,     // and what refers to it, or to what its indexes list
  kRecursive,  // and what refers to these, and so on
};

// What an image claims about itself is untrusted. An image beyond a limit is not copied, because a part of it would be
// left behind.
struct Limits {
  int depth = 16;           // steps from the root: indexes in indexes, referrers of referrers
  size_t manifests = 4000;  // that are read
  size_t tags = 10'000;     // of the repository that are listed at once
};

struct CollectOptions {
  Follow follow = Follow::kRecursive;
  // The image of this platform in place of the index, normalised; without an OS version it stands for all versions. An
  // index that holds the other images would not be the same index. The attestation manifests that the index lists for
  // the image become referrers of it; those of the legacy form cannot, because they have no subject.
  std::optional<Platform> platform;
  Limits limits;
};

struct Collection {
  Descriptor root;
  std::vector<Descriptor> referrers;          // that no index of the collection lists
  std::vector<places::Companion> companions;  // cosign's tags of all these: sha256-<hex>.sig, .att and .sbom
  std::vector<std::string> left_behind;       // a sentence for each thing that was listed and is not copied
};

// The tags of a repository that cosign's may be among; unset when they cannot be listed, or are too many.
using CompanionTags = std::optional<std::set<std::string>>;

// Never fails: what cannot be listed is asked for tag by tag.
CompanionTags ListCompanionTags(const Context& context, content::TagLister& tags, const Limits& limits);

// Reads the manifests under `root` and all that refers to them, those of one step at a time. `documents` reads from
// `source` and keeps the manifests. Lists of referrers are claims: a manifest with another subject is left behind, as
// is one that is listed and not there. Fallback tags are no companions. Errors: those of the place, with "source";
// INVALID_ARGUMENT for malformed manifests and beyond the limits; NOT_FOUND for a platform that the index lacks.
absl::StatusOr<Collection> Collect(const Context& context, places::OpenedImage& source, KeptDocuments& documents,
                                   const CompanionTags& tags, const Descriptor& root, const CollectOptions& options);

}  // namespace waybill::oci::copy

#endif  // WAYBILL_OCI_COPY_COLLECTION_H_
