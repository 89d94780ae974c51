// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/walk.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "oci/error.h"
#include "oci/image/attestation.h"
#include "oci/image/media_types.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::reader {
namespace {

namespace image = oci::image;

constexpr int64_t kMaxConfigBytes = 4 << 20;
// What a descriptor takes besides its texts.
constexpr int64_t kEdgeBytes = 300;

bool IsDocument(const oci::Descriptor& entry) {
  return image::IsIndex(entry.media_type) || image::IsManifest(entry.media_type);
}

// The predicate type that annotations tell: BuildKit's and Docker's, cosign's of bundles and of `.att` tags.
std::string AnnotatedType(const oci::Annotations& annotations) {
  for (const absl::string_view key : {image::kPredicateType, absl::string_view("dev.sigstore.bundle.predicateType"),
                                      absl::string_view("predicateType")}) {
    const auto found = annotations.find(std::string(key));
    if (found != annotations.end()) return found->second.substr(0, kMaxStringBytes);
  }
  return "";
}

Source SourceOf(oci::content::ReferrerPlace place) {
  switch (place) {
    case oci::content::ReferrerPlace::kApi:
      return Source::kReferrersApi;
    case oci::content::ReferrerPlace::kFallbackTag:
      return Source::kFallbackTag;
    case oci::content::ReferrerPlace::kLayout:
      return Source::kLayout;
  }
  return Source::kLayout;
}

int64_t Cost(const oci::Descriptor& descriptor) {
  int64_t cost = kEdgeBytes + static_cast<int64_t>(descriptor.data.size() + descriptor.artifact_type.size());
  for (const auto& [key, value] : descriptor.annotations) cost += static_cast<int64_t>(key.size() + value.size()) + 64;
  for (const std::string& url : descriptor.urls) cost += static_cast<int64_t>(url.size()) + 32;
  return cost;
}

// The images of an index that are not wanted.
std::set<oci::Digest> UnwantedImages(const image::Index& index, const std::vector<oci::Platform>& wanted) {
  std::set<oci::Digest> unwanted;
  for (const oci::Descriptor& entry : index.manifests) {
    const bool is_attestation = entry.annotations.contains(std::string(image::kReferenceType));
    if (is_attestation || !entry.platform.has_value()) continue;
    if (!IsWanted(wanted, *entry.platform)) unwanted.insert(entry.digest);
  }
  return unwanted;
}

// What an entry is about, or itself.
bool Concerns(const oci::Descriptor& entry, const std::set<oci::Digest>& images) {
  if (images.contains(entry.digest)) return true;
  const std::optional<image::AttestationMark> mark = image::FindAttestationMark(entry, "", std::nullopt);
  return mark.has_value() && mark->image.has_value() && images.contains(*mark->image);
}

}  // namespace

Walk::Walk(const oci::Context& context, oci::content::Fetcher& content, oci::content::ReferrerLister& referrers,
           const ReadOptions& options)
    : content_(content), referrers_(referrers), options_(options), tasks_(context, options.limits.parallel) {}

absl::StatusOr<ImageTree> Walk::Run(const oci::Descriptor& root) {
  Follow(root, 0);
  ABSL_ASSIGN_OR_RETURN(ImageTree tree, Finish());
  const Node& read = tree.root();
  if (read.kind == NodeKind::kUnread && !read.status.ok()) return read.status;
  return tree;
}

absl::StatusOr<ImageTree> Walk::RunReferrers(const std::vector<oci::Descriptor>& subjects) {
  // All are nodes before the first list comes: one may refer to another.
  std::vector<size_t> numbers;
  {
    absl::MutexLock lock(&mutex_);
    for (const oci::Descriptor& subject : subjects) {
      if (!numbers_.emplace(subject.digest, visits_.size()).second) continue;
      numbers.push_back(visits_.size());
      visits_.push_back({.node = {.descriptor = subject}});
    }
  }
  for (const size_t number : numbers) AddListing(number);
  return Finish();
}

absl::StatusOr<ImageTree> Walk::Finish() {
  ABSL_RETURN_IF_ERROR(tasks_.Wait());
  absl::MutexLock lock(&mutex_);
  ImageTree tree{.notes = std::move(notes_)};
  for (Visit& visit : visits_) tree.nodes.push_back(std::move(visit.node));
  return tree;
}

void Walk::AddListing(size_t number) {
  tasks_.Add([this, number](const oci::Context& context) {
    ListReferrers(context, number);
    return context.Check();
  });
}

void Walk::Note(std::string note) {
  absl::MutexLock lock(&mutex_);
  if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) notes_.push_back(std::move(note));
}

Walk::Visit Walk::VisitOf(size_t number) const {
  absl::MutexLock lock(&mutex_);
  return {.node = {.descriptor = visits_[number].node.descriptor}, .level = visits_[number].level};
}

std::optional<size_t> Walk::Follow(const oci::Descriptor& entry, int level) {
  if (level > 0 && !IsDocument(entry)) return std::nullopt;
  size_t number = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (const auto known = numbers_.find(entry.digest); known != numbers_.end()) return known->second;
    if (level > options_.limits.depth || visits_.size() >= options_.limits.manifests) return std::nullopt;
    number = visits_.size();
    numbers_.emplace(entry.digest, number);
    visits_.push_back({.node = {.descriptor = entry}, .level = level});
  }
  tasks_.Add([this, number](const oci::Context& context) {
    ReadDocument(context, number);
    return context.Check();
  });
  if (level < options_.limits.depth) AddListing(number);
  return number;
}

bool Walk::Keep(const Edge& edge) {
  absl::MutexLock lock(&mutex_);
  edge_bytes_ += Cost(edge.descriptor);
  return edge_bytes_ <= options_.limits.document_bytes;
}

Walk::Listed Walk::FollowAll(std::vector<Edge> entries, int level,
                             absl::FunctionRef<bool(const oci::Descriptor&)> follows) {
  Listed listed;
  size_t beyond = 0;
  for (Edge& edge : entries) {
    if (listed.edges.size() >= options_.limits.listed || !Keep(edge)) {
      ++listed.left_out;
      continue;
    }
    if (follows(edge.descriptor)) {
      edge.node = Follow(edge.descriptor, level);
      if (!edge.node.has_value() && IsDocument(edge.descriptor)) ++beyond;
    }
    listed.edges.push_back(std::move(edge));
  }
  if (listed.left_out + beyond > 0) {
    Note(absl::StrCat("not everything was read: an image is followed ", options_.limits.depth, " levels deep, through ",
                      options_.limits.manifests, " manifests and lists of ", options_.limits.listed, " entries"));
  }
  return listed;
}

absl::StatusOr<std::string> Walk::Bytes(const oci::Context& context, const oci::Descriptor& entry) {
  // The list may lie about the size, which is told, and does not keep the manifest from being read.
  oci::Descriptor any_size = entry;
  any_size.size = -1;
  ABSL_ASSIGN_OR_RETURN(std::string bytes,
                        oci::content::VerifiedBytes(context, content_, any_size, image::kMaxManifestBytes));
  absl::MutexLock lock(&mutex_);
  document_bytes_ += static_cast<int64_t>(bytes.size());
  if (document_bytes_ <= options_.limits.document_bytes) return bytes;
  return oci::InvalidInputError(absl::StrCat("the manifests exceed ", options_.limits.document_bytes, " bytes in all"));
}

void Walk::ReadDocument(const oci::Context& context, size_t number) {
  const Visit visit = VisitOf(number);
  const oci::Descriptor& entry = visit.node.descriptor;
  const absl::StatusOr<std::string> bytes = Bytes(context, entry);
  absl::Status status = bytes.status();
  if (status.ok()) {
    Update(number, [&](Node& node) { node.size = static_cast<int64_t>(bytes->size()); });
    if (image::IsIndex(entry.media_type)) {
      status = TakeIndex(visit, number, *bytes);
    } else if (image::IsManifest(entry.media_type)) {
      status = TakeManifest(visit, number, *bytes);
    } else {
      status =
          oci::UnsupportedError(absl::StrCat(entry.digest.ToString(), " is no image: its type is ", entry.media_type));
    }
  }
  if (!status.ok()) Update(number, [&](Node& node) { node.status = status; });
}

absl::Status Walk::TakeIndex(const Visit& visit, size_t number, absl::string_view bytes) {
  ABSL_ASSIGN_OR_RETURN(image::Index index, image::ParseIndex(bytes));
  const std::set<oci::Digest> unwanted = UnwantedImages(index, options_.platforms);
  std::vector<Edge> entries;
  for (const oci::Descriptor& entry : index.manifests) entries.push_back({.descriptor = entry});
  Listed listed = FollowAll(std::move(entries), visit.level + 1,
                            [&](const oci::Descriptor& entry) { return !Concerns(entry, unwanted); });
  Update(number, [&](Node& node) {
    node.kind = NodeKind::kIndex;
    node.media_type = std::move(index.media_type);
    node.artifact_type = std::move(index.artifact_type);
    node.annotations = std::move(index.annotations);
    node.subject = std::move(index.subject);
    node.children = std::move(listed.edges);
    node.left_out += listed.left_out;
  });
  return absl::OkStatus();
}

absl::Status Walk::TakeManifest(const Visit& visit, size_t number, absl::string_view bytes) {
  ABSL_ASSIGN_OR_RETURN(image::Manifest manifest, image::ParseManifest(bytes));
  const bool is_image = manifest.artifact_type.empty() && attest::IsImage(manifest) &&
                        !image::FindAttestationMark(visit.node.descriptor, manifest).has_value();
  const size_t items = is_image ? 0 : std::min(manifest.layers.size(), options_.limits.items);
  Update(number, [&](Node& node) {
    node.kind = is_image ? NodeKind::kImage : NodeKind::kArtifact;
    node.media_type = manifest.media_type;
    node.artifact_type = manifest.artifact_type;
    node.config_type = manifest.config.media_type;
    node.platform = node.descriptor.platform;
    node.annotations = manifest.annotations;
    node.subject = manifest.subject;
    const std::string type_of_all = AnnotatedType(manifest.annotations);
    for (size_t i = 0; i < items; ++i) {
      std::string type = AnnotatedType(manifest.layers[i].annotations);
      if (type.empty()) type = type_of_all;
      node.items.push_back({.descriptor = manifest.layers[i], .annotated_type = std::move(type)});
    }
    node.items_left_out = is_image ? 0 : manifest.layers.size() - items;
    node.blobs = {manifest.config};
    node.blobs.insert(node.blobs.end(), manifest.layers.begin(), manifest.layers.end());
  });
  for (size_t i = 0; options_.look && i < items; ++i) {
    tasks_.Add([this, number, i](const oci::Context& context) {
      LookAtItem(context, number, i);
      return context.Check();
    });
  }
  if (is_image && visit.level == 0) {
    tasks_.Add([this, number, config = manifest.config](const oci::Context& context) {
      ReadPlatform(context, number, config);
      return context.Check();
    });
  }
  return absl::OkStatus();
}

void Walk::ReadPlatform(const oci::Context& context, size_t number, const oci::Descriptor& config) {
  const absl::StatusOr<std::string> bytes = oci::content::VerifiedBytes(context, content_, config, kMaxConfigBytes);
  if (!bytes.ok()) return Update(number, [&](Node& node) { node.status = bytes.status(); });
  // What is no descriptor has a platform's fields all the same.
  const absl::StatusOr<oci::json::Fields> fields = oci::json::Fields::Parse(*bytes);
  if (!fields.ok()) return Update(number, [&](Node& node) { node.status = oci::Annotate(fields.status(), "config"); });
  const auto text = [&](absl::string_view name) { return oci::json::DecodeString(fields->Find(name)).value_or(""); };
  const oci::Platform platform{.architecture = text("architecture"),
                               .os = text("os"),
                               .os_version = text("os.version"),
                               .variant = text("variant")};
  Update(number, [&](Node& node) { node.platform = platform; });
}

void Walk::ListReferrers(const oci::Context& context, size_t number) {
  const Visit visit = VisitOf(number);
  absl::StatusOr<oci::content::ReferrerList> list =
      referrers_.ListReferrers(context, visit.node.descriptor.digest, options_.limits.listed);
  Listed listed;
  if (list.ok()) {
    std::vector<Edge> entries;
    for (oci::content::Referrer& referrer : list->referrers) {
      entries.push_back({.descriptor = std::move(referrer.descriptor), .source = SourceOf(referrer.place)});
    }
    listed = FollowAll(std::move(entries), visit.level + 1, [](const oci::Descriptor&) { return true; });
    if (list->is_cut) ++listed.left_out;
  }
  Update(number, [&](Node& node) {
    node.was_listed = true;
    node.referrers_status = list.status();
    node.referrers = std::move(listed.edges);
    node.left_out += listed.left_out;
  });
}

void Walk::LookAtItem(const oci::Context& context, size_t number, size_t item) {
  std::optional<oci::Descriptor> blob;
  Update(number, [&](Node& node) { blob = node.items[item].descriptor; });
  absl::StatusOr<Content> content = LookAt(context, content_, *blob, options_.limits.look_bytes);
  Update(number, [&](Node& node) {
    node.items[item].status = content.status();
    if (content.ok()) node.items[item].content = *std::move(content);
  });
}

}  // namespace waybill::attest::reader
