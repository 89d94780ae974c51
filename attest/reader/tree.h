// SPDX-License-Identifier: Apache-2.0
// An image as it is found: manifests, what refers to them, and the blobs of attestations. Values without I/O.
#ifndef WAYBILL_ATTEST_READER_TREE_H_
#define WAYBILL_ATTEST_READER_TREE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attest/manifest.h"
#include "attest/reader/content.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/platform.h"

namespace waybill::attest::reader {

// Where a manifest was found.
enum class Source { kIndex, kReferrersApi, kFallbackTag, kLayout };

// "index", "referrer", "fallback tag", "layout".
absl::string_view SourceName(Source source);

// What a manifest says about the one that it is about.
enum class SubjectMatch {
  kNone,         // it has no subject, as the legacy form
  kMatches,      // digest, and size where the subject was read
  kOtherDigest,  // another manifest than the one that refers to it, or that the index says it is about
  kOtherSize,
};

// One list's word about a manifest.
struct Edge {
  oci::Descriptor descriptor;  // as the list has it: a claim
  Source source = Source::kIndex;
  std::optional<size_t> node = std::nullopt;  // in ImageTree::nodes; unset when it was not followed
  // Of a referrer, and of an attestation manifest in an index.
  SubjectMatch match = SubjectMatch::kNone;
};

// A layer of an attestation manifest, or of another artifact.
struct Item {
  oci::Descriptor descriptor;
  std::string annotated_type;  // the predicate type that annotations tell, "" when they do not
  Content content;
  absl::Status status;  // why the blob could not be looked at

  // The statement's own word where it is known, else that of the annotations.
  const std::string& predicate_type() const {
    return content.predicate_type.empty() ? annotated_type : content.predicate_type;
  }
};

enum class NodeKind {
  kUnread,       // it could not be read, or nobody asked for it
  kIndex,        // of images, or any other
  kImage,        // a manifest with an image's config
  kAttestation,  // an attestation manifest in one of BuildKit's forms
  kArtifact,     // any other manifest: signatures, documents
};

struct Node {
  oci::Descriptor descriptor;  // as the first list on the way from the root has it
  NodeKind kind = NodeKind::kUnread;
  absl::Status status;     // why it could not be read
  int64_t size = -1;       // bytes that it really has; -1 while unread
  std::string media_type;  // the document's own, "" when it does not tell
  std::string artifact_type;
  std::string config_type;
  std::optional<oci::Platform> platform;  // of an image
  std::optional<oci::Descriptor> subject;
  // Of an attestation manifest: the image that it is about, and its form.
  std::optional<oci::Digest> image;
  AttestationForm form = AttestationForm::kArtifact;
  oci::Annotations annotations;
  std::vector<oci::Descriptor> blobs;  // config and layers
  std::vector<Item> items;             // of attestations and artifacts
  size_t items_left_out = 0;           // beyond the limits
  std::vector<Edge> children;          // of an index, in its order
  std::vector<Edge> referrers;         // in the order of the list
  size_t left_out = 0;                 // children and referrers beyond the limits
  absl::Status referrers_status;       // why they could not be listed
  bool was_listed = false;             // referrers were asked for
};

struct ImageTree {
  std::vector<Node> nodes;                // the root first; each digest once
  std::map<oci::Digest, size_t> numbers;  // in `nodes`
  std::vector<std::string> notes;         // what the limits left out

  const Node& root() const { return nodes.front(); }
  const Node* Find(const oci::Digest& digest) const;
};

// A statement, envelope, bundle or document about an image, and how it was found.
struct Attestation {
  size_t node = 0;   // the manifest that has it
  size_t item = 0;   // in its items
  size_t about = 0;  // the manifest that it is about: an image, an index, or another attestation
  std::vector<Source> sources;
  SubjectMatch match = SubjectMatch::kNone;  // the worst of those of its lists
};

// All of them in the order of the tree: those of the root, then of each image; of each, those in the index first. Each
// blob of a manifest comes once for the manifest that it is about.
std::vector<Attestation> ListAttestations(const ImageTree& tree);

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_TREE_H_
