// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/reading/tree_text.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/verify/check.h"
#include "oci/image/attestation.h"
#include "oci/platform.h"
#include "tools/cli/reading/outline.h"
#include "tools/cli/terminal/progress.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::reading {
namespace {

using attest::reader::Edge;
using attest::reader::ImageTree;
using attest::reader::Item;
using attest::reader::Node;
using attest::reader::NodeKind;
using attest::reader::Source;

constexpr size_t kMaxValueBytes = 200;

// One manifest below another, by one or several lists.
struct Branch {
  size_t node = 0;
  std::vector<Source> sources;
};

// A line that waits for its turn: a manifest, or an entry that was not followed.
struct Pending {
  size_t depth = 0;
  Branch branch;
  std::string text;  // instead of a manifest
};

std::string Size(int64_t bytes) { return bytes < 0 ? "" : absl::StrCat(" ", terminal::FormatBytes(bytes)); }

void AddSource(std::vector<Branch>& branches, size_t node, Source source) {
  for (Branch& branch : branches) {
    if (branch.node != node) continue;
    if (std::find(branch.sources.begin(), branch.sources.end(), source) == branch.sources.end()) {
      branch.sources.push_back(source);
    }
    return;
  }
  branches.push_back({.node = node, .sources = {source}});
}

class TreeWriter {
 public:
  TreeWriter(const ImageTree& tree, const std::vector<attest::verify::Finding>& findings)
      : tree_(tree), findings_(findings), about_(tree.nodes.size()) {
    for (const Node& node : tree.nodes) {
      for (const Edge& edge : node.children) {
        if (edge.node.has_value() && ImageOf(*edge.node) != nullptr) {
          AddSource(about_[ImageOf(*edge.node) - tree.nodes.data()], *edge.node, edge.source);
        }
      }
    }
    for (size_t i = 0; i < tree.nodes.size(); ++i) {
      for (const Edge& edge : tree.nodes[i].referrers) {
        if (edge.node.has_value()) AddSource(about_[i], *edge.node, edge.source);
      }
    }
  }

  std::string Write() {
    pending_.push_back({.depth = 0, .branch = {.node = 0, .sources = {}}, .text = ""});
    while (!pending_.empty()) {
      const Pending next = std::move(pending_.back());
      pending_.pop_back();
      if (next.text.empty()) {
        WriteNode(next);
      } else {
        Add(next.depth, next.text);
      }
    }
    return Drawn(lines_);
  }

 private:
  // The image that an attestation manifest is about, where it is in the tree.
  const Node* ImageOf(size_t node) const {
    return tree_.nodes[node].image.has_value() ? tree_.Find(*tree_.nodes[node].image) : nullptr;
  }

  void Add(size_t depth, absl::string_view text) {
    lines_.push_back({.depth = depth, .text = terminal::Printable(text)});
  }

  void WriteNode(const Pending& place) {
    const Node& node = tree_.nodes[place.branch.node];
    std::string text = absl::StrCat(attest::verify::NameOf(node), Size(node.size));
    if (node.kind == NodeKind::kAttestation) {
      absl::StrAppend(&text, node.form == attest::AttestationForm::kLegacy ? " legacy" : " artifact");
    }
    if (!node.artifact_type.empty() && node.kind != NodeKind::kAttestation) {
      absl::StrAppend(&text, " ", node.artifact_type);
    }
    if (!place.branch.sources.empty()) {
      absl::StrAppend(&text, " [",
                      absl::StrJoin(place.branch.sources, ", ",
                                    [](std::string* out, Source source) {
                                      absl::StrAppend(out, attest::reader::SourceName(source));
                                    }),
                      "]");
    }
    if (!shown_.insert(place.branch.node).second) return Add(place.depth, absl::StrCat(text, " (see above)"));
    Add(place.depth, text);
    for (const attest::verify::Finding& finding : findings_) {
      if (finding.node == place.branch.node) {
        Add(place.depth + 1, absl::StrCat("! ", finding.rule, ": ", finding.object, ": ", finding.message));
      }
    }
    WriteAnnotations(place.depth + 1, node);
    for (const Item& item : node.items) WriteItem(place.depth + 1, item);
    PushBelow(place.depth + 1, place.branch.node);
  }

  void WriteAnnotations(size_t depth, const Node& node) {
    oci::Annotations all = node.descriptor.annotations;
    all.insert(node.annotations.begin(), node.annotations.end());
    for (const auto& [key, value] : all) {
      if (key == oci::image::kReferenceType || key == oci::image::kReferenceDigest) continue;
      Add(depth, absl::StrCat("@ ", key.substr(0, kMaxValueBytes), ": ", value.substr(0, kMaxValueBytes)));
    }
  }

  void WriteItem(size_t depth, const Item& item) {
    const bool looked = item.content.looked_at > 0;
    std::string text = looked ? std::string(attest::reader::KindName(item.content.kind)) : item.descriptor.media_type;
    if (!item.predicate_type().empty()) absl::StrAppend(&text, " ", item.predicate_type().substr(0, kMaxValueBytes));
    absl::StrAppend(&text, " ", item.descriptor.digest.ToString(), Size(item.descriptor.size));
    Add(depth, text);
  }

  // In reverse, because the last one that is pushed comes first.
  void PushBelow(size_t depth, size_t number) {
    const Node& node = tree_.nodes[number];
    std::vector<Pending> below;
    for (const Edge& edge : node.children) {
      if (!edge.node.has_value()) {
        below.push_back({.depth = depth, .branch = {}, .text = NotFollowed(edge)});
      } else if (ImageOf(*edge.node) == nullptr) {
        below.push_back({.depth = depth, .branch = {.node = *edge.node, .sources = {}}, .text = ""});
      }
    }
    for (const Branch& branch : about_[number]) below.push_back({.depth = depth, .branch = branch, .text = ""});
    for (const Edge& edge : node.referrers) {
      if (!edge.node.has_value()) below.push_back({.depth = depth, .branch = {}, .text = NotFollowed(edge)});
    }
    if (node.left_out > 0) {
      below.push_back(
          {.depth = depth, .branch = {}, .text = absl::StrCat("! limits: ", node.left_out, " more entries")});
    }
    std::move(below.rbegin(), below.rend(), std::back_inserter(pending_));
  }

  static std::string NotFollowed(const Edge& edge) {
    const auto& platform = edge.descriptor.platform;
    std::string name = edge.descriptor.media_type;
    if (edge.descriptor.annotations.contains(std::string(oci::image::kReferenceType))) {
      name = "attestation manifest";
    } else if (platform.has_value()) {
      name = oci::FormatShort(oci::Normalize(*platform));
    }
    return absl::StrCat(name, " ", edge.descriptor.digest.ToString(), " (not read)");
  }

  const ImageTree& tree_;
  const std::vector<attest::verify::Finding>& findings_;
  std::vector<std::vector<Branch>> about_;  // by node: what is about it
  std::vector<Pending> pending_;            // a stack
  std::set<size_t> shown_;
  std::vector<OutlineLine> lines_;
};

}  // namespace

std::string TreeText(const ImageTree& tree, const std::vector<attest::verify::Finding>& findings) {
  return TreeWriter(tree, findings).Write();
}

}  // namespace waybill::cli::reading
