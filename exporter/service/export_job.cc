// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/export_job.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/output/files_archive_output.h"
#include "exporter/publishing/published_output.h"
#include "exporter/request/build_result.h"
#include "exporter/request/export_request.h"
#include "exporter/service/messages/result_codec.h"
#include "oci/content/content.h"
#include "oci/content/copy_graph.h"
#include "oci/content/store/temporary_store.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {
namespace {

// Leaves the image in the content store, where the client can read it.
class StoreOutput final : public Output {
 public:
  StoreOutput(store::ServiceStore& store, const store::Exporting& exporting)
      : blobs_(store.blobs, store.keeper, store.leases, exporting) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions&) override {
    // What an earlier export left vouches for nothing: clients may delete blobs.
    ABSL_RETURN_IF_ERROR(
        oci::content::CopyGraph(context, image.content, blobs_, image.root, {.trust_manifests = false}));
    return answers::Delivery{};
  }

 private:
  store::KeptStore blobs_;
};

// Layers that were made before, for one export: what it finds is in use.
class KeptLayersMade final : public layers::LayersMade {
 public:
  KeptLayersMade(layers::LayersMade& made, store::KeptStore& kept) : made_(made), kept_(kept) {}

  std::optional<layers::MadeLayer> Find(const oci::Context& context, const oci::Digest& from,
                                        const oci::layer::Conversion& conversion) override {
    std::optional<layers::MadeLayer> found = made_.Find(context, from, conversion);
    // It may go until it is in use.
    if (!found.has_value() || !kept_.Exists(context, found->blob).value_or(false)) return std::nullopt;
    return found;
  }
  void Add(const oci::Context& context, const oci::Digest& from, const oci::layer::Conversion& conversion,
           const layers::MadeLayer& made) override {
    made_.Add(context, from, conversion, made);
  }

 private:
  layers::LayersMade& made_;
  store::KeptStore& kept_;
};

bool StaysInStore(const request::ExportOptions& options) {
  switch (options.type) {
    case request::ExporterType::kOci:
    case request::ExporterType::kDocker:
      return !options.tar;
    case request::ExporterType::kImage:
      return !options.push;
    case request::ExporterType::kLocal:
    case request::ExporterType::kTar:
      return false;
  }
  return false;
}

bool IsArchive(const request::ExportOptions& options) {
  return options.type != request::ExporterType::kImage && !StaysInStore(options);
}

absl::StatusOr<std::unique_ptr<Output>> MakeOutput(const request::ExportOptions& options,
                                                   const store::Exporting& exporting, oci::io::Writer& archive,
                                                   const ExportJobDeps& deps) {
  std::unique_ptr<Output> output;
  if (StaysInStore(options)) {
    if (options.publishing.MakesReferrers()) {
      return oci::UnsupportedError(
          "other forms of attestations, and signatures, need a push or an archive when a service exports: its client "
          "writes the layout");
    }
    output = std::make_unique<StoreOutput>(deps.store, exporting);
  } else {
    ABSL_ASSIGN_OR_RETURN(output, deps.new_output(options, IsArchive(options) ? &archive : nullptr));
  }
  return publishing::WithPublishing(std::move(output), options,
                                    {.keys = deps.keys,
                                     .scratch_directory = deps.scratch,
                                     .registries = deps.registries == nullptr ? nullptr : deps.registries()});
}

absl::StatusOr<request::ExportOptions> OptionsOf(const v1::ExportRequest& request) {
  return request::ExportOptions::FromRequest({.type = request.type(),
                                              .attributes = {request.attributes().begin(), request.attributes().end()},
                                              .compatibility_version = request.compatibility_version()});
}

// `real` has no links; those of `allowed` are followed.
bool IsBelowOne(const std::filesystem::path& real, const std::vector<std::string>& allowed) {
  for (const std::string& root : allowed) {
    std::error_code error;
    const std::filesystem::path real_root = std::filesystem::canonical(root, error);
    if (error) continue;
    if (std::mismatch(real_root.begin(), real_root.end(), real.begin(), real.end()).first == real_root.end())
      return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::string> ResolveLayout(const std::string& path, const std::vector<std::string>& allowed) {
  const absl::Status refused = oci::InvalidInputError(
      absl::StrCat("oci_layout ", path, ": not an absolute path below one that the service's operator allows"));
  if (path.empty() || path.front() != '/') return refused;
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error) return refused;
  if (!IsBelowOne(real, allowed)) return refused;
  for (const char* blobs : {"blobs/sha256", "blobs/sha512"}) {
    const std::filesystem::path folder = std::filesystem::weakly_canonical(real / blobs, error);
    if (error || !IsBelowOne(folder, allowed)) return refused;
  }
  return real.string();
}

absl::Status CheckExport(const v1::ExportRequest& request, const ExportJobDeps& deps) {
  ABSL_ASSIGN_OR_RETURN(const request::ExportOptions options, OptionsOf(request));
  return publishing::CheckKey(options, deps.keys);
}

void VisitBlobs(const v1::BuildResult& result, const std::function<void(const oci::Digest&)>& visit) {
  const auto visit_one = [&visit](const v1::Descriptor& descriptor) {
    if (const auto digest = oci::Digest::Parse(descriptor.digest()); digest.ok()) visit(*digest);
  };
  for (const auto& [name, ref] : result.refs()) {
    for (const v1::Layer& layer : ref.layers()) visit_one(layer.blob());
  }
  for (const auto& [name, attestations] : result.attestations()) {
    for (const v1::Attestation& attestation : attestations.attestations()) {
      visit_one(attestation.content());
      for (const auto& [path, file] : attestation.files()) visit_one(file);
    }
  }
}

absl::StatusOr<Report> RunExport(const oci::Context& context, v1::ExportRequest& request,
                                 const store::Exporting& exporting, oci::io::Writer& archive,
                                 const ExportJobDeps& deps) {
  if (!exporting.lease.empty()) ABSL_RETURN_IF_ERROR(deps.store.leases.Check(exporting.lease));
  ABSL_ASSIGN_OR_RETURN(const request::ExportOptions options, OptionsOf(request));
  absl::StatusOr<request::BuildResult> result = messages::FromProto(std::move(*request.mutable_result()));
  if (!result.ok()) return oci::Annotate(result.status(), "result");

  std::optional<oci::content::store::FileStore> layout;
  if (!request.oci_layout().empty()) {
    ABSL_ASSIGN_OR_RETURN(const std::string root, ResolveLayout(request.oci_layout(), deps.layouts));
    layout.emplace(root, oci::content::store::FileStore::Options{});
  }
  oci::content::store::FileStore& source = layout.has_value() ? *layout : deps.store.blobs;

  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::store::TemporaryStore> staging,
                        oci::content::store::TemporaryStore::Create(deps.scratch));
  if (request::WritesFiles(options.type)) {
    // The client unpacks those of type local.
    output::FilesArchiveStreamOutput files(archive);
    return deps.exporter.ExportFiles(context, *result, options, source, staging->store(), files);
  }
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Output> output, MakeOutput(options, exporting, archive, deps));
  store::KeptStore kept(deps.store.blobs, deps.store.keeper, deps.store.leases, exporting);
  KeptLayersMade made(deps.layers_made, kept);
  const layers::LayerStore layers{.blobs = kept, .made = made};
  return deps.exporter.Export(context, *result, options, source, staging->store(), *output, &layers);
}

}  // namespace waybill::exporter::service
