// SPDX-License-Identifier: Apache-2.0
#include "tools/e2e/matrix/profile_table.h"

#include <cstdint>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/registry/server/behavior/behavior.h"
#include "oci/registry/server/profiles/profiles.h"

namespace waybill::e2e::matrix {
namespace {

using oci::registry::server::behavior::Behavior;
using oci::registry::server::behavior::Chunked;
using oci::registry::server::behavior::Fault;
using oci::registry::server::behavior::ImmutableTags;
using oci::registry::server::behavior::ListedTypes;
using oci::registry::server::behavior::Locations;
using oci::registry::server::behavior::Mount;
using oci::registry::server::behavior::ReferrersApi;
using oci::registry::server::behavior::SinglePost;
using oci::registry::server::behavior::SubjectHeader;
using oci::registry::server::profiles::Profile;

struct Quirk {
  bool (*has)(const Behavior& behavior);
  absl::string_view text;
};

constexpr Quirk kQuirks[] = {
    {[](const Behavior& b) { return b.referrers.delay > absl::ZeroDuration(); }, "listings of referrers lag behind"},
    {[](const Behavior& b) { return b.referrers.page > 0; }, "listings of referrers have pages"},
    {[](const Behavior& b) { return b.referrers.require_subject; }, "the subject must be there before the referrer"},
    {[](const Behavior& b) { return b.manifests.digest_tags; }, "the tag `sha256-<hex>` means the digest itself"},
    {[](const Behavior& b) { return b.manifests.refuse_empty_config; }, "refuses the empty config"},
    {[](const Behavior& b) { return !b.manifests.allowed_config_types.empty(); }, "takes listed config types only"},
    {[](const Behavior& b) { return b.manifests.refuse_descriptor_data; }, "refuses descriptors with `data`"},
    {[](const Behavior& b) { return b.manifests.refuse_docker_types; }, "refuses Docker media types"},
    {[](const Behavior& b) { return b.manifests.immutable_tags == ImmutableTags::kSameDigestAllowed; },
     "a tag cannot be moved"},
    {[](const Behavior& b) { return b.manifests.immutable_tags == ImmutableTags::kAlwaysRefused; },
     "a tag cannot be written again"},
    {[](const Behavior& b) { return b.manifests.accept_needs_oci_type; }, "404 without an OCI type in `Accept`"},
    {[](const Behavior& b) { return !b.manifests.can_delete; }, "no `DELETE`"},
    {[](const Behavior& b) { return b.manifests.tag_parameter; }, "takes `?tag=`"},
    {[](const Behavior& b) { return b.uploads.single_post != SinglePost::kSessionOnly; }, "takes a blob in one `POST`"},
    {[](const Behavior& b) { return b.uploads.reset_ends_session; }, "a broken upload starts anew"},
    {[](const Behavior& b) { return !b.uploads.create_repositories; }, "repositories must exist"},
    {[](const Behavior& b) { return b.absent_head_status == 403; }, "`HEAD` of something absent is 403"},
    {[](const Behavior& b) { return b.blob_head_status != 200; }, "refuses `HEAD` of blobs"},
    {[](const Behavior& b) { return b.manifest_head_status != 200; }, "refuses `HEAD` of manifests"},
    {[](const Behavior& b) { return !b.manifests.served_type.empty(); }, "wrong `Content-Type` of manifests"},
    {[](const Behavior& b) { return b.referrers.types != ListedTypes::kRight; }, "listings without `artifactType`"},
    {[](const Behavior& b) { return b.uploads.locations == Locations::kInnerName; },
     "`Location` names a host that cannot be reached"},
    {[](const Behavior& b) { return b.web_page; }, "every answer is 200 and a web page"},
    {[](const Behavior& b) { return !b.auth.strict_scope; }, "token scopes are hardly checked"},
    {[](const Behavior& b) { return b.auth.refuse_instead_of_less; }, "403 instead of a token with less scope"},
    {[](const Behavior& b) { return !b.auth.post; }, "tokens by `GET` only"},
};

std::string Quirks(const Behavior& behavior) {
  std::vector<std::string> quirks;
  for (const Quirk& quirk : kQuirks) {
    if (quirk.has(behavior)) quirks.emplace_back(quirk.text);
  }
  std::set<int> statuses;
  for (const Fault& fault : behavior.faults) statuses.insert(fault.status);
  if (!statuses.empty()) quirks.push_back(absl::StrCat("answers ", absl::StrJoin(statuses, " or "), " at times"));
  return absl::StrJoin(quirks, "; ");
}

bool HasApi(const Behavior& behavior) { return behavior.referrers.api == ReferrersApi::kOn; }

std::string Api(const Behavior& behavior) {
  if (!HasApi(behavior)) return "no";
  return behavior.referrers.subject_header == SubjectHeader::kSent ? "yes" : "yes, without `OCI-Subject`";
}

std::string FallbackTag(const Behavior& behavior, const MatrixRow& row) {
  if (row.fallback_tags > 0) return "written";
  return HasApi(behavior) ? "not needed" : "not written";
}

std::string Mounts(const Behavior& behavior) {
  switch (behavior.uploads.mount) {
    case Mount::kDone:
      return "yes";
    case Mount::kUnauthorizedWhenAbsent:
      return "yes; 401 when the source lacks the blob";
    case Mount::kSessionOnly:
    case Mount::kUnauthorized:
    case Mount::kForbidden:
      return "no";
  }
  return "";
}

// Limits are round in one of the two units.
std::string Size(int64_t bytes) {
  constexpr int64_t kMebibyte = 1 << 20, kMegabyte = 1'000'000;
  if (bytes % kMebibyte == 0) return absl::StrCat(bytes / kMebibyte, " MiB");
  return absl::StrCat(bytes / kMegabyte, " MB");
}

std::string Chunks(const Behavior& behavior) {
  std::string text;
  switch (behavior.uploads.chunked) {
    case Chunked::kOn:
      text = "yes";
      break;
    case Chunked::kRefused:
      text = "no";
      break;
    case Chunked::kLosesLater:
      text = "no: loses the second chunk";
      break;
  }
  const int64_t chunk = behavior.uploads.chunk_limit, body = behavior.uploads.body_limit;
  if (chunk > 0) absl::StrAppend(&text, ", of ", Size(chunk), " at most");
  if (body > 0) absl::StrAppend(&text, "; 413 for bodies above ", Size(body));
  return text;
}

// Numbers the texts of errors and warnings.
class Notes {
 public:
  std::string Cell(const std::string& text) {
    const bool works = absl::StartsWith(text, "works; ");
    if (!works && !absl::StartsWith(text, "error: ")) return text;
    const std::string note = text.substr(7);
    const size_t number = static_cast<size_t>(absl::c_find(notes_, note) - notes_.begin());
    if (number == notes_.size()) notes_.push_back(note);
    return absl::StrCat(works ? "works, with warning [" : "error [", number + 1, "]");
  }

  std::string Text() const {
    std::string text;
    for (size_t i = 0; i < notes_.size(); ++i) absl::StrAppend(&text, "\n", i + 1, ". ", notes_[i]);
    return notes_.empty() ? "" : absl::StrCat(text, "\n");
  }

 private:
  std::vector<std::string> notes_;
};

std::string PushCell(const MatrixRow& row, Notes& notes) {
  std::string cell = notes.Cell(row.first_push);
  if (row.new_attestations != row.first_push) {
    absl::StrAppend(&cell, "; with new attestations: ", notes.Cell(row.new_attestations));
  }
  return cell;
}

std::string FoundCell(const MatrixRow& row) {
  if (row.discovered == "works") return "yes";
  return row.discovered == "none" || row.discovered == "nothing was pushed" ? "no" : row.discovered;
}

}  // namespace

std::string FormatTable(const std::vector<MatrixRow>& rows) {
  Notes notes;
  std::string table =
      "| profile | registry | push | found by `oras discover` | referrers API | fallback tag | mounts | chunked "
      "uploads | "
      "quirks | not known |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Profile& profile : oci::registry::server::profiles::AllProfiles()) {
    for (const MatrixRow& row : rows) {
      if (row.profile != profile.name || row.form != "artifact" || row.placement != "both") continue;
      const Behavior& behavior = profile.behavior;
      const std::vector<std::string> cells = {absl::StrCat("`", profile.name, "`"),
                                              std::string(profile.title),
                                              PushCell(row, notes),
                                              FoundCell(row),
                                              Api(behavior),
                                              FallbackTag(behavior, row),
                                              Mounts(behavior),
                                              Chunks(behavior),
                                              Quirks(behavior),
                                              absl::StrReplaceAll(profile.not_known, {{"<", "&lt;"}})};
      absl::StrAppend(&table, "| ", absl::StrJoin(cells, " | "), " |\n");
    }
  }
  return absl::StrCat(table, notes.Text());
}

}  // namespace waybill::e2e::matrix
