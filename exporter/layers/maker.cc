// SPDX-License-Identifier: Apache-2.0
#include "exporter/layers/maker.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/hashing.h"
#include "oci/observer.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter::layers {
namespace {

using oci::layer::Conversion;
using oci::layer::Form;

constexpr absl::string_view kUncompressedAnnotation = "containerd.io/uncompressed";

// Converted layers have OCI's types; the manifest gives them those of its own family.
absl::string_view MediaTypeOf(Form form) {
  switch (form) {
    case Form::kUncompressed:
      return oci::image::kOciLayer;
    case Form::kZstd:
      return oci::image::kOciLayerZstd;
    case Form::kGzip:
    case Form::kEstargz:
      break;
  }
  return oci::image::kOciLayerGzip;
}

// The layer itself is at fault, so that BuildKit would keep it as it is.
bool CannotBeRewritten(const absl::Status& status) { return oci::ReasonOf(status) == oci::Reason::kInvalidInput; }

}  // namespace

absl::StatusOr<request::Layer> LayerMaker::Converted(const oci::Context& context, const request::Layer& layer,
                                                     const Conversion& conversion) {
  std::optional<MadeLayer> made = store_.made.Find(context, layer.blob.digest, conversion);
  if (!made.has_value()) {
    oci::Span span(context, "layer");
    span.Set("waybill.blob.digest", layer.blob.digest.ToString());
    span.Set("waybill.blob.size", layer.blob.size);
    ABSL_ASSIGN_OR_RETURN(made, span.Close(Convert(span.context(), layer.blob, conversion)));
    store_.made.Add(context, layer.blob.digest, conversion, *made);
  }
  request::Layer converted = layer;
  converted.blob = std::move(made->blob);
  converted.diff_id = made->diff_id;
  return converted;
}

absl::StatusOr<MadeLayer> LayerMaker::Convert(const oci::Context& context, const oci::Descriptor& from,
                                              const Conversion& conversion) {
  const std::string item = absl::StrCat("compressing ", from.digest.ToString());
  context.Report({.item = item, .total = from.size});
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> bytes, source_.Fetch(context, from));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, bytes->Open(context, 0));
  oci::io::HashingReader hashed(std::move(reader), oci::Hasher(from.digest));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, store_.blobs.NewWriter(context));
  ABSL_ASSIGN_OR_RETURN(const oci::layer::Converted converted,
                        oci::layer::Convert(context, hashed, conversion, encoders_.deflate(), *blob));
  ABSL_RETURN_IF_ERROR(oci::content::Verify(from, hashed.digest(), hashed.size()));
  // Only layers that can be fetched from elsewhere have URLs, and these bytes are new.
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor made, blob->Commit(context, MediaTypeOf(conversion.form), {}));
  made.annotations = converted.annotations;
  made.annotations[std::string(kUncompressedAnnotation)] = converted.diff_id.ToString();
  if (conversion.epoch.has_value()) made.annotations[kRewritten] = absl::StrCat(*conversion.epoch);
  context.Report({.item = item, .state = oci::ProgressEvent::State::kDone, .current = made.size, .total = from.size});
  context.Observe(oci::LayerConverted{.bytes_in = from.size, .bytes_out = made.size});
  return MadeLayer{.blob = std::move(made), .diff_id = converted.diff_id};
}

absl::StatusOr<request::Layer> LayerMaker::MakeOne(const oci::Context& context, const request::Layer& layer,
                                                   const Decision& decision) {
  if (decision.rewritten.has_value()) {
    absl::StatusOr<request::Layer> rewritten = Converted(context, layer, *decision.rewritten);
    if (rewritten.ok() || !CannotBeRewritten(rewritten.status())) return rewritten;
    const absl::Status status = oci::Annotate(rewritten.status(), "exporter option \"rewrite-timestamp\"");
    if (options_.rewrite_timestamp_strict) return status;
    context.Report({.state = oci::ProgressEvent::State::kWarning,
                    .detail = absl::StrCat("layer ", layer.blob.digest.ToString(),
                                           " stays as it is, its times cannot be rewritten: ", status.message())});
  }
  if (!decision.forced.has_value()) return layer;
  absl::StatusOr<request::Layer> forced = Converted(context, layer, *decision.forced);
  if (forced.ok()) return forced;
  const absl::string_view target = request::CompressionName(options_.compression.value_or(request::Compression::kGzip));
  return oci::Annotate(forced.status(),
                       absl::StrCat("failed to ensure compression type of \"", target, "\": failed to convert"));
}

absl::StatusOr<std::vector<request::Layer>> LayerMaker::Make(const oci::Context& context,
                                                             const plan::ImagePlan& image) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<Decision> decisions, Decide(context, options_, image, source_));
  std::vector<request::Layer> layers;
  for (size_t i = 0; i < decisions.size(); ++i) {
    ABSL_RETURN_IF_ERROR(context.Check());
    absl::StatusOr<request::Layer> layer = MakeOne(context, image.layers[i], decisions[i]);
    if (!layer.ok()) {
      return oci::Annotate(layer.status(), absl::StrCat("layer ", i + 1, "/", decisions.size(), " (",
                                                        image.layers[i].blob.digest.ToString(), ")"));
    }
    layers.push_back(*std::move(layer));
  }
  return layers;
}

}  // namespace waybill::exporter::layers
