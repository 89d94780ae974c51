// SPDX-License-Identifier: Apache-2.0
#include "oci/copy/image_copy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/image/referrers_tag.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::copy {
namespace {

constexpr int kParallelTags = 32;

// A layout's reference name may be anything.
bool IsTagOfImage(absl::string_view tag) { return tag.find_first_of("/:@") == tag.npos && !image::NamesReferrers(tag); }

}  // namespace

absl::StatusOr<Copied> ImageCopy::Copy(const Context& context, const Descriptor& root,
                                       const std::vector<std::string>& tags) {
  if (!listed_ && options_.follow != Follow::kNone) {
    tags_ = ListCompanionTags(context, source_.tags(), options_.limits);
    listed_ = true;
  }
  ABSL_ASSIGN_OR_RETURN(Collection collection, Collect(context, source_, documents_, tags_, root, options_));
  ABSL_ASSIGN_OR_RETURN(registry::push::PushReport report,
                        destination_.Publish(context, {.root = collection.root,
                                                       .tags = tags,
                                                       .referrers = collection.referrers,
                                                       .companions = collection.companions,
                                                       .content = documents_}));
  return Copied{.collection = std::move(collection), .report = std::move(report)};
}

absl::StatusOr<std::vector<TaggedImage>> ListImages(const Context& context, places::OpenedImage& source, size_t limit) {
  ABSL_ASSIGN_OR_RETURN(content::TagList list, source.tags().ListTags(context, limit));
  if (list.is_cut) return InvalidInputError(absl::StrCat("there are more than ", limit, " tags"));
  std::erase_if(list.tags, [](const std::string& tag) { return !IsTagOfImage(tag); });
  std::vector<std::optional<Descriptor>> roots(list.tags.size());
  work::TaskGroup group(context, kParallelTags);
  for (size_t i = 0; i < roots.size(); ++i) {
    group.Add([&, i](const Context& inner) {
      ABSL_ASSIGN_OR_RETURN(roots[i], source.names().Resolve(inner, list.tags[i]));
      return absl::OkStatus();
    });
  }
  ABSL_RETURN_IF_ERROR(group.Wait());
  std::vector<TaggedImage> images;
  for (size_t i = 0; i < roots.size(); ++i) {
    const auto known = std::find_if(images.begin(), images.end(),
                                    [&](const TaggedImage& image) { return image.root.digest == roots[i]->digest; });
    if (known == images.end()) {
      images.push_back({.root = *roots[i], .tags = {list.tags[i]}});
    } else {
      known->tags.push_back(list.tags[i]);
    }
  }
  if (images.empty()) return NotFoundError("there is no image with a tag");
  return images;
}

}  // namespace waybill::oci::copy
