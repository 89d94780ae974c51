// SPDX-License-Identifier: Apache-2.0
// The walk of collection.h, step by step from the root.
#ifndef WAYBILL_OCI_COPY_COLLECTOR_H_
#define WAYBILL_OCI_COPY_COLLECTOR_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/copy/collection.h"
#include "oci/copy/kept_documents.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/manifest.h"
#include "oci/places/open_image.h"
#include "oci/work/task_group.h"

namespace waybill::oci::copy {

// A walk, used once.
class Collector {
 public:
  Collector(places::OpenedImage& source, KeptDocuments& documents, const CompanionTags& tags,
            const CollectOptions& options)
      : source_(source), documents_(documents), tags_(tags), options_(options) {}

  absl::StatusOr<Collection> Run(const Context& context, const Descriptor& root);

 private:
  // A manifest to be read.
  struct Visit {
    Descriptor descriptor;
    std::optional<Digest> subject;  // that it is listed for
    bool is_referrer = false;       // or below one, or a companion
    int depth = 0;
  };
  // What became of a visit; each task writes its own member.
  struct Found {
    bool is_missing = false;
    int64_t size = 0;
    std::vector<Descriptor> children;
    std::optional<Digest> subject;
  };
  // What refers to a manifest, asked once, whether an index lists it, or it is a referrer, or both.
  struct About {
    std::vector<Descriptor> referrers;
    std::vector<std::pair<std::string, std::optional<Descriptor>>> companions;  // by tag
  };

  absl::StatusOr<Descriptor> ChoosePlatform(const Context& context, const Descriptor& root);
  absl::Status Add(Visit visit);
  bool Follows(const Visit& visit) const;
  void AddTasks(work::TaskGroup& group, const Visit& visit, Found& found);
  absl::Status Read(const Context& context, const Visit& visit, Found& found);
  absl::Status List(const Context& context, const Digest& subject, About& about);
  absl::Status Take(const Visit& visit, const Found& found);
  // Visits what refers to it.
  absl::Status TakeAbout(const Visit& visit);
  // Whether the manifest is what the list said; says what is left behind if not.
  bool IsReferrer(const Visit& visit, const Found& found);

  places::OpenedImage& source_;
  KeptDocuments& documents_;
  const CompanionTags& tags_;
  const CollectOptions& options_;
  Collection collection_{.root = {.digest = Digest::Of("")}};
  std::vector<Visit> next_;
  std::set<std::pair<Digest, std::optional<Digest>>> asked_;  // manifest and subject
  std::set<Digest> taken_;
  std::map<Digest, About> about_;  // of the visits that are followed
};

}  // namespace waybill::oci::copy

#endif  // WAYBILL_OCI_COPY_COLLECTOR_H_
