// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/order.h"

#include <set>
#include <utility>

#include "oci/image/attestation.h"
#include "oci/image/media_types.h"

namespace waybill::attest::reader {
namespace {

// New numbers by old ones, in the order of the lists, and the first list's word about each.
struct Order {
  std::vector<size_t> old_numbers;
  std::vector<std::optional<size_t>> new_numbers;
  std::vector<oci::Descriptor> descriptors;
};

Order OrderOf(const ImageTree& tree, const std::vector<oci::Descriptor>& roots) {
  Order order{.new_numbers = std::vector<std::optional<size_t>>(tree.nodes.size())};
  std::set<oci::Digest> known;
  for (const oci::Descriptor& root : roots) {
    if (!known.insert(root.digest).second) continue;
    const size_t number = order.old_numbers.size();
    order.new_numbers[number] = number;
    order.old_numbers.push_back(number);
    order.descriptors.push_back(root);
  }
  for (size_t at = 0; at < order.old_numbers.size(); ++at) {
    const Node& node = tree.nodes[order.old_numbers[at]];
    for (const std::vector<Edge>* const edges : {&node.children, &node.referrers}) {
      for (const Edge& edge : *edges) {
        if (!edge.node.has_value() || order.new_numbers[*edge.node].has_value()) continue;
        order.new_numbers[*edge.node] = order.old_numbers.size();
        order.old_numbers.push_back(*edge.node);
        order.descriptors.push_back(edge.descriptor);
      }
    }
  }
  return order;
}

void Renumber(std::vector<Edge>& edges, const Order& order) {
  for (Edge& edge : edges) {
    if (edge.node.has_value()) edge.node = order.new_numbers[*edge.node];
  }
}

void MarkAttestation(Node& node) {
  if (node.kind != NodeKind::kImage && node.kind != NodeKind::kArtifact) return;
  const std::optional<oci::image::AttestationMark> mark =
      oci::image::FindAttestationMark(node.descriptor, node.artifact_type, node.subject);
  if (!mark.has_value()) return;
  node.kind = NodeKind::kAttestation;
  node.image = mark->image;
  node.form = node.artifact_type.empty() ? AttestationForm::kLegacy : AttestationForm::kArtifact;
}

// `about` may be unknown: then only the digest counts.
SubjectMatch Compare(const Node& node, const oci::Digest& digest, const Node* about) {
  if (!node.subject.has_value()) return SubjectMatch::kNone;
  if (node.subject->digest != digest) return SubjectMatch::kOtherDigest;
  const bool differs = about != nullptr && about->size >= 0 && about->size != node.subject->size;
  return differs ? SubjectMatch::kOtherSize : SubjectMatch::kMatches;
}

void CompareSubjects(ImageTree& tree) {
  for (Node& node : tree.nodes) {
    for (Edge& edge : node.children) {
      if (!edge.node.has_value() || !tree.nodes[*edge.node].image.has_value()) continue;
      const Node& listed = tree.nodes[*edge.node];
      edge.match = Compare(listed, *listed.image, tree.Find(*listed.image));
    }
    for (Edge& edge : node.referrers) {
      if (edge.node.has_value()) edge.match = Compare(tree.nodes[*edge.node], node.descriptor.digest, &node);
    }
  }
}

}  // namespace

ImageTree InOrder(ImageTree tree, const std::vector<oci::Descriptor>& roots) {
  Order order = OrderOf(tree, roots);
  ImageTree ordered{.notes = std::move(tree.notes)};
  for (size_t i = 0; i < order.old_numbers.size(); ++i) {
    Node node = std::move(tree.nodes[order.old_numbers[i]]);
    node.descriptor = std::move(order.descriptors[i]);
    Renumber(node.children, order);
    Renumber(node.referrers, order);
    MarkAttestation(node);
    if (node.descriptor.platform.has_value()) node.platform = node.descriptor.platform;
    if (node.kind != NodeKind::kImage && node.kind != NodeKind::kUnread) node.platform.reset();
    ordered.numbers.emplace(node.descriptor.digest, i);
    ordered.nodes.push_back(std::move(node));
  }
  CompareSubjects(ordered);
  return ordered;
}

}  // namespace waybill::attest::reader
