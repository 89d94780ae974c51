// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attest/verify/check.h"
#include "oci/image/attestation.h"
#include "oci/image/media_types.h"

namespace waybill::attest::verify {
namespace {

using reader::ContentKind;
using reader::Edge;
using reader::ImageTree;
using reader::Item;
using reader::Node;
using reader::NodeKind;

constexpr absl::string_view kBundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
constexpr absl::string_view kCosignSignature = "application/vnd.dev.cosign.artifact.sig.v1+json";
constexpr absl::string_view kProvenanceTypes[] = {"https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"};

// One image's chain.
class Chain {
 public:
  Chain(const ImageTree& tree, size_t image, std::vector<Finding>& findings)
      : tree_(tree), image_(image), findings_(findings) {}

  void Check() {
    if (tree_.root().kind != NodeKind::kIndex || tree_.root().descriptor.media_type != oci::image::kOciIndex) {
      return Fail(kChainIndexRule, 0, "the image's root is no OCI index");
    }
    const std::optional<size_t> attestation = FindAttestation();
    if (!attestation.has_value()) {
      return Fail(kChainAttestationRule, image_, "the index lists no attestation manifest for it");
    }
    const Node& node = tree_.nodes[*attestation];
    if (!node.status.ok()) return Fail(kChainAttestationRule, *attestation, node.status.message());
    if (CheckSubject(*attestation, node) && CheckProvenance(*attestation, node)) CheckSignature(*attestation, node);
  }

 private:
  void Fail(absl::string_view rule, size_t node, absl::string_view message) {
    findings_.push_back({.rule = std::string(rule),
                         .node = node,
                         .object = NameOf(tree_.nodes[node]),
                         .message = std::string(message)});
  }

  // The first entry counts, whatever follows.
  std::optional<size_t> FindAttestation() const {
    const oci::Digest& digest = tree_.nodes[image_].descriptor.digest;
    for (const Edge& edge : tree_.root().children) {
      const auto mark = oci::image::FindAttestationMark(edge.descriptor, "", std::nullopt);
      if (mark.has_value() && mark->image == digest && edge.node.has_value()) return edge.node;
    }
    return std::nullopt;
  }

  bool CheckSubject(size_t number, const Node& node) {
    const Node& image = tree_.nodes[image_];
    if (!node.subject.has_value()) {
      Fail(kChainSubjectRule, number, "it has no subject: the legacy form carries no signature");
    } else if (node.subject->digest != image.descriptor.digest) {
      Fail(kChainSubjectRule, number, "its subject is not the image");
    } else if (image.size >= 0 && node.subject->size != image.size) {
      Fail(kChainSubjectRule, number,
           absl::StrCat("its subject has ", node.subject->size, " bytes, and the image has ", image.size));
    } else if (!oci::image::IsManifest(node.subject->media_type) && !oci::image::IsIndex(node.subject->media_type)) {
      Fail(kChainSubjectRule, number,
           absl::StrCat("its subject's type \"", node.subject->media_type, "\" is neither a manifest nor an index"));
    } else {
      return true;
    }
    return false;
  }

  bool CheckProvenance(size_t number, const Node& node) {
    const bool found = std::any_of(node.items.begin(), node.items.end(), [](const Item& item) {
      return std::find(std::begin(kProvenanceTypes), std::end(kProvenanceTypes), item.annotated_type) !=
             std::end(kProvenanceTypes);
    });
    if (!found) Fail(kChainProvenanceRule, number, "no layer is annotated as SLSA provenance v0.2 or v1");
    return found;
  }

  // Bundles go before signatures of the older form.
  void CheckSignature(size_t number, const Node& node) {
    for (const absl::string_view type : {kBundle, kCosignSignature}) {
      for (const Edge& edge : node.referrers) {
        if (!edge.node.has_value()) continue;
        const Node& signature = tree_.nodes[*edge.node];
        if (signature.status.ok() && signature.artifact_type == type) return CheckSignatureManifest(number, *edge.node);
      }
    }
    Fail(kChainSignatureRule, number, "no signature refers to it: no Sigstore bundle v0.3, and none of cosign's form");
  }

  void CheckSignatureManifest(size_t attestation, size_t number) {
    const Node& signed_node = tree_.nodes[attestation];
    const Node& node = tree_.nodes[number];
    if (!node.subject.has_value() || node.subject->digest != signed_node.descriptor.digest ||
        node.subject->size != signed_node.size) {
      return Fail(kChainSignatureSubjectRule, number, "its subject is not the attestation manifest, digest and size");
    }
    if (node.items.empty()) return Fail(kChainSignatureContentRule, number, "it has no layer");
    const Item& item = node.items.front();
    if (!item.status.ok()) return Fail(kChainSignatureContentRule, number, item.status.message());
    const std::string digest = signed_node.descriptor.digest.ToString();
    if (item.content.kind == ContentKind::kSimpleSigning) {
      if (item.content.signed_digest == digest) return;
      return Fail(kChainSignatureContentRule, number,
                  absl::StrCat("it signs \"", item.content.signed_digest, "\" and not the attestation manifest"));
    }
    if (item.content.kind != ContentKind::kBundle) {
      return Fail(kChainSignatureContentRule, number,
                  absl::StrCat("its first layer is no signature: ", reader::KindName(item.content.kind)));
    }
    if (item.content.is_signature || item.content.IsAbout(signed_node.descriptor.digest)) return;
    Fail(kChainSignatureContentRule, number, "the statement in its bundle is not about the attestation manifest");
  }

  const ImageTree& tree_;
  const size_t image_;
  std::vector<Finding>& findings_;
};

}  // namespace

std::vector<Finding> CheckChain(const ImageTree& tree, size_t image) {
  std::vector<Finding> findings;
  Chain(tree, image, findings).Check();
  return findings;
}

std::vector<Finding> CheckChain(const ImageTree& tree) {
  std::vector<Finding> findings;
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    if (tree.nodes[i].kind == NodeKind::kImage) Chain(tree, i, findings).Check();
  }
  return findings;
}

}  // namespace waybill::attest::verify
