// SPDX-License-Identifier: Apache-2.0
// The daemon's blobs as files, where the daemon runs on this machine and its files may be read.
#ifndef WAYBILL_EXPORTER_BRIDGE_STORE_DAEMON_FILES_H_
#define WAYBILL_EXPORTER_BRIDGE_STORE_DAEMON_FILES_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/bridge/store/blob_directory.h"
#include "exporter/bridge/store/daemon_process.h"
#include "oci/clock.h"
#include "oci/content/content.h"
#include "oci/context.h"

namespace waybill::exporter::bridge::store {

// A fetcher before the daemon's content API: whatever goes wrong here is NOT_FOUND, so that the API is asked next.
// Thread-safe. Blocks while it searches, which takes milliseconds.
class DaemonFiles final : public oci::content::Fetcher {
 public:
  struct Deps {
    std::function<absl::StatusOr<DaemonProcess>()> process;  // ProcessBehind the daemon's socket
    oci::content::Fetcher& api;                              // the daemon's content
    oci::Clock& clock;
    // Told each directory that is found, where it was another one or none before; may be null.
    std::function<void(absl::string_view directory)> on_found;
  };
  explicit DaemonFiles(Deps deps) : deps_(std::move(deps)) {}

  // Searches, and tells why nothing is found: those of ProcessBehind and FindStore.
  absl::Status Find(const oci::Context& context);
  // A blob that is missing may mean that the daemon was started again with another directory, or for the first time:
  // searches again, at most once a second.
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;

 private:
  // Shared: a blob is fetched from it while another search replaces it. Null while there is none.
  std::shared_ptr<BlobDirectory> directory();
  // Whether it is time for a search, which is the caller's then.
  bool TakeTurn();

  const Deps deps_;
  absl::Mutex mutex_;
  std::shared_ptr<BlobDirectory> directory_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_search_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace waybill::exporter::bridge::store

#endif  // WAYBILL_EXPORTER_BRIDGE_STORE_DAEMON_FILES_H_
