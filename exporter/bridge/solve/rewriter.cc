// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/rewriter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::solve {
namespace {

using moby::buildkit::v1::SolveRequest;
using ProtoExporter = moby::buildkit::v1::Exporter;

// Say where an image goes or how waybill pushes it. The oci exporter would take them for metadata of the result.
constexpr absl::string_view kDestinationAttributes[] = {
    "push",
    "push-by-digest",
    "registry.insecure",
    "unpack",
    "store",
    "dangling-name-prefix",
    "danging-name-empty-only",
    "name-canonical",
    "unsafe-internal-store-allow-incomplete",
};

// Those that say how statements and layers are made. The daemon makes them.
struct DaemonsWork {
  absl::string_view attribute;
  absl::string_view product;
};
constexpr DaemonsWork kDaemonsWork[] = {{"attestation-content-limit", "writes the statements"},
                                        {"rewrite-timestamp-strict", "makes the layers"}};
constexpr char kGzipEngine[] = "gzip-engine";
constexpr char kCompressor[] = "compressor";

// Say how layers are compressed. waybill reads them when it compresses.
constexpr absl::string_view kCompressionAttributes[] = {"compression", "compression-level", "force-compression"};

// Ask for the image in the daemon's store as well, where a push does not put it.
constexpr absl::string_view kStoreAttributes[] = {"unpack", "store"};

constexpr char kEpochArgument[] = "build-arg:SOURCE_DATE_EPOCH";

bool StaysHere(absl::string_view key) {
  return request::IsOwnAttribute(key) || std::find(std::begin(kDestinationAttributes), std::end(kDestinationAttributes),
                                                   key) != std::end(kDestinationAttributes);
}

// Old clients name their only exporter in fields of its own; daemons read those when the list is empty.
void MoveDeprecatedExporter(SolveRequest& request) {
  if (request.exporters().empty() && !request.exporter_deprecated().empty()) {
    ProtoExporter& exporter = *request.add_exporters();
    exporter.set_type(request.exporter_deprecated());
    *exporter.mutable_attrs() = request.exporter_attrs_deprecated();
  }
  request.clear_exporter_deprecated();
  request.clear_exporter_attrs_deprecated();
}

request::Attributes AttributesOf(const ProtoExporter& exporter) {
  return request::Attributes(exporter.attrs().begin(), exporter.attrs().end());
}

bool IsOff(const request::Attributes& attributes, absl::string_view key) {
  const auto found = attributes.find(std::string(key));
  if (found == attributes.end()) return false;
  for (absl::string_view word : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (found->second == word) return true;
  }
  return false;
}

std::optional<TakenKind> KindOf(const ProtoExporter& exporter) {
  const request::Attributes attributes = AttributesOf(exporter);
  if (exporter.type() == "image" && attributes.contains("push") && !IsOff(attributes, "push")) {
    return TakenKind::kRegistry;
  }
  if (exporter.type() != "oci" && exporter.type() != "docker") return std::nullopt;
  return IsOff(attributes, "tar") ? TakenKind::kClientLayout : TakenKind::kClientFile;
}

request::Attributes UpstreamAttributes(const request::Attributes& attributes, TakenKind kind, bool compresses) {
  request::Attributes upstream;
  for (const auto& [key, value] : attributes) {
    if (!StaysHere(key)) upstream.emplace(key, value);
  }
  if (compresses) {
    for (absl::string_view key : kCompressionAttributes) upstream.erase(std::string(key));
    upstream["compression"] = "uncompressed";
  }
  upstream["tar"] = "false";
  // The image exporter attaches attestations that are meant for it alone; the oci exporter has to be asked.
  if (kind == TakenKind::kRegistry) upstream.emplace("attestation-inline", "true");
  return upstream;
}

// An exporter that stays the daemon's cannot have attributes that nobody would read.
absl::Status RefuseOwnAttributes(const ProtoExporter& exporter) {
  request::Attributes own;
  for (const auto& [key, value] : exporter.attrs()) {
    if (request::IsOwnAttribute(key)) own.emplace(key, value);
  }
  if (own.empty()) return absl::OkStatus();
  if (KindOf(exporter) != TakenKind::kRegistry) {
    // In the words of the command, which refuses them too.
    ABSL_RETURN_IF_ERROR(request::ExportOptions::FromRequest({.type = exporter.type(), .attributes = own}).status());
  }
  return oci::UnsupportedError(absl::StrCat(own.begin()->first, ": the build daemon does this export, not waybill"));
}

// What the daemon makes of the build argument for exporters that were not told otherwise.
void AddEpoch(const SolveRequest& request, request::Attributes& attributes) {
  const auto argument = request.frontend_attrs().find(kEpochArgument);
  if (argument == request.frontend_attrs().end() || !request::ParseEpoch(argument->second).ok()) return;
  attributes.emplace("source-date-epoch", argument->second);
}

// The daemon writes the annotations, and takes no platform with an OS version in their keys.
absl::Status RefuseAnnotationsOfOsVersions(const request::AnnotationGroups& annotations) {
  for (const auto& [platform, group] : annotations) {
    if (!absl::StrContains(platform, '(')) continue;
    return oci::UnsupportedError(absl::StrCat("annotations of platform ", platform,
                                              ": through the bridge the build daemon writes annotations, and cannot "
                                              "name a platform with an OS version"));
  }
  return absl::OkStatus();
}

// Whether a cache gets the build's layers. The inline cache has none, and one that forces a compression has its own.
bool ExportsLayerCache(const SolveRequest& request) {
  return std::any_of(request.cache().exports().begin(), request.cache().exports().end(), [](const auto& cache) {
    const request::Attributes attributes(cache.attrs().begin(), cache.attrs().end());
    return cache.type() != "inline" &&
           (!attributes.contains("force-compression") || IsOff(attributes, "force-compression"));
  });
}

// Whether waybill compresses the layers of the exporters that it takes.
absl::StatusOr<bool> Compresses(const SolveRequest& request, const RewriteSettings& settings) {
  bool waybill = false;
  bool daemon = false;
  for (const ProtoExporter& exporter : request.exporters()) {
    const auto compressor = exporter.attrs().find(kCompressor);
    if (compressor == exporter.attrs().end() || !KindOf(exporter).has_value()) continue;
    (compressor->second == "daemon" ? daemon : waybill) = true;
  }
  if (waybill && daemon) {
    return oci::InvalidInputError("exporter option \"compressor\": the exporters of one build share their layers");
  }
  const bool cache = ExportsLayerCache(request);
  if (waybill && cache) {
    return oci::UnsupportedError(
        "compressor=waybill beside a cache export: the cache would get layers without compression; add "
        "force-compression=true to the cache export");
  }
  return waybill || (settings.compress && !daemon && !cache);
}

absl::Status RefuseDaemonsWork(const request::Attributes& attributes, bool compresses) {
  for (const DaemonsWork& work : kDaemonsWork) {
    if (!attributes.contains(std::string(work.attribute))) continue;
    return oci::UnsupportedError(absl::StrCat(work.attribute, ": the build daemon ", work.product, ", not waybill"));
  }
  if (compresses || !attributes.contains(kGzipEngine)) return absl::OkStatus();
  return oci::UnsupportedError(
      absl::StrCat(kGzipEngine, ": the build daemon makes the layers, not waybill; add compressor=waybill"));
}

absl::StatusOr<TakenExporter> Take(const SolveRequest& request, int index, TakenKind kind, bool compresses,
                                   ProtoExporter& exporter) {
  request::Attributes attributes = AttributesOf(exporter);
  AddEpoch(request, attributes);
  ABSL_ASSIGN_OR_RETURN(request::ExportOptions options,
                        request::ExportOptions::FromRequest({.type = exporter.type(), .attributes = attributes}));
  ABSL_RETURN_IF_ERROR(RefuseAnnotationsOfOsVersions(options.annotations));
  ABSL_RETURN_IF_ERROR(RefuseDaemonsWork(attributes, compresses));
  if (compresses) options.compressor = request::Compressor::kWaybill;
  if (options.attestation_placement == request::AttestationPlacement::kReferrer &&
      !options.oci_artifact.value_or(true)) {
    return oci::InvalidInputError("exporter option \"attestation-placement=referrer\" needs \"oci-artifact=true\"");
  }
  if (kind == TakenKind::kClientLayout && options.publishing.MakesReferrers()) {
    return oci::UnsupportedError(
        "other forms of attestations, and signatures, need a push or an archive: the build client writes the index of "
        "this layout");
  }
  for (absl::string_view key : kStoreAttributes) {
    if (kind != TakenKind::kRegistry || !attributes.contains(std::string(key)) || IsOff(attributes, key)) continue;
    return oci::UnsupportedError(absl::StrCat(
        key,
        ": through the bridge a pushed image is not kept in the daemon's image store; use an exporter without push"));
  }
  TakenExporter taken{.index = index,
                      .kind = kind,
                      .options = std::move(options),
                      .upstream_attributes = UpstreamAttributes(attributes, kind, compresses),
                      .compresses = compresses};
  if (exporter.type() == "image") exporter.set_type("oci");
  exporter.clear_attrs();
  for (const auto& [key, value] : taken.upstream_attributes) (*exporter.mutable_attrs())[key] = value;
  return taken;
}

// Whether there is something that the daemon would not do as well. Old ones form attestations as they please.
bool NeedsUs(const SolveRequest& request, bool compresses) {
  return std::any_of(
      request.exporters().begin(), request.exporters().end(), [compresses](const ProtoExporter& exporter) {
        const std::optional<TakenKind> kind = KindOf(exporter);
        if (kind != TakenKind::kClientLayout || compresses) return kind.has_value();
        const request::Attributes attributes = AttributesOf(exporter);
        if (attributes.contains("oci-artifact") && !IsOff(attributes, "oci-artifact")) return true;
        return std::any_of(attributes.begin(), attributes.end(),
                           [](const auto& attribute) { return request::IsOwnAttribute(attribute.first); });
      });
}

}  // namespace

absl::StatusOr<Rewritten> RewriteSolve(SolveRequest request, const RewriteSettings& settings) {
  Rewritten rewritten{.request = std::move(request)};
  SolveRequest changed = rewritten.request;
  MoveDeprecatedExporter(changed);
  ABSL_ASSIGN_OR_RETURN(const bool compresses, Compresses(changed, settings));
  const bool take = !changed.session().empty() && NeedsUs(changed, compresses);
  for (int i = 0; i < changed.exporters_size(); ++i) {
    ProtoExporter& exporter = *changed.mutable_exporters(i);
    const std::optional<TakenKind> kind = KindOf(exporter);
    if (!take || !kind.has_value()) {
      ABSL_RETURN_IF_ERROR(RefuseOwnAttributes(exporter));
      continue;
    }
    ABSL_ASSIGN_OR_RETURN(TakenExporter taken, Take(rewritten.request, i, *kind, compresses, exporter));
    rewritten.taken.push_back(std::move(taken));
  }
  rewritten.client_exporters = rewritten.request.enable_session_exporter();
  if (!take) return rewritten;
  changed.set_enable_session_exporter(true);
  rewritten.request = std::move(changed);
  return rewritten;
}

}  // namespace waybill::exporter::bridge::solve
