// SPDX-License-Identifier: Apache-2.0
#include "attest/verify/blobs.h"

#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/adapters.h"
#include "oci/io/hashing.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::attest::verify {
namespace {

absl::Status CheckBlob(const oci::Context& context, oci::content::Fetcher& from, const oci::Descriptor& blob) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> source, from.Fetch(context, blob));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, source->Open(context, 0));
  oci::io::NullWriter nowhere;
  ABSL_ASSIGN_OR_RETURN(const oci::io::Hashed hashed,
                        oci::io::CopyHashed(context, *reader, nowhere, oci::Hasher(blob.digest), blob.size));
  return oci::content::Verify(blob, hashed.digest, hashed.size);
}

bool MayBeElsewhere(const oci::Descriptor& blob, const absl::Status& status) {
  return !blob.urls.empty() && oci::ReasonOf(status) == oci::Reason::kNotFound;
}

struct Task {
  size_t node;
  oci::Descriptor blob;
  absl::Status status;
};

}  // namespace

absl::StatusOr<BlobReport> CheckBlobs(const oci::Context& context, oci::content::Fetcher& from,
                                      const reader::ImageTree& tree, int parallel) {
  std::vector<Task> tasks;
  std::set<std::pair<oci::Digest, int64_t>> seen;
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    for (const oci::Descriptor& blob : tree.nodes[i].blobs) {
      if (seen.emplace(blob.digest, blob.size).second) tasks.push_back({.node = i, .blob = blob, .status = {}});
    }
  }
  oci::work::TaskGroup group(context, parallel);
  for (Task& task : tasks) {
    group.Add([&](const oci::Context& inner) {
      task.status = CheckBlob(inner, from, task.blob);
      return inner.Check();
    });
  }
  ABSL_RETURN_IF_ERROR(group.Wait());
  BlobReport report;
  for (const Task& task : tasks) {
    if (MayBeElsewhere(task.blob, task.status)) continue;
    ++report.blobs;
    report.bytes += task.blob.size;
    if (task.status.ok()) continue;
    report.findings.push_back({.rule = std::string(kBlobRule),
                               .node = task.node,
                               .object = absl::StrCat("blob ", task.blob.digest.ToString()),
                               .message = std::string(task.status.message())});
  }
  return report;
}

}  // namespace waybill::attest::verify
