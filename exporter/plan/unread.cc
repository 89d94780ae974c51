// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/unread.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "exporter/request/metadata.h"
#include "exporter/request/unknown_key.h"
#include "oci/platform.h"
#include "oci/words/quote.h"

namespace waybill::exporter::plan {
namespace {

constexpr size_t kShown = 200;

std::string Named(const ResultPlatform& platform) { return oci::FormatFull(platform.platform); }

}  // namespace

std::vector<std::string> WarningsOfUnreadKeys(const request::ExportOptions& options, const request::Metadata& built) {
  std::vector<std::string> warnings;
  for (const std::string& key : options.unknown) warnings.push_back(request::DescribeUnknownKey(key, options.type));
  for (const auto& [key, value] : built) {
    const std::string meant = request::AnnotationMeantBy(key);
    if (meant.empty()) continue;
    warnings.push_back(
        absl::StrCat(oci::words::Quoted(key, kShown),
                     " of the build's metadata is no annotation, and nothing reads it; did the build mean ",
                     oci::words::Quoted(meant, kShown), "?"));
  }
  return warnings;
}

std::vector<std::string> WarningsOfUnreadAnnotations(const request::AnnotationGroups& annotations,
                                                     const std::vector<ResultPlatform>& platforms, bool index) {
  std::vector<std::string> warnings;
  for (const auto& [platform, group] : annotations) {
    if (platform.empty() || (group.manifest.empty() && group.manifest_descriptor.empty())) continue;
    const bool there = std::any_of(platforms.begin(), platforms.end(),
                                   [&name = platform](const ResultPlatform& one) { return Named(one) == name; });
    if (index && there) continue;
    const std::string& key = (group.manifest.empty() ? group.manifest_descriptor : group.manifest).begin()->first;
    const std::string why =
        there ? "a single image takes annotations without a platform only"
              : absl::StrCat("the result's platforms are ",
                             absl::StrJoin(platforms, ", ", [](std::string* out, const ResultPlatform& one) {
                               absl::StrAppend(out, Named(one));
                             }));
    warnings.push_back(absl::StrCat("annotations of platform ", oci::words::Quoted(platform, kShown),
                                    " are left out, \"", oci::words::Quoted(key, kShown), "\" among them: ", why));
  }
  return warnings;
}

}  // namespace waybill::exporter::plan
