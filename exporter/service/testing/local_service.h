// SPDX-License-Identifier: Apache-2.0
// A service in this process with clients of it.
#ifndef WAYBILL_EXPORTER_SERVICE_TESTING_LOCAL_SERVICE_H_
#define WAYBILL_EXPORTER_SERVICE_TESTING_LOCAL_SERVICE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/client/remote_exporter.h"
#include "exporter/rpc/listen/address.h"
#include "exporter/service/server.h"
#include "exporter/service/store/shares.h"
#include "exporter/service/testing/observers.h"
#include "exporter/service/testing/outputs.h"
#include "oci/testing/recorded_spans.h"
#include "proto/waybill/v1/exporter.grpc.pb.h"

namespace waybill::exporter::service::testing {

struct ServiceLimits {
  int parallel_exports = 8;
  int64_t client_memory = int64_t{256} << 20;
  absl::Duration client_patience = absl::InfiniteDuration();
  std::string socket = "";  // of a second address; none when empty
  store::Limits store = {};
  int client_exports = 256;
  int client_calls = 1000;
};

// Serves on a free port of this machine. Exports of type oci write archives, those of type docker have no end, and
// pushes are refused. Not thread-safe, except for Ends and what it gives access to.
class LocalService {
 public:
  // `root` is emptied: root/service is the service's, and root/allowed may have layouts that requests name. Serves
  // nothing yet.
  explicit LocalService(const std::string& root);

  // Starts the service, in the place of the one before. When that fails, the test fails.
  void Start(const ServiceLimits& limits);

  Server& server() { return *server_; }
  rpc::listen::Address address() const { return server_->addresses()[0]; }
  v1::Exporter::Stub& stub() { return *stub_; }
  client::RemoteExporter& remote() { return *remote_; }
  NoWait& clock() { return clock_; }
  // Of all exports.
  const oci::testing::RecordedSpans& spans() const { return spans_; }
  // Of the export without an end; a service has one at most.
  EndlessOutput::Progress& endless() { return endless_; }

  // "type names code" of each export that ended. Waits until there are `count` of them.
  std::vector<std::string> Ends(size_t count) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const std::string root_;
  NoWait clock_;
  absl::Mutex mutex_;
  std::vector<std::string> ends_ ABSL_GUARDED_BY(mutex_);
  EndlessOutput::Progress endless_;
  oci::testing::RecordedSpans spans_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<client::RemoteExporter> remote_;
  std::unique_ptr<v1::Exporter::Stub> stub_;
};

}  // namespace waybill::exporter::service::testing

#endif  // WAYBILL_EXPORTER_SERVICE_TESTING_LOCAL_SERVICE_H_
