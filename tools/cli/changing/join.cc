// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/join.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/json/json.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::cli::changing {
namespace {

namespace json = oci::json;
using attest::reader::Edge;
using attest::reader::ImageTree;
using attest::reader::Node;
using attest::reader::NodeKind;

class Joiner {
 public:
  absl::Status Add(const JoinedImage& image) {
    ABSL_RETURN_IF_ERROR(CheckWhole(image.tree));
    if (image.index.empty()) return AddManifest(image);
    ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(image.index));
    ABSL_ASSIGN_OR_RETURN(const auto entries, json::Elements(fields.Find("manifests")));
    const std::vector<Edge>& edges = image.tree.root().children;
    for (size_t i = 0; i < edges.size() && i < entries.size(); ++i) {
      ABSL_ASSIGN_OR_RETURN(std::string compact, json::Compact(entries[i]));
      const Node* const node = edges[i].node.has_value() ? &image.tree.nodes[*edges[i].node] : nullptr;
      if (node == nullptr || node->kind != NodeKind::kImage) {
        AddOther(edges[i].descriptor, std::move(compact));
      } else {
        oci::Descriptor descriptor = edges[i].descriptor;
        if (!descriptor.platform.has_value()) {
          descriptor.platform = node->platform;
          compact = oci::image::ToCompactJson(descriptor);
        }
        ABSL_RETURN_IF_ERROR(AddImage(image, std::move(descriptor), std::move(compact)));
      }
    }
    ABSL_ASSIGN_OR_RETURN(const auto annotations, json::DecodeStringMap(fields.Find("annotations")));
    KeepAnnotations(image.name, annotations);
    return absl::OkStatus();
  }

  // What is about the parts of the image, but for what the new index lists.
  void AddReferrers(const JoinedImage& image) {
    const Node& root = image.tree.root();
    for (const Node& node : image.tree.nodes) {
      if (&node == &root && !image.index.empty()) {
        if (!root.referrers.empty()) {
          result_.warnings.push_back(absl::StrCat(image.name, ": what refers to its index ",
                                                  root.descriptor.digest.ToString(), " is left out"));
        }
        continue;
      }
      if (only_about_root_.count(node.descriptor.digest) > 0) continue;
      for (const Edge& edge : node.referrers) AddReferrer(edge.descriptor);
    }
  }

  // Referrers of an index that is replaced, and what is about these.
  void LeaveOutReferrersOfRoot(const JoinedImage& image) {
    if (image.index.empty()) return;
    std::vector<const Node*> open = {&image.tree.root()};
    while (!open.empty()) {
      const Node* const node = open.back();
      open.pop_back();
      for (const Edge& edge : node->referrers) {
        const Node* const referrer = image.tree.Find(edge.descriptor.digest);
        if (referrer != nullptr && only_about_root_.insert(edge.descriptor.digest).second) open.push_back(referrer);
      }
    }
  }

  Joined Take() {
    json::Writer writer;
    writer.BeginObject().Key("schemaVersion").Int(2).Key("mediaType").String(oci::image::kOciIndex);
    writer.Key("manifests").BeginArray();
    for (const std::string& entry : image_entries_) writer.Raw(entry);
    for (const std::string& entry : other_entries_) writer.Raw(entry);
    writer.EndArray();
    if (!annotations_.empty()) {
      writer.Key("annotations").BeginObject();
      for (const auto& [key, value] : annotations_) writer.Key(key).String(value);
      writer.EndObject();
    }
    writer.EndObject();
    result_.index = oci::image::MakeDocument(oci::image::kOciIndex, json::Indent(writer.Take()));
    return std::move(result_);
  }

 private:
  static absl::Status CheckWhole(const ImageTree& tree) {
    for (const Node& node : tree.nodes) {
      if (!node.status.ok()) return oci::Annotate(node.status, node.descriptor.digest.ToString());
      if (!node.referrers_status.ok()) return oci::Annotate(node.referrers_status, "referrers");
    }
    if (tree.notes.empty()) return absl::OkStatus();
    return oci::InvalidInputError(absl::StrCat("it could not be read as a whole: ", tree.notes.front()));
  }

  absl::Status AddManifest(const JoinedImage& image) {
    const Node& root = image.tree.root();
    if (root.kind != NodeKind::kImage) return oci::InvalidInputError("it is no image and lists none");
    oci::Descriptor entry{
        .media_type = root.descriptor.media_type, .digest = root.descriptor.digest, .size = root.descriptor.size};
    entry.platform = root.platform;
    std::string compact = oci::image::ToCompactJson(entry);
    return AddImage(image, std::move(entry), std::move(compact));
  }

  absl::Status AddImage(const JoinedImage& image, oci::Descriptor descriptor, std::string compact) {
    const oci::Platform platform = oci::Normalize(descriptor.platform.value_or(oci::Platform()));
    for (const auto& [other, name] : platforms_) {
      if (oci::Normalize(other.platform.value_or(oci::Platform())) != platform) continue;
      if (other.digest == descriptor.digest) return absl::OkStatus();
      return oci::InvalidInputError(absl::StrCat("its image of ", oci::FormatShort(platform), " is ",
                                                 descriptor.digest.ToString(), ", and that of ", name, " is ",
                                                 other.digest.ToString()));
    }
    platforms_.emplace_back(descriptor, image.name);
    listed_.insert(descriptor.digest);
    result_.images.push_back(std::move(descriptor));
    image_entries_.push_back(std::move(compact));
    return absl::OkStatus();
  }

  // The same manifest may be about two images in the legacy form, with two entries.
  void AddOther(const oci::Descriptor& descriptor, std::string compact) {
    listed_.insert(descriptor.digest);
    if (known_others_.insert(compact).second) other_entries_.push_back(std::move(compact));
  }

  void AddReferrer(const oci::Descriptor& referrer) {
    if (!listed_.insert(referrer.digest).second) return;
    result_.referrers.push_back({.media_type = referrer.media_type, .digest = referrer.digest, .size = referrer.size});
  }

  void KeepAnnotations(const std::string& name, const oci::Annotations& annotations) {
    if (first_index_.empty()) {
      first_index_ = name;
      annotations_ = annotations;
      return;
    }
    const auto drop = [&](const std::string& of, const std::string& key) {
      result_.warnings.push_back(
          absl::StrCat(of, ": the annotation ", key, " of its index is left out: not all have it"));
    };
    for (const auto& [key, value] : annotations) {
      const auto kept = annotations_.find(key);
      if (kept == annotations_.end() || kept->second != value) drop(name, key);
    }
    std::erase_if(annotations_, [&](const auto& kept) {
      const auto same = annotations.find(kept.first);
      if (same != annotations.end() && same->second == kept.second) return false;
      drop(first_index_, kept.first);
      return true;
    });
  }

  Joined result_{
      .index = oci::image::MakeDocument(oci::image::kOciIndex, ""), .images = {}, .referrers = {}, .warnings = {}};
  std::vector<std::pair<oci::Descriptor, std::string>> platforms_;  // with the image's name
  std::vector<std::string> image_entries_;
  std::vector<std::string> other_entries_;
  std::set<std::string> known_others_;
  std::set<oci::Digest> listed_;
  std::set<oci::Digest> only_about_root_;
  std::string first_index_;
  oci::Annotations annotations_;
};

}  // namespace

absl::StatusOr<Joined> Join(const std::vector<JoinedImage>& images) {
  Joiner joiner;
  for (const JoinedImage& image : images) {
    ABSL_RETURN_IF_ERROR(oci::Annotate(joiner.Add(image), absl::StrCat("image ", image.name)));
  }
  for (const JoinedImage& image : images) joiner.LeaveOutReferrersOfRoot(image);
  for (const JoinedImage& image : images) joiner.AddReferrers(image);
  return joiner.Take();
}

}  // namespace waybill::cli::changing
