// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/build.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "exporter/bridge/remote/layer_origins.h"
#include "exporter/bridge/solve/root_descriptor.h"
#include "exporter/bridge/solve/status_rows.h"
#include "exporter/deliver.h"
#include "exporter/documents/attestation_form.h"
#include "exporter/made_layers.h"
#include "exporter/request/metadata.h"
#include "exporter/request/unknown_key.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/reference.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::builds {
namespace {

std::string RowName(const solve::TakenExporter& exporter) {
  return absl::StrCat("exporting to ", request::TypeName(exporter.options.type), " (waybill)");
}

// The descriptor of a root of which only the digest is known.
absl::StatusOr<oci::Descriptor> Describe(const oci::Context& context, const oci::Digest& digest,
                                         oci::content::Fetcher& content) {
  oci::Descriptor root{.digest = digest, .size = -1};
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Source> source, content.Fetch(context, root));
  root.size = source->size();
  ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                        oci::content::VerifiedBytes(context, content, root, oci::image::kMaxManifestBytes));
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(bytes));
  ABSL_ASSIGN_OR_RETURN(root.media_type, oci::json::DecodeString(fields.Find("mediaType")));
  return root;
}

// The config's digest, if the root is a manifest.
absl::StatusOr<std::optional<oci::Digest>> ConfigOf(const oci::Context& context, oci::content::Fetcher& content,
                                                    const oci::Descriptor& root) {
  if (!oci::image::IsManifest(root.media_type)) return std::optional<oci::Digest>();
  ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                        oci::content::VerifiedBytes(context, content, root, oci::image::kMaxManifestBytes));
  ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest manifest, oci::image::ParseManifest(bytes));
  return std::optional<oci::Digest>(manifest.config.digest);
}

// The daemon's image with its attestations as the client wants them. Daemons before v0.19 know no artifacts and ignore
// that they are asked for; placement is waybill's own option.
absl::StatusOr<documents::ImagesAndAttestations> AsAskedFor(const oci::Context& context,
                                                            const request::ExportOptions& options,
                                                            oci::content::Fetcher& content, oci::Descriptor root,
                                                            oci::content::Store& staging) {
  const bool apart = options.attestation_placement == request::AttestationPlacement::kReferrer;
  if (!oci::image::IsIndex(root.media_type))
    return documents::ImagesAndAttestations{.root = std::move(root), .attestations = {}};
  if (options.oci_artifact.value_or(apart)) {
    ABSL_ASSIGN_OR_RETURN(
        root, documents::WithAttestationsAs(context, documents::AttestationForm::kArtifact, content, root, staging));
  }
  if (!apart) return documents::ImagesAndAttestations{.root = std::move(root), .attestations = {}};
  return documents::TakeOutAttestations(context, content, root, staging);
}

// Of an exporter that pushes. None of a name that cannot be pushed to, and of "*".
std::set<std::string> RegistriesOf(const solve::TakenExporter& exporter) {
  std::set<std::string> registries;
  if (exporter.kind != solve::TakenKind::kRegistry) return registries;
  for (absl::string_view name : absl::StrSplit(exporter.options.name, ',')) {
    const absl::StatusOr<oci::image::Reference> reference = oci::image::Reference::Parse(name);
    if (reference.ok()) registries.insert(reference->domain());
  }
  return registries;
}

// Without ports.
std::set<std::string> HostsOf(const std::vector<std::string>& names) {
  std::set<std::string> hosts;
  for (const std::string& name : names) {
    const absl::StatusOr<oci::image::Reference> reference = oci::image::Reference::Parse(name);
    if (reference.ok()) hosts.insert(reference->domain().substr(0, reference->domain().rfind(':')));
  }
  return hosts;
}

}  // namespace

Build::Build(Deps deps, solve::Rewritten rewritten)
    : deps_(std::move(deps)),
      rewritten_(std::move(rewritten)),
      content_(deps_.daemon, deps_.spool, deps_.daemon_files, deps_.clock),
      reports_(rewritten_.request, deps_.daemon, deps_.clock) {}

std::string Build::VertexOf(const solve::TakenExporter& exporter) const {
  return solve::ExporterVertex(rewritten_.request.session(), exporter.index);
}

bool Build::Observe(moby::buildkit::v1::StatusResponse& status) {
  bool changed = false;
  for (const solve::TakenExporter& exporter : rewritten_.taken) {
    changed = solve::RenameVertex(VertexOf(exporter), RowName(exporter), status) || changed;
  }
  reports_.Observe(status);
  return changed;
}

absl::StatusOr<std::vector<std::string>> Build::NamesOf(const solve::TakenExporter& exporter, solve::Response response,
                                                        const oci::Descriptor& root) {
  const std::optional<request::Metadata> built = reports_.metadata();
  const std::string* name = built.has_value() ? request::FindMetadata(*built, request::kImageNameKey) : nullptr;
  // For exporters that ask for it by "*": the daemon's answer has it normalised.
  if (name != nullptr) response[std::string(request::kImageNameKey)] = *name;
  return solve::NamesOf(exporter.options, response, root);
}

std::string Build::lane() const {
  std::set<std::string> registries;
  for (const solve::TakenExporter& exporter : rewritten_.taken) registries.merge(RegistriesOf(exporter));
  return registries.empty() ? rewritten_.request.session() : absl::StrJoin(registries, ", ");
}

ExportRows Build::RowsOf(const solve::TakenExporter& exporter) {
  return {board_, deps_.clock, exporter.kind, VertexOf(exporter), RowName(exporter)};
}

void Build::ShowWaiting() {
  absl::MutexLock lock(&mutex_);
  waiting_.reset(new ExportRows(RowsOf(rewritten_.taken.front())));
  waiting_->ShowNote(absl::StrCat("waiting for other exports to ", lane()), false);
}

absl::Status Build::Export(const oci::Context& context, const ClientChannel& client, const solve::Response& response) {
  {
    absl::MutexLock lock(&mutex_);
    if (waiting_ != nullptr) waiting_->ShowNote(absl::StrCat("waiting for other exports to ", lane()), true);
  }
  absl::Status status = client == nullptr ? absl::CancelledError() : DeliverAll(context, client, response);
  if (absl::IsCancelled(status) && (stop_.abandoned() || client == nullptr)) {
    status = oci::MakeError(oci::Reason::kInterrupted, "the build client's session has ended");
  }
  absl::MutexLock lock(&mutex_);
  exported_ = status;
  return status;
}

absl::Status Build::DeliverAll(const oci::Context& context, const ClientChannel& client,
                               const solve::Response& response) {
  ABSL_RETURN_IF_ERROR(context.Check());
  for (const solve::TakenExporter& exporter : rewritten_.taken) {
    ExportRows rows = RowsOf(exporter);
    const absl::Time start = deps_.clock.Now();
    oci::Span span(context, "exporter");
    span.Set("waybill.export.type", request::TypeName(exporter.options.type));
    span.Set("waybill.export.names", exporter.options.name);
    const oci::Context observed =
        span.context().WithProgress(rows).WithObserver(deps_.observer).WithUnpackLimits(deps_.unpack_limits);
    const absl::Status status = span.Close(DeliverOne(observed, exporter, client, response));
    rows.Close(status);
    TellEnd(exporter, status, start);
    ABSL_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

void Build::TellEnd(const solve::TakenExporter& exporter, const absl::Status& status, absl::Time start) const {
  if (deps_.on_export_end == nullptr) return;
  deps_.on_export_end({.id = rewritten_.request.ref(),
                       .type = std::string(request::TypeName(exporter.options.type)),
                       .names = exporter.options.name,
                       .status = status,
                       .took = deps_.clock.Now() - start});
}

absl::Status Build::DeliverOne(const oci::Context& context, const solve::TakenExporter& exporter,
                               const ClientChannel& client, const solve::Response& response) {
  // The daemon takes them for metadata, and says nothing.
  for (const std::string& key : exporter.options.unknown) {
    context.Report({.state = oci::ProgressEvent::State::kWarning,
                    .detail = request::DescribeUnknownKey(key, exporter.options.type)});
  }
  oci::content::Fetcher& content = content_.all();
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor root, RootOf(context, exporter, response));
  if (exporter.compresses) {
    ABSL_ASSIGN_OR_RETURN(
        root, WithMadeLayers(context, root, exporter.options, deps_.encoders, content,
                             {.blobs = content_.spool(), .documents = content_.documents(), .made = layers_}));
  }
  ABSL_ASSIGN_OR_RETURN(documents::ImagesAndAttestations parts,
                        AsAskedFor(context, exporter.options, content, root, content_.documents()));
  Image image{
      .root = std::move(parts.root), .referrers = std::move(parts.attestations), .names = {}, .content = content};
  const bool pushes = exporter.kind == solve::TakenKind::kRegistry;
  if (pushes) solve::DropLayoutAnnotations(exporter.options, image.root);
  ABSL_ASSIGN_OR_RETURN(image.names, NamesOf(exporter, response, image.root));
  ABSL_ASSIGN_OR_RETURN(image.config, ConfigOf(context, content, image.root));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Output> output, deps_.outputs.Open(exporter, client));
  if (pushes) image.origins = remote::LayerOrigins(context, deps_.daemon, HostsOf(image.names), deps_.clock);
  ABSL_ASSIGN_OR_RETURN(Report report, exporter::Deliver(context, image, exporter.options, *output));
  absl::MutexLock lock(&mutex_);
  delivered_.push_back({.exporter = exporter, .report = std::move(report)});
  return absl::OkStatus();
}

absl::StatusOr<oci::Descriptor> Build::RootOf(const oci::Context& context, const solve::TakenExporter& exporter,
                                              const solve::Response& response) {
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor answered, solve::RootOf(response));
  // The answer is that of the last exporter that writes images. It is also what a client's own layout will name.
  if (exporter.kind == solve::TakenKind::kClientLayout || reports_.OneImageWriter()) return answered;
  ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, reports_.RootOf(context, exporter.index, content_));
  const std::optional<request::Metadata> built = reports_.metadata();
  if (!built.has_value() && digest == answered.digest) return answered;
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor root, Describe(context, digest, content_.all()));
  if (!built.has_value()) return root;
  return solve::DescribeRoot(exporter.options, *built, std::move(root), deps_.clock.Now());
}

std::optional<absl::Status> Build::exported() const {
  absl::MutexLock lock(&mutex_);
  return exported_;
}

void Build::PatchResponse(solve::Response& response) const {
  // The daemon was asked for `oci` in the place of `image`, which writes images as well.
  std::vector<std::string> types;
  for (const auto& exporter : rewritten_.request.exporters()) types.push_back(exporter.type());
  absl::MutexLock lock(&mutex_);
  solve::PatchResponse(types, delivered_, response);
}

}  // namespace waybill::exporter::bridge::builds
