// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/placement.h"

#include <algorithm>

#include "attest/predicate_types.h"

namespace waybill::attest::publish {
namespace {

constexpr size_t kRoot = 0;

}  // namespace

Placement::Placement(const reader::ImageTree& tree) {
  for (const reader::Edge& child : tree.root().children) {
    if (!child.node.has_value()) continue;
    const reader::NodeKind kind = tree.nodes[*child.node].kind;
    // What was not read may be an image.
    if (kind == reader::NodeKind::kImage || kind == reader::NodeKind::kUnread) listed_.insert(*child.node);
  }
}

std::vector<size_t> Placement::Of(size_t about, absl::string_view predicate_type, Form form, Subjects subjects) const {
  if (!listed_.contains(about)) return {about};
  if (subjects == Subjects::kAuto) {
    const bool for_index = form == Form::kBundle && IsOfType(predicate_type, "provenance");
    subjects = for_index || listed_.size() == 1 ? Subjects::kBoth : Subjects::kImage;
  }
  switch (subjects) {
    case Subjects::kIndex:
      return {kRoot};
    case Subjects::kBoth:
      return {about, kRoot};
    case Subjects::kAuto:
    case Subjects::kImage:
      break;
  }
  return {about};
}

bool Placement::MisleadsByTag(size_t about, absl::string_view predicate_type,
                              const std::vector<size_t>& subjects) const {
  return about != kRoot && listed_.size() > 1 && IsOfType(predicate_type, "sbom") &&
         std::find(subjects.begin(), subjects.end(), kRoot) != subjects.end();
}

}  // namespace waybill::attest::publish
