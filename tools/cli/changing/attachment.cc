// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/attachment.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/convert/entries.h"
#include "oci/error.h"
#include "oci/image/document.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::cli::changing {
namespace {

using attest::reader::Attestation;
using attest::reader::ImageTree;
using attest::reader::Node;
using attest::reader::NodeKind;

absl::Status Stage(const oci::Context& context, oci::content::Store& staging, oci::image::Document document) {
  return staging.Push(context, {.descriptor = std::move(document.descriptor),
                                .source = std::make_unique<oci::io::StringSource>(std::move(document.bytes))});
}

oci::Descriptor DescriptorOf(const Node& node, oci::Descriptor listed) {
  if (!listed.platform.has_value()) listed.platform = node.platform;
  return listed;
}

}  // namespace

absl::StatusOr<std::vector<oci::Descriptor>> ImagesOf(const ImageTree& tree) {
  std::vector<oci::Descriptor> images;
  if (tree.root().kind == NodeKind::kImage) images.push_back(DescriptorOf(tree.root(), tree.root().descriptor));
  for (const attest::reader::Edge& edge : tree.root().children) {
    if (!edge.node.has_value() || tree.nodes[*edge.node].kind != NodeKind::kImage) continue;
    const bool known = std::any_of(images.begin(), images.end(), [&](const oci::Descriptor& image) {
      return image.digest == edge.descriptor.digest;
    });
    if (!known) images.push_back(DescriptorOf(tree.nodes[*edge.node], edge.descriptor));
  }
  if (images.empty()) return oci::NotFoundError("it is no image and lists none");
  return images;
}

bool IsAttached(const ImageTree& tree, const oci::Descriptor& image, const oci::Descriptor& statement, bool in_index) {
  for (const Attestation& one : attest::reader::ListAttestations(tree)) {
    const bool listed = std::count(one.sources.begin(), one.sources.end(), attest::reader::Source::kIndex) > 0;
    if (tree.nodes[one.about].descriptor.digest == image.digest && (listed || !in_index) &&
        tree.nodes[one.node].items[one.item].descriptor.digest == statement.digest) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<std::vector<Attachment>> MakeAttachments(const oci::Context& context, attest::AttestationForm form,
                                                        const std::vector<oci::Descriptor>& images,
                                                        const std::vector<NewStatement>& statements,
                                                        oci::content::Store& staging) {
  std::vector<Attachment> attachments;
  for (size_t image = 0; image < images.size(); ++image) {
    std::vector<oci::Descriptor> of_image;
    for (const NewStatement& one : statements) {
      if (one.image == image) of_image.push_back(one.statement);
    }
    if (of_image.empty()) continue;
    oci::image::ManifestDocuments documents = attest::MakeManifest(form, images[image], of_image);
    attachments.push_back({images[image], std::move(of_image), documents.manifest.descriptor});
    ABSL_RETURN_IF_ERROR(Stage(context, staging, std::move(documents.config)));
    ABSL_RETURN_IF_ERROR(Stage(context, staging, std::move(documents.manifest)));
  }
  return attachments;
}

absl::StatusOr<oci::Descriptor> WithAttachments(const oci::Context& context, const oci::Descriptor& root,
                                                const std::vector<Attachment>& attachments,
                                                oci::content::Fetcher& content, oci::content::Store& staging) {
  if (!oci::image::IsIndex(root.media_type)) {
    return oci::InvalidInputError(
        "--placement index: the image is a manifest without an index; --placement referrer needs none");
  }
  ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                        oci::content::VerifiedBytes(context, content, root, oci::image::kMaxManifestBytes));
  std::vector<oci::Descriptor> entries;
  for (const Attachment& attachment : attachments) entries.push_back(attachment.entry);
  ABSL_ASSIGN_OR_RETURN(std::string with, attest::convert::WithEntries(bytes, entries));
  oci::image::Document index = oci::image::MakeDocument(root.media_type, std::move(with));
  oci::Descriptor changed = root;
  changed.digest = index.descriptor.digest;
  changed.size = index.descriptor.size;
  ABSL_RETURN_IF_ERROR(Stage(context, staging, std::move(index)));
  return changed;
}

}  // namespace waybill::cli::changing
