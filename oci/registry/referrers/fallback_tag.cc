// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/referrers/fallback_tag.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::referrers {
namespace {

constexpr size_t kMaxIndexBytes = 4 << 20;
constexpr absl::string_view kEmptyIndex =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";

struct Entry {
  absl::string_view raw;
  std::string digest;  // "" when it has none
};

struct Parsed {
  absl::string_view list;  // the raw "manifests" array
  std::vector<Entry> entries;
};

// The index's entries as they stand in it. A "manifests" of null has an empty list at the place of the null.
absl::StatusOr<Parsed> Parse(absl::string_view index) {
  ABSL_ASSIGN_OR_RETURN(const auto members, json::Members(index));
  Parsed parsed;
  for (const json::Member& member : members) {
    if (member.key == "subject") return InvalidInputError("the referrers index itself has a subject");
    if (member.key == "mediaType" && json::DecodeString(member.value).value_or("") != image::kOciIndex) {
      return InvalidInputError("the referrers tag holds no OCI index");
    }
    if (member.key == "manifests") parsed.list = member.value;
  }
  if (parsed.list.empty()) return InvalidInputError("the referrers tag holds no list of manifests");
  if (json::KindOf(parsed.list) == json::Kind::kNull) return parsed;
  ABSL_ASSIGN_OR_RETURN(const auto elements, json::Elements(parsed.list));
  for (const absl::string_view element : elements) {
    Entry entry{element, ""};
    const absl::StatusOr<json::Fields> fields = json::Fields::Parse(element);
    if (fields.ok() && !fields->Find("digest").empty()) {
      entry.digest = json::DecodeString(fields->Find("digest")).value_or("");
    }
    parsed.entries.push_back(std::move(entry));
  }
  return parsed;
}

bool SameEntry(absl::string_view raw, const std::string& compact) {
  const absl::StatusOr<std::string> there = json::Normalize(raw);
  const absl::StatusOr<std::string> ours = json::Normalize(compact);
  return there.ok() && ours.ok() && *there == *ours;
}

}  // namespace

absl::StatusOr<std::string> MergeReferrers(absl::string_view index, const std::vector<Descriptor>& entries) {
  const absl::string_view base = index.empty() ? kEmptyIndex : index;
  ABSL_ASSIGN_OR_RETURN(const Parsed parsed, Parse(base));
  std::vector<std::string> merged;
  for (const Entry& entry : parsed.entries) merged.emplace_back(entry.raw);
  bool changed = index.empty();
  for (const Descriptor& ours : entries) {
    const std::string compact = image::ToCompactJson(ours);
    const auto there = std::find_if(parsed.entries.begin(), parsed.entries.end(),
                                    [&ours](const Entry& entry) { return entry.digest == ours.digest.ToString(); });
    if (there == parsed.entries.end()) {
      merged.push_back(compact);
    } else if (!SameEntry(there->raw, compact)) {
      merged[there - parsed.entries.begin()] = compact;
    } else {
      continue;
    }
    changed = true;
  }
  if (!changed) return std::string(index);
  const size_t at = parsed.list.data() - base.data();
  std::string out =
      absl::StrCat(base.substr(0, at), "[", absl::StrJoin(merged, ","), "]", base.substr(at + parsed.list.size()));
  if (out.size() > kMaxIndexBytes) return InvalidInputError("the referrers index exceeds 4 MiB");
  return out;
}

absl::StatusOr<std::string> WithoutReferrers(absl::string_view index, const std::vector<Digest>& digests) {
  ABSL_ASSIGN_OR_RETURN(const Parsed parsed, Parse(index));
  std::vector<absl::string_view> left;
  for (const Entry& entry : parsed.entries) {
    const bool goes = std::any_of(digests.begin(), digests.end(),
                                  [&entry](const Digest& digest) { return entry.digest == digest.ToString(); });
    if (!goes) left.push_back(entry.raw);
  }
  if (left.size() == parsed.entries.size()) return std::string(index);
  const size_t at = parsed.list.data() - index.data();
  return absl::StrCat(index.substr(0, at), "[", absl::StrJoin(left, ","), "]", index.substr(at + parsed.list.size()));
}

absl::StatusOr<std::vector<Descriptor>> MissingReferrers(absl::string_view index,
                                                         const std::vector<Descriptor>& entries) {
  ABSL_ASSIGN_OR_RETURN(const Parsed parsed, Parse(index));
  std::vector<Descriptor> missing;
  for (const Descriptor& ours : entries) {
    const bool listed = std::any_of(parsed.entries.begin(), parsed.entries.end(), [&ours](const Entry& entry) {
      return entry.digest == ours.digest.ToString() && SameEntry(entry.raw, image::ToCompactJson(ours));
    });
    if (!listed) missing.push_back(ours);
  }
  return missing;
}

}  // namespace waybill::oci::registry::referrers
