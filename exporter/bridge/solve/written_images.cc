// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/written_images.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "oci/descriptor.h"
#include "oci/image/manifest.h"
#include "oci/json/json.h"

namespace waybill::exporter::bridge::solve {
namespace {

// None of a document that is neither a manifest nor an index.
std::vector<oci::Digest> SuccessorsOf(absl::string_view bytes) {
  std::vector<oci::Digest> digests;
  const absl::StatusOr<oci::json::Fields> fields = oci::json::Fields::Parse(bytes);
  if (!fields.ok()) return digests;
  const absl::StatusOr<std::string> media_type = oci::json::DecodeString(fields->Find("mediaType"));
  if (!media_type.ok()) return digests;
  const absl::StatusOr<std::vector<oci::Descriptor>> successors = oci::image::Successors(*media_type, bytes);
  if (!successors.ok()) return digests;
  for (const oci::Descriptor& successor : *successors) digests.push_back(successor.digest);
  return digests;
}

}  // namespace

void WrittenImages::Add(const oci::Digest& digest, absl::string_view bytes, int copies) {
  documents_.try_emplace(digest, Document{.copies = copies, .successors = SuccessorsOf(bytes)});
}

int WrittenImages::CopiesInOthers(const oci::Digest& digest) const {
  int copies = 0;
  for (const auto& [other, document] : documents_) {
    const auto& successors = document.successors;
    if (std::find(successors.begin(), successors.end(), digest) != successors.end()) copies += document.copies;
  }
  return copies;
}

std::vector<WrittenImage> WrittenImages::All() const {
  std::vector<WrittenImage> images;
  for (const auto& [digest, document] : documents_) {
    const int copies = document.copies - CopiesInOthers(digest);
    if (document.successors.empty() || copies <= 0) continue;
    WrittenImage image{.root = digest, .copies = copies, .documents = {digest}};
    std::vector<oci::Digest> open = document.successors;
    while (!open.empty()) {
      const oci::Digest next = std::move(open.back());
      open.pop_back();
      const auto found = documents_.find(next);
      if (found == documents_.end() || !image.documents.insert(next).second) continue;
      open.insert(open.end(), found->second.successors.begin(), found->second.successors.end());
    }
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace waybill::exporter::bridge::solve
