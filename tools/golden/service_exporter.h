// SPDX-License-Identifier: Apache-2.0
// The export in a service, through a socket, as `waybill export --addr` does it.
#ifndef WAYBILL_TOOLS_GOLDEN_SERVICE_EXPORTER_H_
#define WAYBILL_TOOLS_GOLDEN_SERVICE_EXPORTER_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/service/server.h"
#include "oci/registry/client.h"
#include "tools/golden/recorded/exporter_under_test.h"

namespace waybill::golden {

// Export may be called from several threads, with the same clock and without pushes.
class ServiceExporter : public recorded::ExporterUnderTest {
 public:
  // The service runs as long as this, below `directory`.
  static absl::StatusOr<std::unique_ptr<ServiceExporter>> Start(const std::string& directory);

  absl::StatusOr<std::map<std::string, std::string>> Export(const recorded::Job& job) override;

 private:
  ServiceExporter() = default;
  absl::Time now() const;
  oci::registry::Client* registry() const;

  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch();
  oci::registry::Client* registry_ ABSL_GUARDED_BY(mutex_) = nullptr;  // of the push that is going on
  std::unique_ptr<exporter::service::Server> server_;
};

}  // namespace waybill::golden

#endif  // WAYBILL_TOOLS_GOLDEN_SERVICE_EXPORTER_H_
