// SPDX-License-Identifier: Apache-2.0
#include "oci/copy/tagged_images.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "oci/content/referrers.h"
#include "oci/error.h"
#include "oci/image/referrers_tag.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::copy {
namespace {

constexpr int kParallelTags = 32;

// A layout's reference name may be anything.
bool IsTagOfImage(absl::string_view tag) { return tag.find_first_of("/:@") == tag.npos && !image::NamesReferrers(tag); }

void Add(TaggedImages& found, Descriptor root, std::string tag) {
  const auto known = std::find_if(found.images.begin(), found.images.end(),
                                  [&](const TaggedImage& image) { return image.root.digest == root.digest; });
  if (known == found.images.end()) {
    found.images.push_back({.root = std::move(root), .tags = {std::move(tag)}});
  } else {
    known->tags.push_back(std::move(tag));
  }
}

}  // namespace

absl::StatusOr<TaggedImages> FindImages(const Context& context, places::OpenedImage& source, size_t limit) {
  ABSL_ASSIGN_OR_RETURN(content::TagList list, source.tags().ListTags(context, limit));
  if (list.is_cut) return InvalidInputError(absl::StrCat("there are more than ", limit, " tags"));
  std::erase_if(list.tags, [](const std::string& tag) { return !IsTagOfImage(tag); });
  if (list.tags.empty()) return NotFoundError("there is no image with a tag");
  std::vector<std::optional<absl::StatusOr<Descriptor>>> roots(list.tags.size());
  work::TaskGroup group(context, kParallelTags);
  for (size_t i = 0; i < roots.size(); ++i) {
    group.Add([&, i](const Context& inner) {
      roots[i] = source.names().Resolve(inner, list.tags[i]);
      return inner.Check();
    });
  }
  ABSL_RETURN_IF_ERROR(group.Wait());
  TaggedImages found;
  for (size_t i = 0; i < roots.size(); ++i) {
    absl::StatusOr<Descriptor>& root = *roots[i];
    if (root.ok()) {
      Add(found, *std::move(root), std::move(list.tags[i]));
    } else {
      found.lost.push_back({.tag = std::move(list.tags[i]), .status = root.status()});
    }
  }
  return found;
}

absl::StatusOr<std::vector<TaggedImage>> ListImages(const Context& context, places::OpenedImage& source, size_t limit) {
  ABSL_ASSIGN_OR_RETURN(TaggedImages found, FindImages(context, source, limit));
  if (!found.lost.empty()) return found.lost.front().status;
  return std::move(found.images);
}

}  // namespace waybill::oci::copy
