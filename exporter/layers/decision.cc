// SPDX-License-Identifier: Apache-2.0
#include "exporter/layers/decision.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/image/layer_type.h"
#include "oci/io/stream.h"
#include "oci/layer/estargz.h"
#include "oci/status_macros.h"

namespace waybill::exporter::layers {
namespace {

using oci::layer::Conversion;
using oci::layer::Form;

Form FormOf(oci::image::LayerCompression compression) {
  switch (compression) {
    case oci::image::LayerCompression::kNone:
      return Form::kUncompressed;
    case oci::image::LayerCompression::kZstd:
      return Form::kZstd;
    case oci::image::LayerCompression::kGzip:
      break;
  }
  return Form::kGzip;
}

// The form of a stored blob. Media types that are not a layer's have none.
struct Stored {
  std::optional<Form> form;
  std::optional<int64_t> table_offset;  // eStargz: where the member of the table begins
};

// The last 51 bytes of an eStargz blob: an empty gzip member whose extra field is "SG", LE16(22), the offset of the
// table of contents in 16 hex digits, "STARGZ" (stargz-snapshotter, docs/estargz.md).
constexpr int64_t kFooterBytes = 51;
std::optional<int64_t> TableOffset(absl::string_view footer, int64_t blob_size) {
  constexpr absl::string_view kHead("\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0", 16);
  if (footer.size() != kFooterBytes || !absl::StartsWith(footer, kHead) || footer.substr(32, 6) != "STARGZ") {
    return std::nullopt;
  }
  int64_t offset = 0;
  if (!absl::SimpleHexAtoi(footer.substr(16, 16), &offset) || offset < 0 || offset >= blob_size - kFooterBytes) {
    return std::nullopt;
  }
  return offset;
}

absl::StatusOr<Stored> StoredForm(const oci::Context& context, const oci::Descriptor& blob,
                                  oci::content::Fetcher& source) {
  const std::optional<oci::image::LayerType> type = oci::image::LayerType::Parse(blob.media_type);
  if (!type.has_value()) return Stored{};
  const Form form = FormOf(type->compression);
  if (form != Form::kGzip || blob.size < kFooterBytes) return Stored{.form = form, .table_offset = {}};
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> bytes, source.Fetch(context, blob));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, bytes->Open(context, blob.size - kFooterBytes));
  ABSL_ASSIGN_OR_RETURN(const std::string footer, oci::io::ReadAll(context, *reader, kFooterBytes));
  const std::optional<int64_t> offset = TableOffset(footer, blob.size);
  return Stored{.form = offset.has_value() ? Form::kEstargz : Form::kGzip, .table_offset = offset};
}

Form TargetOf(const request::ExportOptions& options) {
  switch (options.compression.value_or(request::Compression::kGzip)) {
    case request::Compression::kUncompressed:
      return Form::kUncompressed;
    case request::Compression::kGzip:
      return Form::kGzip;
    case request::Compression::kEstargz:
      return Form::kEstargz;
    case request::Compression::kZstd:
      break;
  }
  return Form::kZstd;
}

// Without the annotation the manifest of an eStargz layer would not say where its table is.
bool HasForm(const request::Layer& layer, const Stored& stored, Form target) {
  if (!stored.form.has_value()) return true;
  return stored.form == target &&
         (target != Form::kEstargz || layer.blob.annotations.contains(std::string(oci::layer::kTocDigestAnnotation)));
}

bool IsOfBase(const plan::ImagePlan& image, size_t index) {
  return image.base.has_value() && index < image.base->diff_ids.size() &&
         image.base->diff_ids[index] == image.layers[index].diff_id.ToString();
}

// Others have it where their URLs are, in this form.
bool ComesUncompressed(const request::Layer& layer) {
  const std::optional<oci::image::LayerType> type = oci::image::LayerType::Parse(layer.blob.media_type);
  return type.has_value() && type->compression == oci::image::LayerCompression::kNone && type->distributable &&
         layer.blob.urls.empty();
}

bool WasRewritten(const request::Layer& layer, int64_t epoch) {
  const auto found = layer.blob.annotations.find(kRewritten);
  return found != layer.blob.annotations.end() && found->second == absl::StrCat(epoch);
}

}  // namespace

absl::StatusOr<std::vector<Decision>> Decide(const oci::Context& context, const request::ExportOptions& options,
                                             const plan::ImagePlan& image, oci::content::Fetcher& source) {
  std::vector<Decision> decisions(image.layers.size());
  const bool rewrites = options.rewrite_timestamp && image.epoch.has_value();
  const bool compresses = options.compressor == request::Compressor::kWaybill;
  if (!rewrites && !options.force_compression && !compresses) return decisions;
  const Form target = TargetOf(options);
  bool diverged = false;
  for (size_t i = 0; i < image.layers.size(); ++i) {
    const request::Layer& layer = image.layers[i];
    diverged = diverged || !IsOfBase(image, i);
    const bool forces = options.force_compression || (compresses && ComesUncompressed(layer));
    if (!forces && !(rewrites && diverged)) continue;
    ABSL_ASSIGN_OR_RETURN(const Stored stored, StoredForm(context, layer.blob, source));
    const Conversion conversion{.form = target,
                                .gzip_engine = options.gzip_engine == request::GzipEngine::kFast
                                                   ? oci::layer::GzipEngine::kFast
                                                   : oci::layer::GzipEngine::kExact,
                                .level = options.compression_level,
                                .epoch = {},
                                .layer_bytes = stored.table_offset};
    const bool has_form = HasForm(layer, stored, target);
    if (forces && !has_form) decisions[i].forced = conversion;
    if (!rewrites || !diverged || !stored.form.has_value()) continue;
    const int64_t epoch = absl::ToUnixSeconds(*image.epoch);
    if (has_form && WasRewritten(layer, epoch)) continue;
    decisions[i].rewritten = conversion;
    decisions[i].rewritten->epoch = epoch;
  }
  return decisions;
}

}  // namespace waybill::exporter::layers
