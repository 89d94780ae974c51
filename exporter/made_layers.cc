// SPDX-License-Identifier: Apache-2.0
#include "exporter/made_layers.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "exporter/documents/new_layers.h"
#include "exporter/layers/maker.h"
#include "exporter/plan/layers.h"
#include "exporter/plan/plan.h"
#include "oci/content/graph.h"
#include "oci/error.h"
#include "oci/image/document.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/hashing.h"
#include "oci/io/string.h"
#include "oci/json/edit.h"
#include "oci/json/json.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter {
namespace {

using documents::NewDigests;

// Depths of members in their documents (oci/json/edit.h).
constexpr size_t kInSubject = 2;
constexpr size_t kInEntry = 3;

// Digest and size of `object`, a descriptor, set to those of `to`.
absl::StatusOr<std::string> Pointing(absl::string_view object, const oci::Descriptor& to, size_t depth) {
  ABSL_ASSIGN_OR_RETURN(std::string pointing,
                        oci::json::WithMember(object, "digest", oci::json::Quote(to.digest.ToString()), {}, depth));
  return oci::json::WithMember(pointing, "size", absl::StrCat(to.size), {"digest"}, depth);
}

class Remaker {
 public:
  Remaker(const oci::Context& context, const request::ExportOptions& options, layers::Encoders& encoders,
          oci::content::Fetcher& content, const MadeLayersStores& stores)
      : context_(context),
        options_(WithoutRewriting(options)),
        content_(content),
        stores_(stores),
        maker_(options_, encoders, content, {.blobs = stores.blobs, .made = stores.made}) {}

  absl::StatusOr<oci::Descriptor> Run(const oci::Descriptor& root) {
    ABSL_RETURN_IF_ERROR(CheckFamily(root.media_type));
    if (oci::image::IsIndex(root.media_type)) return Index(root);
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, budget_.Read(context_, content_, root));
    ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest manifest, oci::image::ParseManifest(bytes));
    ABSL_ASSIGN_OR_RETURN(std::optional<std::string> made, Image(bytes, manifest));
    return made.has_value() ? Stage(root, *std::move(made)) : root;
  }

 private:
  struct Entry {
    oci::Descriptor descriptor;
    std::string bytes;
    attest::AttestationManifest attestation;
  };

  static request::ExportOptions WithoutRewriting(request::ExportOptions options) {
    options.rewrite_timestamp = false;
    return options;
  }

  // Whoever assembled the image was not asked for eStargz, and did not look at it.
  absl::Status CheckFamily(absl::string_view media_type) const {
    request::ExportOptions known = options_;
    known.oci_mediatypes = media_type != oci::image::kDockerManifest && media_type != oci::image::kDockerIndex;
    return request::CheckConflicts(known);
  }

  absl::StatusOr<oci::Descriptor> Index(const oci::Descriptor& root) {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, budget_.Read(context_, content_, root));
    ABSL_ASSIGN_OR_RETURN(const oci::image::Index index, oci::image::ParseIndex(bytes));
    std::vector<Entry> attestations;
    for (const oci::Descriptor& entry : index.manifests) {
      ABSL_RETURN_IF_ERROR(budget_.Count());
      if (!oci::image::IsManifest(entry.media_type)) continue;
      ABSL_RETURN_IF_ERROR(
          oci::Annotate(IndexEntry(entry, attestations), absl::StrCat("manifest ", entry.digest.ToString())));
    }
    if (images_.empty()) return root;
    // Images go first, whatever the order of the index: attestations name them.
    for (const Entry& entry : attestations) ABSL_RETURN_IF_ERROR(Attestation(entry));
    ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(bytes));
    ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> raw, oci::json::Elements(fields.Find("manifests")));
    std::vector<oci::json::Splice> splices;
    for (size_t i = 0; i < raw.size(); ++i) {
      const auto changed = entries_.find(index.manifests[i].digest);
      if (changed == entries_.end()) continue;
      ABSL_ASSIGN_OR_RETURN(const std::string entry, Pointing(raw[i], changed->second, kInEntry));
      splices.push_back({raw[i], documents::WithDigests(entry, images_)});
    }
    return Stage(root, oci::json::Spliced(bytes, splices));
  }

  // Makes an image; an attestation manifest waits in `attestations`.
  absl::Status IndexEntry(const oci::Descriptor& entry, std::vector<Entry>& attestations) {
    ABSL_ASSIGN_OR_RETURN(std::string bytes, budget_.Read(context_, content_, entry));
    ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest manifest, oci::image::ParseManifest(bytes));
    if (std::optional<attest::AttestationManifest> attestation = attest::TakeApart(entry, manifest)) {
      attestations.push_back({entry, std::move(bytes), *std::move(attestation)});
      return absl::OkStatus();
    }
    ABSL_ASSIGN_OR_RETURN(std::optional<std::string> made, Image(bytes, manifest));
    if (!made.has_value()) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor staged, Stage(entry, *std::move(made)));
    ABSL_RETURN_IF_ERROR(Note(entry.digest, staged.digest, images_));
    entries_.emplace(entry.digest, staged);
    return absl::OkStatus();
  }

  // The manifest with its new layers; unset when all stay.
  absl::StatusOr<std::optional<std::string>> Image(absl::string_view bytes, const oci::image::Manifest& manifest) {
    if (!attest::IsImage(manifest)) return std::nullopt;
    ABSL_ASSIGN_OR_RETURN(const std::string config, budget_.Read(context_, content_, manifest.config));
    ABSL_ASSIGN_OR_RETURN(const plan::ImagePlan image, PlanOf(manifest, config));
    ABSL_ASSIGN_OR_RETURN(std::vector<request::Layer> made, maker_.Make(context_, image));
    bool changed = false;
    for (size_t i = 0; i < made.size(); ++i) {
      if (made[i].blob.digest == manifest.layers[i].digest) continue;
      changed = true;
      KeepRewritten(manifest.layers[i], made[i].blob);
      ABSL_RETURN_IF_ERROR(Note(manifest.layers[i].digest, made[i].blob.digest, layers_));
    }
    if (!changed) return std::nullopt;
    const plan::LayerRules rules{.oci_types = manifest.media_type != oci::image::kDockerManifest,
                                 .prefer_nondistributable = options_.prefer_nondist_layers};
    ABSL_ASSIGN_OR_RETURN(std::string text, documents::WithLayers(bytes, plan::ManifestLayers(made, rules)));
    std::vector<oci::Digest> diff_ids;
    for (const request::Layer& layer : made) diff_ids.push_back(layer.diff_id);
    ABSL_ASSIGN_OR_RETURN(std::string new_config, documents::WithDiffIds(config, diff_ids));
    if (new_config == config) return text;
    // An eStargz layer has files of its own. The config stays as long as it was.
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor staged, Stage(manifest.config, std::move(new_config)));
    return documents::WithDigests(text, {{manifest.config.digest, staged.digest}});
  }

  // Its times are rewritten in the new form too.
  static void KeepRewritten(const oci::Descriptor& from, oci::Descriptor& to) {
    const auto rewritten = from.annotations.find(layers::kRewritten);
    if (rewritten != from.annotations.end()) to.annotations.insert(*rewritten);
  }

  absl::StatusOr<plan::ImagePlan> PlanOf(const oci::image::Manifest& manifest, absl::string_view config) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<oci::Digest> diff_ids, documents::DiffIdsOf(config));
    if (diff_ids.size() != manifest.layers.size()) {
      return oci::InvalidInputError(
          absl::StrCat("the config has ", diff_ids.size(), " diff ids for ", manifest.layers.size(), " layers"));
    }
    plan::ImagePlan image;
    for (size_t i = 0; i < diff_ids.size(); ++i) {
      ABSL_RETURN_IF_ERROR(budget_.Count());
      image.layers.push_back({.blob = manifest.layers[i], .diff_id = diff_ids[i]});
    }
    return image;
  }

  absl::Status Attestation(const Entry& entry) {
    if (!entry.attestation.image.has_value()) return absl::OkStatus();
    const auto image = entries_.find(*entry.attestation.image);
    if (image == entries_.end()) return absl::OkStatus();
    NewDigests digests;
    for (const oci::Descriptor& statement : entry.attestation.statements) {
      ABSL_RETURN_IF_ERROR(Statement(statement, digests));
    }
    ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest manifest, oci::image::ParseManifest(entry.bytes));
    ABSL_RETURN_IF_ERROR(Config(manifest.config, digests));
    ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(entry.bytes));
    std::vector<oci::json::Splice> splices;
    if (const absl::string_view subject = fields.Find("subject"); !subject.empty()) {
      ABSL_ASSIGN_OR_RETURN(std::string pointing, Pointing(subject, image->second, kInSubject));
      splices.push_back({subject, std::move(pointing)});
    }
    digests.insert(images_.begin(), images_.end());
    ABSL_ASSIGN_OR_RETURN(
        const oci::Descriptor staged,
        Stage(entry.descriptor, documents::WithDigests(oci::json::Spliced(entry.bytes, splices), digests)));
    entries_.emplace(entry.descriptor.digest, staged);
    return absl::OkStatus();
  }

  // A statement about the image, in its new words.
  absl::Status Statement(const oci::Descriptor& statement, NewDigests& digests) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> source, content_.Fetch(context_, statement));
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, source->Open(context_, 0));
    oci::io::HashingReader hashed(std::move(reader), oci::Hasher(statement.digest));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, stores_.blobs.NewWriter(context_));
    documents::StatementWriter writer(*blob, images_, layers_);
    ABSL_RETURN_IF_ERROR(oci::io::Copy(context_, hashed, writer).status());
    ABSL_RETURN_IF_ERROR(writer.Close());
    ABSL_RETURN_IF_ERROR(oci::content::Verify(statement, hashed.digest(), hashed.size()));
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor made, blob->Commit(context_, statement.media_type, {}));
    return Note(statement.digest, made.digest, digests);
  }

  // The config of a legacy attestation manifest lists its statements.
  absl::Status Config(const oci::Descriptor& config, NewDigests& digests) {
    if (config.media_type == oci::image::kOciEmpty) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, budget_.Read(context_, content_, config));
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor staged, Stage(config, documents::WithDigests(bytes, digests)));
    return Note(config.digest, staged.digest, digests);
  }

  static absl::Status Note(const oci::Digest& from, const oci::Digest& to, NewDigests& digests) {
    if (from.algorithm() != to.algorithm()) {
      return oci::UnsupportedError(absl::StrCat("an image with digests of ", from.algorithm()));
    }
    if (from != to) digests.insert_or_assign(from, to);
    return absl::OkStatus();
  }

  // `descriptor` for other bytes.
  absl::StatusOr<oci::Descriptor> Stage(oci::Descriptor descriptor, std::string bytes) {
    descriptor.digest = oci::Digest::Of(bytes);
    descriptor.size = static_cast<int64_t>(bytes.size());
    ABSL_RETURN_IF_ERROR(stores_.documents.Push(
        context_, {.descriptor = descriptor, .source = std::make_unique<oci::io::StringSource>(std::move(bytes))}));
    return descriptor;
  }

  const oci::Context& context_;
  const request::ExportOptions options_;
  oci::content::Fetcher& content_;
  const MadeLayersStores stores_;
  layers::LayerMaker maker_;
  oci::content::GraphBudget budget_;
  NewDigests layers_;
  NewDigests images_;                               // manifests of images
  std::map<oci::Digest, oci::Descriptor> entries_;  // of the index, as they become
};

}  // namespace

absl::StatusOr<oci::Descriptor> WithMadeLayers(const oci::Context& context, const oci::Descriptor& root,
                                               const request::ExportOptions& options, layers::Encoders& encoders,
                                               oci::content::Fetcher& content, const MadeLayersStores& stores) {
  oci::StageTimer timer(context, oci::Stage::kLayers);
  return timer.Close(Remaker(timer.context(), options, encoders, content, stores).Run(root));
}

}  // namespace waybill::exporter
