// SPDX-License-Identifier: Apache-2.0
// An OCI layout in a directory, as BuildKit's clients write it (type=oci,tar=false): new images are added to what is
// there.
#ifndef WAYBILL_OCI_LAYOUT_DIRECTORY_H_
#define WAYBILL_OCI_LAYOUT_DIRECTORY_H_

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "oci/content/content.h"
#include "oci/content/store/file_store.h"
#include "oci/digest.h"
#include "oci/file/atomic_file.h"
#include "oci/image/manifest.h"
#include "oci/layout/staging.h"

namespace waybill::oci::layout {

// Blobs are written to ingest/ and verified; nothing of them is visible until Tag, which moves them into blobs/ and
// then replaces index.json. Dropped without Tag, nothing stays, not even directories that were made; of a Tag that
// fails nothing either, but for blobs in a layout that had images, which others may count on. Every step is a rename
// after fsync, so that a crash leaves at worst complete blobs that no index names, and a hidden directory in ingest/,
// which the next writer removes. Thread-safe, and safe beside other processes that write the same layout.
class Directory : public content::Target {
 public:
  // Makes `root` when it is missing, so that a destination that cannot be written fails first.
  static absl::StatusOr<std::unique_ptr<Directory>> Open(std::string root);
  ~Directory() override;

  // Sources of blobs that are not tagged yet must not outlive the directory.
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override;
  absl::StatusOr<bool> Exists(const Context& context, const Descriptor& descriptor) override;
  absl::Status Push(const Context& context, content::Blob blob) override;
  absl::Status Tag(const Context& context, const Descriptor& root, absl::string_view tag) override;

  // Tag for several image names at once; none gives the one reference name "latest". Entries that have the same names
  // are replaced, all others kept. Errors: NOT_FOUND when `root` was not pushed; INVALID_ARGUMENT naming a file of the
  // layout that is not what it should be, which is left as it is; kConflict when a blob that was there has gone. Once
  // index.json has its name the image stays, even if making that name durable fails, which is kStorage. `referrers` are
  // entries that go with it, as ReferrerEntry makes them (referrers.h).
  absl::Status TagAll(const Context& context, const Descriptor& root, absl::Span<const std::string> names,
                      absl::Span<const Descriptor> referrers = {});

  // The same for entries as index.json shall have them, each with a name or with the annotation of a referrer
  // (layout.h). An entry replaces those that have its names; a referrer replaces its own entry for the same subject.
  absl::Status Enter(const Context& context, absl::Span<const Descriptor> entries);

 private:
  Directory(std::string root, std::vector<std::string> made);

  // What a Tag that ends early takes back, while it has the lock.
  struct Changes {
    ~Changes();
    bool undo;
    std::vector<std::string> files;
    std::vector<std::string> directories;  // outermost first
  };

  absl::Status CommitBlobs(Changes& changes);
  // Blobs of others that this image counts on may go when their own export fails. The lock must be held.
  absl::Status CheckFound() const;
  // Nothing when there is no index.
  absl::StatusOr<std::optional<image::Index>> ReadIndex(const Context& context) const;
  // On disk, but without its name.
  absl::StatusOr<std::unique_ptr<file::AtomicFile>> PrepareDocument(absl::string_view name,
                                                                    absl::string_view bytes) const;
  std::string PathOf(absl::string_view name) const;
  bool IsPending(const Digest& digest) const;
  std::string PendingPath(const Digest& digest) const;

  const std::string root_;
  const std::vector<std::string> made_;  // directories that Open made, outermost first
  content::store::FileStore visible_;
  std::unique_ptr<Staging> staging_;
  mutable absl::Mutex mutex_;
  std::set<Digest> pending_ ABSL_GUARDED_BY(mutex_);
  std::set<Digest> found_ ABSL_GUARDED_BY(mutex_);  // blobs that were visible already
};

}  // namespace waybill::oci::layout

#endif  // WAYBILL_OCI_LAYOUT_DIRECTORY_H_
