// SPDX-License-Identifier: Apache-2.0
// Where exports run: in this process, or in a service. Both write the same bytes.
#ifndef WAYBILL_TOOLS_CLI_EXPORTING_BACKEND_H_
#define WAYBILL_TOOLS_CLI_EXPORTING_BACKEND_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "exporter/exporter.h"
#include "exporter/rpc/listen/tls.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/registry/environment_client.h"
#include "tools/cli/exporting/outputs.h"

namespace waybill::cli::exporting {

class Backend {
 public:
  virtual ~Backend() = default;
  // Everything that the output asks for is at its destination afterwards, or nothing is.
  virtual absl::StatusOr<exporter::Report> Export(const oci::Context& context, oci::content::Fetcher& blobs,
                                                  const PlannedOutput& planned) = 0;
};

// How this process exports, alone or as a service. Temporary files go to `scratch`.
exporter::Exporter::Deps ExporterDeps(const std::string& scratch);

// TMPDIR, or /tmp.
std::string TemporaryDirectory();

// Removes what killed exports left in the temporary directory. Errors: NOT_FOUND naming TMPDIR when there is no such
// directory.
absl::Status PrepareTemporaryDirectory();

// How this process talks to registries. `patient`: tries a host again that has no address or where nobody listens.
oci::registry::EnvironmentClient::Options RegistryOptions(bool patient);

// For these outputs: opens their keys, each once, and what they need of registries. `patient` as above. Errors: those
// of the registries' configuration and of OpenKey.
absl::StatusOr<std::unique_ptr<Backend>> NewLocalBackend(const oci::Context& context,
                                                         absl::Span<const CheckedOutput> outputs, bool patient);

// `address` as waybill serve --listen takes it. Errors: INVALID_ARGUMENT naming it; those of rpc::Connect.
absl::StatusOr<std::unique_ptr<Backend>> NewRemoteBackend(const std::string& address,
                                                          const exporter::rpc::listen::TlsFiles& tls);

}  // namespace waybill::cli::exporting

#endif  // WAYBILL_TOOLS_CLI_EXPORTING_BACKEND_H_
