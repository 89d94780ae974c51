// SPDX-License-Identifier: Apache-2.0
#include "attest/verify/check.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/predicate_types.h"
#include "oci/platform.h"

namespace waybill::attest::verify {
namespace {

using reader::ContentKind;
using reader::Edge;
using reader::ImageTree;
using reader::Item;
using reader::Node;
using reader::NodeKind;
using reader::Source;
using reader::SubjectMatch;

bool IsStatement(ContentKind kind) {
  return kind == ContentKind::kStatement || kind == ContentKind::kEnvelope || kind == ContentKind::kBundle;
}

class Checker {
 public:
  Checker(const ImageTree& tree, const CheckOptions& options)
      : tree_(tree), options_(options), attestations_(reader::ListAttestations(tree)) {}

  std::vector<Finding> Check() {
    for (size_t i = 0; i < tree_.nodes.size(); ++i) {
      const Node& node = tree_.nodes[i];
      CheckNode(i, node);
      for (const Edge& edge : node.children) CheckEdge(edge);
      for (const Edge& edge : node.referrers) CheckEdge(edge);
      if (node.kind == NodeKind::kAttestation) CheckAttestation(i, node);
      if (node.kind == NodeKind::kImage) CheckImage(i, node);
    }
    for (const std::string& note : tree_.notes) Add(kLimitsRule, 0, NameOf(tree_.root()), note);
    return std::move(findings_);
  }

 private:
  void Add(absl::string_view rule, size_t node, std::string object, absl::string_view message) {
    findings_.push_back(
        {.rule = std::string(rule), .node = node, .object = std::move(object), .message = std::string(message)});
  }

  void CheckNode(size_t number, const Node& node) {
    if (!node.status.ok()) Add(kManifestRule, number, NameOf(node), node.status.message());
    if (!node.referrers_status.ok()) Add(kReferrersRule, number, NameOf(node), node.referrers_status.message());
  }

  void CheckEdge(const Edge& edge) {
    if (!edge.node.has_value()) return;
    const Node& node = tree_.nodes[*edge.node];
    const absl::string_view source = reader::SourceName(edge.source);
    if (node.size >= 0 && edge.descriptor.size != node.size) {
      Add(kSizeRule, *edge.node, NameOf(node),
          absl::StrCat("the ", source, " says ", edge.descriptor.size, " bytes, and it has ", node.size));
    }
    if (!node.media_type.empty() && edge.descriptor.media_type != node.media_type) {
      Add(kMediaTypeRule, *edge.node, NameOf(node),
          absl::StrCat("the ", source, " says ", edge.descriptor.media_type, ", and it is ", node.media_type));
    }
    CheckSubject(edge, node);
  }

  void CheckSubject(const Edge& edge, const Node& node) {
    if (edge.match == SubjectMatch::kOtherDigest) {
      Add(kSubjectRule, *edge.node, NameOf(node),
          absl::StrCat("its subject is ", node.subject->digest.ToString(), ", and the ",
                       reader::SourceName(edge.source), " has it for another manifest"));
    } else if (edge.match == SubjectMatch::kOtherSize) {
      Add(kSubjectRule, *edge.node, NameOf(node),
          absl::StrCat("its subject has ", node.subject->size, " bytes, and the manifest ",
                       node.subject->digest.ToString(), " has not"));
    } else if (edge.source != Source::kIndex && edge.match == SubjectMatch::kNone && node.status.ok()) {
      Add(kSubjectRule, *edge.node, NameOf(node), "it is listed as a referrer and has no subject");
    }
  }

  void CheckAttestation(size_t number, const Node& node) {
    if (!node.image.has_value()) {
      Add(kImageRule, number, NameOf(node), "the index names no digest of an image for it");
    } else if (tree_.Find(*node.image) == nullptr) {
      Add(kImageRule, number, NameOf(node), absl::StrCat("its image ", node.image->ToString(), " is not in the index"));
    }
    for (const Item& item : node.items) CheckItem(number, node, item);
    if (node.items_left_out > 0) {
      Add(kLimitsRule, number, NameOf(node), absl::StrCat(node.items_left_out, " more statements were not read"));
    }
  }

  void CheckItem(size_t number, const Node& node, const Item& item) {
    const std::string object = absl::StrCat("statement ", item.descriptor.digest.ToString());
    if (!item.status.ok()) return Add(kStatementRule, number, object, item.status.message());
    const reader::Content& content = item.content;
    if (!content.fault.empty()) return Add(kStatementRule, number, object, content.fault);
    if (content.kind == ContentKind::kUnknown) return;  // nobody looked
    if (!IsStatement(content.kind)) {
      return Add(kStatementRule, number, object, absl::StrCat("it is no statement: ", reader::KindName(content.kind)));
    }
    if (!item.annotated_type.empty() && !content.predicate_type.empty() &&
        item.annotated_type != content.predicate_type) {
      Add(kStatementTypeRule, number, object,
          absl::StrCat("its annotation says ", item.annotated_type, ", and it is ", content.predicate_type));
    }
    if (!node.image.has_value() || content.IsAbout(*node.image) || content.has_more_subjects) return;
    Add(kStatementSubjectRule, number, object,
        content.subjects.empty()
            ? "it has no subject"
            : absl::StrCat("none of its subjects has the digest of the image ", node.image->ToString()));
  }

  void CheckImage(size_t number, const Node& image) {
    std::set<size_t> in_index, in_referrers, all;
    for (const reader::Attestation& one : attestations_) {
      if (one.about != number || tree_.nodes[one.node].kind != NodeKind::kAttestation) continue;
      all.insert(one.node);
      for (const Source source : one.sources) (source == Source::kIndex ? in_index : in_referrers).insert(one.node);
    }
    const bool wants_index = options_.discovery == Discovery::kIndex || options_.discovery == Discovery::kBoth;
    if (wants_index && !all.empty() && in_index.empty()) {
      Add(kIndexDiscoveryRule, number, NameOf(image),
          "the index lists none of its attestation manifests, so that Docker and buildx find none");
    }
    if (options_.discovery == Discovery::kReferrers || options_.discovery == Discovery::kBoth) {
      for (const size_t node : all) CheckReferrersDiscovery(node, in_referrers.contains(node));
    }
    for (const std::string& type : options_.required) CheckRequired(number, image, type);
  }

  void CheckReferrersDiscovery(size_t number, bool found) {
    if (found) return;
    const Node& node = tree_.nodes[number];
    Add(kReferrersDiscoveryRule, number, NameOf(node),
        node.subject.has_value()
            ? "neither the Referrers API nor a fallback tag lists it"
            : "it is of the legacy form, which has no subject, so that no list of referrers has it");
  }

  void CheckRequired(size_t number, const Node& image, const std::string& type) {
    const bool found = std::any_of(attestations_.begin(), attestations_.end(), [&](const reader::Attestation& one) {
      const Item& item = tree_.nodes[one.node].items[one.item];
      return one.about == number && IsOfType(item.predicate_type(), type) && item.status.ok();
    });
    if (!found) Add(kRequiredRule, number, NameOf(image), absl::StrCat("it has no statement of type ", type));
  }

  const ImageTree& tree_;
  const CheckOptions& options_;
  const std::vector<reader::Attestation> attestations_;
  std::vector<Finding> findings_;
};

}  // namespace

std::string NameOf(const Node& node) {
  const std::string digest = node.descriptor.digest.ToString();
  switch (node.kind) {
    case NodeKind::kIndex:
      return absl::StrCat("index ", digest);
    case NodeKind::kAttestation:
      return absl::StrCat("attestation manifest ", digest);
    case NodeKind::kImage:
      return absl::StrCat(node.platform.has_value() ? oci::FormatShort(oci::Normalize(*node.platform)) : "image", " ",
                          digest);
    case NodeKind::kArtifact:
      return absl::StrCat("artifact ", digest);
    case NodeKind::kUnread:
      return absl::StrCat("manifest ", digest);
  }
  return digest;
}

std::vector<Finding> CheckTree(const ImageTree& tree, const CheckOptions& options) {
  return Checker(tree, options).Check();
}

}  // namespace waybill::attest::verify
