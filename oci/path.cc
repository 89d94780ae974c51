// SPDX-License-Identifier: Apache-2.0
#include "oci/path.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace waybill::oci::path {

std::string Clean(absl::string_view path) {
  const bool rooted = absl::StartsWith(path, "/");
  std::vector<absl::string_view> parts;
  for (absl::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!rooted) {
      parts.push_back(part);
    }
  }
  const std::string joined = absl::StrCat(rooted ? "/" : "", absl::StrJoin(parts, "/"));
  return joined.empty() ? "." : joined;
}

std::string Join(std::initializer_list<absl::string_view> parts) {
  std::string joined;
  for (absl::string_view part : parts) {
    if (!part.empty()) absl::StrAppend(&joined, joined.empty() ? "" : "/", part);
  }
  return joined.empty() ? joined : Clean(joined);
}

absl::string_view Base(absl::string_view path) {
  if (path.empty()) return ".";
  const size_t end = path.find_last_not_of('/');
  if (end == path.npos) return "/";
  path = path.substr(0, end + 1);
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace waybill::oci::path
