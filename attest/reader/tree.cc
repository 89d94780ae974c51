// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/tree.h"

#include <algorithm>
#include <map>
#include <utility>

namespace waybill::attest::reader {
namespace {

// How bad it is.
int Severity(SubjectMatch match) {
  return match == SubjectMatch::kOtherDigest ? 3
         : match == SubjectMatch::kOtherSize ? 2
         : match == SubjectMatch::kMatches   ? 1
                                             : 0;
}

// The manifests with items about one manifest, in order, with how each was found.
struct About {
  std::vector<size_t> nodes;
  std::map<size_t, Attestation> found;

  void Add(size_t node, const Edge& edge) {
    const auto [known, fresh] = found.try_emplace(node);
    if (fresh) nodes.push_back(node);
    std::vector<Source>& sources = known->second.sources;
    if (std::find(sources.begin(), sources.end(), edge.source) == sources.end()) sources.push_back(edge.source);
    if (Severity(edge.match) > Severity(known->second.match)) known->second.match = edge.match;
  }
};

}  // namespace

absl::string_view SourceName(Source source) {
  switch (source) {
    case Source::kIndex:
      return "index";
    case Source::kReferrersApi:
      return "referrer";
    case Source::kFallbackTag:
      return "fallback tag";
    case Source::kLayout:
      return "layout";
  }
  return "index";
}

const Node* ImageTree::Find(const oci::Digest& digest) const {
  const auto found = numbers.find(digest);
  return found == numbers.end() ? nullptr : &nodes[found->second];
}

std::vector<Attestation> ListAttestations(const ImageTree& tree) {
  std::vector<About> about(tree.nodes.size());
  for (const Node& node : tree.nodes) {
    for (const Edge& edge : node.children) {
      if (!edge.node.has_value() || !tree.nodes[*edge.node].image.has_value()) continue;
      const Node* const image = tree.Find(*tree.nodes[*edge.node].image);
      if (image != nullptr) about[image - tree.nodes.data()].Add(*edge.node, edge);
    }
  }
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    for (const Edge& edge : tree.nodes[i].referrers) {
      if (edge.node.has_value()) about[i].Add(*edge.node, edge);
    }
  }
  std::vector<Attestation> all;
  for (size_t i = 0; i < about.size(); ++i) {
    for (const size_t node : about[i].nodes) {
      for (size_t item = 0; item < tree.nodes[node].items.size(); ++item) {
        Attestation one = about[i].found.at(node);
        one.node = node;
        one.item = item;
        one.about = i;
        all.push_back(std::move(one));
      }
    }
  }
  return all;
}

}  // namespace waybill::attest::reader
