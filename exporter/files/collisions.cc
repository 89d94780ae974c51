// SPDX-License-Identifier: Apache-2.0
#include "exporter/files/collisions.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/rootfs/walk.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::files {
namespace {

using oci::rootfs::NodeId;

// Follows a walk through the second platform in the first one.
class Comparison : public oci::rootfs::Visitor {
 public:
  Comparison(const PlatformFiles& first, const PlatformFiles& second) : first_(first), second_(second) {
    open_.push_back(first.start);
  }

  absl::Status Visit(const oci::Context&, const oci::rootfs::Step& step) override {
    std::optional<NodeId> same;
    if (open_.back().has_value()) same = first_.tree.Find(*open_.back(), second_.tree.name(step.node));
    const bool is_directory = second_.tree.IsDirectory(step.node);
    if (same.has_value() && !(is_directory && first_.tree.IsDirectory(*same))) {
      return oci::InvalidInputError(absl::StrCat("cannot overwrite ", oci::words::Quoted(step.path), " from ",
                                                 first_.id, " with ", second_.id, " when split option is disabled"));
    }
    if (is_directory) open_.push_back(same);
    return absl::OkStatus();
  }

  absl::Status Leave(const oci::Context&, const oci::rootfs::Step&) override {
    open_.pop_back();
    return absl::OkStatus();
  }

 private:
  const PlatformFiles& first_;
  const PlatformFiles& second_;
  std::vector<std::optional<NodeId>> open_;  // the directories of the walk, as the first platform has them
};

}  // namespace

absl::Status CheckCollisions(const oci::Context& context, const Files& files) {
  for (size_t second = 1; second < files.size(); ++second) {
    for (size_t first = 0; first < second; ++first) {
      if (files[first]->folder != files[second]->folder) continue;
      Comparison comparison(*files[first], *files[second]);
      ABSL_RETURN_IF_ERROR(oci::rootfs::Walk(context, files[second]->tree, files[second]->start, comparison));
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::exporter::files
