// SPDX-License-Identifier: Apache-2.0
// The walk of reader.h: nodes that tasks fill while others are found.
#ifndef WAYBILL_ATTEST_READER_WALK_H_
#define WAYBILL_ATTEST_READER_WALK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "attest/reader/reader.h"
#include "attest/reader/tree.h"
#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/image/manifest.h"
#include "oci/work/task_group.h"

namespace waybill::attest::reader {

// One walk, used once.
class Walk {
 public:
  Walk(const oci::Context& context, oci::content::Fetcher& content, oci::content::ReferrerLister& referrers,
       const ReadOptions& options);
  // The image under `root`, the first node.
  absl::StatusOr<ImageTree> Run(const oci::Descriptor& root);
  // What refers to `subjects`, which are the first nodes and not read.
  absl::StatusOr<ImageTree> RunReferrers(const std::vector<oci::Descriptor>& subjects);

 private:
  // A node, and what only the walk knows.
  struct Visit {
    Node node;
    int level = 0;
  };
  struct Listed {
    std::vector<Edge> edges;
    size_t left_out = 0;
  };

  // The node of an entry, new or known; nothing beyond the limits. Adds the tasks of a new one.
  std::optional<size_t> Follow(const oci::Descriptor& entry, int level) ABSL_LOCKS_EXCLUDED(mutex_);
  void AddListing(size_t number);
  // When all tasks have ended.
  absl::StatusOr<ImageTree> Finish() ABSL_LOCKS_EXCLUDED(mutex_);
  void ReadDocument(const oci::Context& context, size_t number);
  void ListReferrers(const oci::Context& context, size_t number);
  void LookAtItem(const oci::Context& context, size_t number, size_t item);
  void ReadPlatform(const oci::Context& context, size_t number, const oci::Descriptor& config);

  absl::StatusOr<std::string> Bytes(const oci::Context& context, const oci::Descriptor& entry);
  absl::Status TakeIndex(const Visit& visit, size_t number, absl::string_view bytes);
  absl::Status TakeManifest(const Visit& visit, size_t number, absl::string_view bytes);
  // Those that are kept, and followed below `level` where `follows` says so.
  Listed FollowAll(std::vector<Edge> entries, int level, absl::FunctionRef<bool(const oci::Descriptor&)> follows)
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool Keep(const Edge& edge) ABSL_LOCKS_EXCLUDED(mutex_);
  void Note(std::string note) ABSL_LOCKS_EXCLUDED(mutex_);
  // Changes a node under the lock.
  template <typename Change>
  void Update(size_t number, Change change) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    change(visits_[number].node);
  }
  // Descriptor and level; the rest may be changing.
  Visit VisitOf(size_t number) const ABSL_LOCKS_EXCLUDED(mutex_);

  oci::content::Fetcher& content_;
  oci::content::ReferrerLister& referrers_;
  const ReadOptions& options_;
  oci::work::TaskGroup tasks_;
  mutable absl::Mutex mutex_;
  std::deque<Visit> visits_ ABSL_GUARDED_BY(mutex_);
  std::map<oci::Digest, size_t> numbers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> notes_ ABSL_GUARDED_BY(mutex_);
  int64_t document_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t edge_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // that the entries of lists take, about
};

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_WALK_H_
