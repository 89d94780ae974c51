// SPDX-License-Identifier: Apache-2.0
// What a request to export asks for, carried out: the one place where the service's messages meet the exporter.
#ifndef WAYBILL_EXPORTER_SERVICE_EXPORT_JOB_H_
#define WAYBILL_EXPORTER_SERVICE_EXPORT_JOB_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attest/sign/key.h"
#include "exporter/exporter.h"
#include "exporter/layers/made.h"
#include "exporter/request/options.h"
#include "exporter/service/store/kept_store.h"
#include "exporter/service/store/service_store.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/io/stream.h"
#include "oci/registry/client.h"
#include "proto/waybill/v1/exporter.pb.h"

namespace waybill::exporter::service {

// Makes the output for an export that leaves the service: into the archive, or, when that is null, to where the options
// say. Called from several threads at once.
using OutputFactory = std::function<absl::StatusOr<std::unique_ptr<Output>>(const request::ExportOptions& options,
                                                                            oci::io::Writer* archive)>;

// The client of registries for an export that begins now. It outlives the service: a client that another one has
// replaced goes on with the exports that have it.
using RegistriesNow = std::function<oci::registry::Client*()>;

struct ExportJobDeps {
  const Exporter& exporter;
  store::ServiceStore& store;       // the content service's
  layers::LayersMade& layers_made;  // of layers in the store; thread-safe
  std::string scratch;              // a directory for what lives as long as one export
  OutputFactory new_output;
  std::vector<std::string> layouts;  // paths below which requests may name OCI layouts
  attest::sign::KeysByName keys;     // that requests may name, read already; may be empty
  RegistriesNow registries;          // that outputs push to; may be null: none
};

// What can be said of a request before its turn: errors of its options, and a key that is not there. Does not block.
absl::Status CheckExport(const v1::ExportRequest& request, const ExportJobDeps& deps);

// The blobs that a result names, one by one; what is no digest is left out.
void VisitBlobs(const v1::BuildResult& result, const std::function<void(const oci::Digest&)>& visit);

// Blocks until the export is done; thread-safe. An archive goes to `archive`, and so do files, also those of type
// local; any other image is complete in the store's blobs afterwards, for whom it is exported. Takes the result out of
// the request. Errors: those of reading the request and of Exporter::Export; NOT_FOUND for a lease that is not there.
absl::StatusOr<Report> RunExport(const oci::Context& context, v1::ExportRequest& request,
                                 const store::Exporting& exporting, oci::io::Writer& archive,
                                 const ExportJobDeps& deps);

// `path` with every symbolic link followed. INVALID_ARGUMENT unless it is absolute and, so resolved, one of `allowed`
// or below one, and its folders of blobs too.
absl::StatusOr<std::string> ResolveLayout(const std::string& path, const std::vector<std::string>& allowed);

}  // namespace waybill::exporter::service

#endif  // WAYBILL_EXPORTER_SERVICE_EXPORT_JOB_H_
