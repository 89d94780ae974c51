// SPDX-License-Identifier: Apache-2.0
// An OCI layout as one tar archive, byte for byte as containerd's archive exporter writes it for BuildKit: entries
// sorted by name, zero owners and times, no blocking.
#ifndef WAYBILL_OCI_LAYOUT_ARCHIVE_H_
#define WAYBILL_OCI_LAYOUT_ARCHIVE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/content.h"

namespace waybill::oci::layout {

// Collects the sources of blobs and the names; Finish writes them. Push, Exists, Fetch and Tag are thread-safe.
class Archive : public content::Target {
 public:
  struct Options {
    // Adds manifest.json for roots that are manifests, as `docker load` wants it; an index never gets one.
    bool docker_manifest = false;
  };
  explicit Archive(const Options& options) : options_(options) {}

  // Sources that it gives must not outlive the archive.
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override;
  absl::StatusOr<bool> Exists(const Context& context, const Descriptor& descriptor) override;
  // Keeps the source until the end and looks at its size only.
  absl::Status Push(const Context& context, content::Blob blob) override;
  // Adds an entry to index.json, in the order of the calls; an empty tag gives an entry without names. Errors:
  // NOT_FOUND when `root` was not pushed.
  absl::Status Tag(const Context& context, const Descriptor& root, absl::string_view tag) override;
  // Adds an entry as it is, after those that Tag adds: referrers, and names that are no image's. Errors: those of Tag.
  absl::Status Enter(const Context& context, Descriptor entry);

  // Writes everything to `out`, which is not closed. Every blob is verified on its way: on any error what was written
  // is worthless. Called once, after everything else.
  absl::Status Finish(const Context& context, io::Writer& out);

 private:
  struct Image {
    Descriptor root;
    std::string name;
  };

  const content::Blob* Find(const Digest& digest) const;
  // manifest.json for those of `images` that are manifests; empty when there are none.
  absl::StatusOr<std::string> DockerManifestJson(const Context& context, const std::vector<Image>& images);

  const Options options_;
  mutable absl::Mutex mutex_;
  std::map<Digest, content::Blob> blobs_ ABSL_GUARDED_BY(mutex_);  // in the order of their paths; none is removed
  std::vector<Image> images_ ABSL_GUARDED_BY(mutex_);
  std::vector<Descriptor> entries_ ABSL_GUARDED_BY(mutex_);  // besides those of images
};

}  // namespace waybill::oci::layout

#endif  // WAYBILL_OCI_LAYOUT_ARCHIVE_H_
