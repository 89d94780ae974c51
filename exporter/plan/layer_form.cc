// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/layer_form.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"

namespace waybill::exporter::plan {
namespace {

constexpr char kRewritten[] = "buildkit/rewritten-timestamp";
constexpr char kTocDigest[] = "containerd.io/snapshot/stargz/toc.digest";

struct TypeForm {
  absl::string_view media_type;
  request::Compression compression;
};
constexpr TypeForm kForms[] = {
    {oci::image::kOciLayer, request::Compression::kUncompressed},
    {oci::image::kOciLayerGzip, request::Compression::kGzip},
    {oci::image::kOciLayerZstd, request::Compression::kZstd},
    {oci::image::kOciForeign, request::Compression::kUncompressed},
    {oci::image::kOciForeignGzip, request::Compression::kGzip},
    {oci::image::kOciForeignZstd, request::Compression::kZstd},
    {oci::image::kDockerLayer, request::Compression::kUncompressed},
    {oci::image::kDockerLayerGzip, request::Compression::kGzip},
    {oci::image::kDockerLayerZstd, request::Compression::kZstd},
    {oci::image::kDockerForeign, request::Compression::kUncompressed},
    {oci::image::kDockerForeignGzip, request::Compression::kGzip},
};

// The last 51 bytes of an eStargz blob: an empty gzip member whose extra field is "SG", LE16(22), the offset of the
// table of contents in 16 hex digits, "STARGZ" (stargz-snapshotter, docs/estargz.md).
bool IsFooter(absl::string_view bytes, int64_t blob_size) {
  constexpr absl::string_view kHead("\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0", 16);
  if (bytes.size() != 51 || !absl::StartsWith(bytes, kHead) || bytes.substr(32, 6) != "STARGZ") return false;
  int64_t offset = 0;
  return absl::SimpleHexAtoi(bytes.substr(16, 16), &offset) && offset >= 0 && offset < blob_size - 51;
}

absl::StatusOr<bool> HasFooter(const oci::Context& context, const oci::Descriptor& blob,
                               oci::content::Fetcher& source) {
  constexpr int64_t kFooterBytes = 51;
  if (blob.size < kFooterBytes) return false;
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> bytes, source.Fetch(context, blob));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, bytes->Open(context, blob.size - kFooterBytes));
  ABSL_ASSIGN_OR_RETURN(const std::string footer, oci::io::ReadAll(context, *reader, kFooterBytes));
  return IsFooter(footer, blob.size);
}

// The form that the blob has; nullopt for media types that are no layer's.
absl::StatusOr<std::optional<request::Compression>> FormOf(const oci::Context& context, const oci::Descriptor& blob,
                                                           oci::content::Fetcher& source) {
  const auto* row = std::find_if(std::begin(kForms), std::end(kForms),
                                 [&](const TypeForm& form) { return form.media_type == blob.media_type; });
  if (row == std::end(kForms)) return std::nullopt;
  if (row->compression != request::Compression::kGzip) return row->compression;
  ABSL_ASSIGN_OR_RETURN(const bool footer, HasFooter(context, blob, source));
  return footer ? request::Compression::kEstargz : request::Compression::kGzip;
}

absl::Status CheckCompression(const oci::Context& context, const request::Layer& layer, request::Compression target,
                              oci::content::Fetcher& source) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<request::Compression> form, FormOf(context, layer.blob, source));
  // Without the annotation the manifest of an eStargz layer would not be BuildKit's.
  const bool described = target != request::Compression::kEstargz || layer.blob.annotations.count(kTocDigest) != 0;
  if (form == target && described) return absl::OkStatus();
  return oci::UnsupportedError(absl::StrCat("layer ", layer.blob.digest.ToString(), " (", layer.blob.media_type,
                                            ") would have to be converted to ", request::CompressionName(target),
                                            ", which is not implemented"));
}

absl::Status CheckForced(const oci::Context& context, const request::ExportOptions& options, const ImagePlan& image,
                         oci::content::Fetcher& source) {
  for (const request::Layer& layer : image.layers) {
    const absl::Status status =
        CheckCompression(context, layer, options.compression.value_or(request::Compression::kGzip), source);
    if (!status.ok()) return oci::Annotate(status, "exporter option \"force-compression\"");
  }
  return absl::OkStatus();
}

// Layers of the base image stay; from the first other one on each must have been rewritten before, to this epoch.
absl::Status CheckRewritten(const oci::Context& context, const request::ExportOptions& options, const ImagePlan& image,
                            oci::content::Fetcher& source) {
  const std::string epoch = absl::StrCat(absl::ToUnixSeconds(*image.epoch));
  bool diverged = false;
  for (size_t i = 0; i < image.layers.size(); ++i) {
    const request::Layer& layer = image.layers[i];
    diverged = diverged || !image.base.has_value() || i >= image.base->diff_ids.size() ||
               image.base->diff_ids[i] != layer.diff_id.ToString();
    if (!diverged) continue;
    const auto rewritten = layer.blob.annotations.find(kRewritten);
    absl::Status status =
        CheckCompression(context, layer, options.compression.value_or(request::Compression::kGzip), source);
    if (status.ok() && (rewritten == layer.blob.annotations.end() || rewritten->second != epoch)) {
      status =
          oci::UnsupportedError(absl::StrCat("times in layer ", layer.blob.digest.ToString(),
                                             " would have to be rewritten to ", epoch, ", which is not implemented"));
    }
    if (!status.ok()) return oci::Annotate(status, "exporter option \"rewrite-timestamp\"");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckLayerForms(const oci::Context& context, const request::ExportOptions& options, const ImagePlan& image,
                             oci::content::Fetcher& source) {
  if (options.rewrite_timestamp && image.epoch.has_value()) {
    ABSL_RETURN_IF_ERROR(CheckRewritten(context, options, image, source));
  }
  return options.force_compression ? CheckForced(context, options, image, source) : absl::OkStatus();
}

}  // namespace waybill::exporter::plan
