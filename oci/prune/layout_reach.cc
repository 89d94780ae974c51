// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/layout_reach.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/content/graph.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/layout/layout.h"
#include "oci/prune/referrer.h"
#include "oci/status_macros.h"

namespace waybill::oci::prune {
namespace {

constexpr size_t kMaxListed = 10'000;

std::string AnnotationOf(const Descriptor& entry, absl::string_view key) {
  const auto found = entry.annotations.find(std::string(key));
  return found == entry.annotations.end() ? "" : found->second;
}

bool IsDocument(const Descriptor& entry) {
  return image::IsManifest(entry.media_type) || image::IsIndex(entry.media_type);
}

class Search {
 public:
  Search(const Context& context, content::Fetcher& blobs, const image::Index& index,
         const std::function<bool(const Item&)>& may_go)
      : context_(context), blobs_(blobs), index_(index), may_go_(may_go) {}

  absl::StatusOr<Reached> Run() {
    if (index_.manifests.size() > content::kMaxGraphNodes) return InvalidInputError("index.json has too many entries");
    std::vector<Descriptor> staying;
    for (size_t i = 0; i < index_.manifests.size(); ++i) {
      ABSL_ASSIGN_OR_RETURN(std::optional<Item> item, ItemOf(index_.manifests[i]));
      if (item.has_value() && may_go_(*item)) {
        const Digest subject = *item->subject;
        waiting_[subject].push_back({.entry = i, .item = *std::move(item)});
      } else {
        staying.push_back(index_.manifests[i]);
      }
    }
    for (const Descriptor& entry : staying) ABSL_RETURN_IF_ERROR(Enter(entry));
    for (auto& [subject, entries] : waiting_) {
      for (Referring& one : entries) reached_.garbage.push_back(std::move(one));
    }
    std::sort(reached_.garbage.begin(), reached_.garbage.end(),
              [](const Referring& a, const Referring& b) { return a.entry < b.entry; });
    std::erase_if(reached_.doubts, [&](const Doubt& doubt) {
      const std::optional<ReferrerTag> tag = ParseReferrerTag(doubt.name);
      return tag.has_value() && reached_.blobs.contains(tag->subject);
    });
    return std::move(reached_);
  }

 private:
  // The entry as garbage; nothing for one that stays whatever its subject is.
  absl::StatusOr<std::optional<Item>> ItemOf(const Descriptor& entry) {
    const std::string name = AnnotationOf(entry, layout::kRefName);
    Item item{.kind = Kind::kLayoutEntry,
              .tag = name,
              .digest = entry.digest,
              .size = entry.size,
              .why = "",
              .subject = std::nullopt,
              .list = std::nullopt};
    if (std::optional<ReferrerTag> tag = ParseReferrerTag(name); tag.has_value()) {
      item.kind = tag->kind;
      item.subject = std::move(tag->subject);
      if (item.kind == Kind::kFallbackTag) {
        const absl::Status is_list = CheckList(entry, *item.subject);
        if (!is_list.ok() && ReasonOf(is_list) != Reason::kInvalidInput) return is_list;
        if (!is_list.ok()) {
          reached_.doubts.push_back({name, std::string(is_list.message())});
          return std::nullopt;
        }
      }
    } else if (name.empty() && AnnotationOf(entry, layout::kImageName).empty()) {
      ABSL_ASSIGN_OR_RETURN(item.subject, SubjectOfEntry(entry));
    }
    if (!item.subject.has_value()) return std::nullopt;
    item.why = absl::StrCat("its subject ", item.subject->ToString(), " is not in the layout");
    return item;
  }

  absl::StatusOr<std::optional<Digest>> SubjectOfEntry(const Descriptor& entry) {
    const absl::StatusOr<Digest> annotated = Digest::Parse(AnnotationOf(entry, layout::kSubjectDigest));
    if (annotated.ok()) return std::optional<Digest>(*annotated);
    if (!IsDocument(entry)) return std::optional<Digest>();
    const absl::StatusOr<std::string> bytes = Read(entry);
    if (ReasonOf(bytes.status()) == Reason::kNotFound) return std::optional<Digest>();
    ABSL_RETURN_IF_ERROR(bytes.status());
    return SubjectOf(entry.media_type, *bytes);
  }

  // What is not there has no other subject.
  absl::Status CheckList(const Descriptor& entry, const Digest& subject) {
    if (entry.media_type != image::kOciIndex) return InvalidInputError("it is no list of referrers");
    const absl::StatusOr<std::string> bytes = Read(entry);
    if (ReasonOf(bytes.status()) == Reason::kNotFound) return absl::OkStatus();
    ABSL_RETURN_IF_ERROR(bytes.status());
    ABSL_ASSIGN_OR_RETURN(const image::Index list, image::ParseIndex(*bytes));
    if (list.manifests.size() > kMaxListed) return InvalidInputError("it lists more manifests than are looked at");
    for (const Descriptor& listed : list.manifests) {
      const absl::StatusOr<std::string> manifest = Read(listed);
      const bool is_absent = ReasonOf(manifest.status()) == Reason::kNotFound;
      if (!is_absent) ABSL_RETURN_IF_ERROR(manifest.status());
      const bool refers = is_absent ? !listed.platform.has_value() : SubjectOf(listed.media_type, *manifest) == subject;
      if (refers) continue;
      return InvalidInputError(
          absl::StrCat("it lists ", listed.digest.ToString(), ", which does not refer to ", subject.ToString()));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read(const Descriptor& document) {
    ABSL_RETURN_IF_ERROR(context_.Check());
    return content::VerifiedBytes(context_, blobs_, document, image::kMaxManifestBytes);
  }

  // Reaches the entry, and then what refers to what it reached, and so on.
  absl::Status Enter(const Descriptor& entry) {
    std::vector<Descriptor> next = {entry};
    while (!next.empty()) {
      const Descriptor root = std::move(next.back());
      next.pop_back();
      ABSL_ASSIGN_OR_RETURN(const std::vector<Digest> found, Walk(root));
      for (const Digest& digest : found) {
        const auto waiting = waiting_.find(digest);
        if (waiting == waiting_.end()) continue;
        for (const Referring& one : waiting->second) next.push_back(index_.manifests[one.entry]);
        waiting_.erase(waiting);
      }
    }
    return absl::OkStatus();
  }

  // What was not reached before.
  absl::StatusOr<std::vector<Digest>> Walk(const Descriptor& root) {
    std::vector<Digest> found;
    if (!IsDocument(root)) NoteUnknown("index.json", root);
    content::GraphBudget budget;
    // Of one graph; a layout may have many.
    const content::WalkOptions options{
        .keep_missing = true, .enter = [&](const Descriptor& document) { return !entered_.contains(document.digest); }};
    const absl::StatusOr<content::Graph> graph = content::ReadGraph(context_, blobs_, {root}, options, budget);
    // An entry may have lost its blob.
    if (ReasonOf(graph.status()) == Reason::kNotFound) return found;
    ABSL_RETURN_IF_ERROR(graph.status());
    for (const content::GraphNode& node : graph->nodes) {
      if (node.is_missing) continue;
      if (node.was_read) entered_.insert(node.descriptor.digest);
      if (reached_.blobs.insert(node.descriptor.digest).second) found.push_back(node.descriptor.digest);
      if (!node.was_read || !image::IsIndex(node.descriptor.media_type)) continue;
      for (const Descriptor& listed : node.successors) {
        if (!IsDocument(listed)) NoteUnknown(node.descriptor.digest.ToString(), listed);
      }
    }
    return found;
  }

  // Such a document may name blobs.
  void NoteUnknown(absl::string_view where, const Descriptor& listed) {
    if (!reached_.unclear.empty()) return;
    reached_.unclear = absl::StrCat(where, " lists ", listed.digest.ToString(), " of type \"", listed.media_type,
                                    "\", and what that needs is not known");
  }

  const Context& context_;
  content::Fetcher& blobs_;
  const image::Index& index_;
  const std::function<bool(const Item&)>& may_go_;
  std::map<Digest, std::vector<Referring>> waiting_;  // by subject
  std::set<Digest> entered_;                          // documents whose successors were reached
  Reached reached_;
};

}  // namespace

absl::StatusOr<Reached> FindReached(const Context& context, content::Fetcher& blobs, const image::Index& index,
                                    const std::function<bool(const Item&)>& may_go) {
  return Search(context, blobs, index, may_go).Run();
}

}  // namespace waybill::oci::prune
