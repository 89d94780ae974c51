// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/guarded_output.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/reader/tree.h"
#include "exporter/publishing/image_roles.h"
#include "exporter/publishing/watched_content.h"
#include "oci/error.h"
#include "oci/io/adapters.h"
#include "oci/io/stream.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter::publishing {
namespace {

using attest::reader::ImageTree;
using attest::reader::Node;

constexpr absl::string_view kGuard = "exporter option \"secret-guard\"";
// As many as one bundle of attestations may have files.
constexpr size_t kMaxStatements = 10000;

class WarningOutput final : public Output {
 public:
  explicit WarningOutput(std::unique_ptr<Output> output) : output_(std::move(output)) {}

  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override {
    SecretPlaces places;
    WatchedContent content(image.content, places);
    absl::StatusOr<answers::Delivery> delivery =
        output_->Deliver(context, WithContent(image, image.root, content), options);
    for (std::string& warning : places.Tell()) {
      context.Report(
          {.state = oci::ProgressEvent::State::kWarning, .detail = absl::StrCat("provenance has ", warning)});
    }
    return delivery;
  }

 private:
  const std::unique_ptr<Output> output_;
};

class RefusingOutput final : public Output {
 public:
  explicit RefusingOutput(std::unique_ptr<Output> output) : output_(std::move(output)) {}

  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override {
    SecretPlaces places;
    ABSL_RETURN_IF_ERROR(oci::Annotate(Look(context, image, places), kGuard));
    const std::vector<std::string> found = places.Tell();
    if (!found.empty()) {
      return oci::VerificationError(absl::StrCat(kGuard, ": provenance has ", absl::StrJoin(found, "; ")));
    }
    return output_->Deliver(context, image, options);
  }

 private:
  static absl::Status Look(const oci::Context& context, const Image& image, SecretPlaces& places) {
    attest::reader::ReadOptions options{.look = false};
    options.limits.items = kMaxStatements;
    ABSL_ASSIGN_OR_RETURN(const ImageTree tree, ReadTree(context, image, options));
    // What is beyond the limits was not looked at.
    if (!tree.notes.empty()) return oci::VerificationError(tree.notes.front());
    WatchedContent content(image.content, places);
    for (const Node& node : tree.nodes) {
      ABSL_RETURN_IF_ERROR(node.status);
      if (node.items_left_out > 0) {
        return oci::VerificationError(absl::StrCat(node.descriptor.digest.ToString(), " has too many statements"));
      }
      for (const attest::reader::Item& item : node.items) {
        if (IsWatched(item.descriptor)) ABSL_RETURN_IF_ERROR(ReadThrough(context, content, item.descriptor));
      }
    }
    return places.fault();
  }

  static absl::Status ReadThrough(const oci::Context& context, oci::content::Fetcher& content,
                                  const oci::Descriptor& statement) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> source, content.Fetch(context, statement));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, source->Open(context, 0));
    oci::io::NullWriter nowhere;
    return oci::io::Copy(context, *reader, nowhere).status();
  }

  const std::unique_ptr<Output> output_;
};

}  // namespace

std::unique_ptr<Output> WithSecretWarnings(std::unique_ptr<Output> output) {
  return std::make_unique<WarningOutput>(std::move(output));
}

std::unique_ptr<Output> RefusingSecrets(std::unique_ptr<Output> output) {
  return std::make_unique<RefusingOutput>(std::move(output));
}

}  // namespace waybill::exporter::publishing
