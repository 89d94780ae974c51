// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/build.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "exporter/answers/delivery.h"
#include "exporter/bridge/remote/layer_origins.h"
#include "exporter/bridge/remote/status_reader.h"
#include "exporter/bridge/solve/exporter_roots.h"
#include "exporter/bridge/solve/root_descriptor.h"
#include "exporter/bridge/solve/status_rows.h"
#include "exporter/bridge/solve/written_images.h"
#include "exporter/documents/attestation_form.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/reference.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::builds {
namespace {

// How long the daemon's report of a finished exporter may be behind its answer.
constexpr absl::Duration kReportDelay = absl::Seconds(10);

// Longer than a daemon that gives a blob takes to say so.
constexpr absl::Duration kProbeTime = absl::Seconds(10);

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
  if (exporter.destination != solve::Destination::kRegistry) return registries;
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
      spool_(deps_.spool),
      daemon_content_(deps_.daemon, {}),
      layers_(deps_.daemon_files == nullptr
                  ? std::vector<oci::content::Fetcher*>{&spool_, &daemon_content_}
                  : std::vector<oci::content::Fetcher*>{&spool_, deps_.daemon_files, &daemon_content_}),
      reports_(rewritten_.request) {}

bool Build::HasLayer(const oci::Context& context, const oci::Descriptor& layer) {
  const oci::Context limited = context.WithDeadline(deps_.now() + kProbeTime);
  const absl::StatusOr<std::unique_ptr<oci::io::Source>> source = layers_.Fetch(limited, layer);
  if (!source.ok()) return false;
  // The last byte: what an export will read, without the bytes before it.
  const auto reader = (*source)->Open(limited, layer.size - 1);
  char last;
  return reader.ok() && (*reader)->Read(absl::MakeSpan(&last, 1)).value_or(0) == 1;
}

std::string Build::VertexOf(const solve::TakenExporter& exporter) const {
  return solve::ExporterVertex(session_id(), exporter.index);
}

bool Build::Observe(moby::buildkit::v1::StatusResponse& status) {
  bool changed = false;
  for (const solve::TakenExporter& exporter : rewritten_.taken) {
    changed = solve::RenameVertex(VertexOf(exporter), RowName(exporter), status) || changed;
  }
  absl::MutexLock lock(&mutex_);
  reports_.Observe(status);
  return changed;
}

void Build::SetMetadata(request::Metadata metadata) {
  absl::MutexLock lock(&mutex_);
  metadata_ = std::move(metadata);
}

std::optional<request::Metadata> Build::metadata() const {
  absl::MutexLock lock(&mutex_);
  return metadata_;
}

absl::StatusOr<std::vector<std::string>> Build::NamesOf(const solve::TakenExporter& exporter, solve::Response response,
                                                        const oci::Descriptor& root) {
  const std::optional<request::Metadata> built = metadata();
  const std::string* name = built.has_value() ? request::FindMetadata(*built, request::kImageNameKey) : nullptr;
  // For exporters that ask for it by "*": the daemon's answer has it normalised.
  if (name != nullptr) response[std::string(request::kImageNameKey)] = *name;
  return solve::NamesOf(exporter.options, response, root);
}

std::string Build::lane() const {
  std::set<std::string> registries;
  for (const solve::TakenExporter& exporter : rewritten_.taken) registries.merge(RegistriesOf(exporter));
  return registries.empty() ? session_id() : absl::StrJoin(registries, ", ");
}

ExportRows Build::RowsOf(const solve::TakenExporter& exporter) {
  return {board_, deps_.now, exporter.destination, VertexOf(exporter), RowName(exporter)};
}

void Build::ShowWaiting() {
  absl::MutexLock lock(&mutex_);
  waiting_.reset(new ExportRows(RowsOf(rewritten_.taken.front())));
  waiting_->ShowNote(absl::StrCat("waiting for other exports to ", lane()), false);
}

void Build::Abandon(session::TunnelHold tunnel) {
  {
    absl::MutexLock lock(&mutex_);
    abandoned_ = true;
    tunnel_ = std::move(tunnel);
  }
  Stop();
}

void Build::CountDocument(const oci::Digest& digest) {
  absl::MutexLock lock(&mutex_);
  ++copies_[digest];
}

absl::Status Build::Export(const oci::Context& context, const ClientChannel& client, const solve::Response& response) {
  {
    absl::MutexLock lock(&mutex_);
    if (waiting_ != nullptr) waiting_->ShowNote(absl::StrCat("waiting for other exports to ", lane()), true);
  }
  absl::Status status = client == nullptr ? absl::CancelledError() : DeliverAll(context, client, response);
  absl::MutexLock lock(&mutex_);
  if (absl::IsCancelled(status) && (abandoned_ || client == nullptr)) {
    status = oci::MakeError(oci::Reason::kInterrupted, "the build client's session has ended");
  }
  exported_ = status;
  return status;
}

absl::Status Build::DeliverAll(const oci::Context& context, const ClientChannel& client,
                               const solve::Response& response) {
  ABSL_RETURN_IF_ERROR(context.Check());
  for (const solve::TakenExporter& exporter : rewritten_.taken) {
    ExportRows rows = RowsOf(exporter);
    const absl::Status status = Deliver(context.WithProgress(rows), exporter, client, response);
    rows.Close(status);
    ABSL_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status Build::Deliver(const oci::Context& context, const solve::TakenExporter& exporter,
                            const ClientChannel& client, const solve::Response& response) {
  oci::content::UnionFetcher content({&documents_, &layers_});
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor root, RootOf(context, exporter, response, content));
  ABSL_ASSIGN_OR_RETURN(documents::ImagesAndAttestations image,
                        AsAskedFor(context, exporter.options, content, root, documents_));
  root = std::move(image.root);
  if (exporter.destination == solve::Destination::kRegistry) solve::DropLayoutAnnotations(exporter.options, root);
  ABSL_ASSIGN_OR_RETURN(std::vector<std::string> names, NamesOf(exporter, response, root));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Output> output, deps_.make_output(exporter, client));
  Image finished{.root = root, .referrers = std::move(image.attestations), .names = names, .content = content};
  if (exporter.destination == solve::Destination::kRegistry) {
    finished.origins = remote::LayerOrigins(context, deps_.daemon, HostsOf(names));
  }
  ABSL_ASSIGN_OR_RETURN(answers::Delivery delivery, output->Deliver(context, finished, exporter.options));
  root = answers::DeliveredRoot(root, delivery);
  absl::MutexLock lock(&mutex_);
  delivered_.push_back(
      {.exporter = exporter, .root = std::move(root), .names = std::move(names), .delivery = std::move(delivery)});
  return absl::OkStatus();
}

absl::StatusOr<oci::Descriptor> Build::RootOf(const oci::Context& context, const solve::TakenExporter& exporter,
                                              const solve::Response& response, oci::content::Fetcher& content) {
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor answered, solve::RootOf(response));
  // The answer is that of the last exporter that writes images. It is also what a client's own layout will name.
  if (exporter.destination == solve::Destination::kClientLayout || OneImageWriter()) return answered;
  ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, ReportedRoot(context, exporter.index));
  const std::optional<request::Metadata> built = metadata();
  if (!built.has_value() && digest == answered.digest) return answered;
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor root, Describe(context, digest, content));
  if (!built.has_value()) return root;
  return solve::DescribeRoot(exporter.options, *built, std::move(root), deps_.now());
}

bool Build::OneImageWriter() {
  absl::MutexLock lock(&mutex_);
  return reports_.all().size() == 1;
}

void Build::ReadReports(const oci::Context& context) {
  const auto completed = [this](const moby::buildkit::v1::StatusResponse& status) {
    absl::MutexLock lock(&mutex_);
    reports_.Observe(status);
    return reports_.Completed();
  };
  // What the client has watched may be all.
  if (!completed({}))
    remote::ReadStatus(context.WithDeadline(deps_.now() + kReportDelay), deps_.daemon, ref(), completed);
}

absl::StatusOr<oci::Digest> Build::ReportedRoot(const oci::Context& context, int index) {
  ReadReports(context);
  std::map<oci::Digest, int> copies;
  std::vector<solve::ExporterReports::Report> reports;
  {
    absl::MutexLock lock(&mutex_);
    copies = copies_;
    reports = reports_.all();
  }
  solve::WrittenImages images;
  for (const auto& [digest, count] : copies) {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                          oci::content::VerifiedBytes(context, documents_, {.digest = digest, .size = -1},
                                                      oci::image::kMaxManifestBytes));
    images.Add(digest, bytes, count);
  }
  const std::map<int, oci::Digest> roots = solve::RootsOfExporters(reports, images.All());
  const auto found = roots.find(index);
  if (found != roots.end()) return found->second;
  return oci::NotFoundError(
      absl::StrCat("several images in one build: the daemon did not report which one exporter ", index, " wrote"));
}

std::optional<absl::Status> Build::exported() const {
  absl::MutexLock lock(&mutex_);
  return exported_;
}

void Build::PatchResponse(solve::Response& response) const {
  // The daemon was asked for `oci` in the place of `image`, which writes images as well.
  std::vector<std::string> types;
  for (const auto& exporter : request().exporters()) types.push_back(exporter.type());
  absl::MutexLock lock(&mutex_);
  solve::PatchResponse(types, delivered_, response);
}

}  // namespace waybill::exporter::bridge::builds
