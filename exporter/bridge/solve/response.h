// SPDX-License-Identifier: Apache-2.0
// What becomes of a Solve's response on its way back: as the client's own exporters would have answered.
#ifndef WAYBILL_EXPORTER_BRIDGE_SOLVE_RESPONSE_H_
#define WAYBILL_EXPORTER_BRIDGE_SOLVE_RESPONSE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/bridge/solve/rewriter.h"
#include "exporter/deliver.h"
#include "oci/descriptor.h"

namespace waybill::exporter::bridge::solve {

using Response = std::map<std::string, std::string>;

// One delivered image.
struct Delivered {
  TakenExporter exporter;
  Report report;
};

// The descriptor under "containerimage.descriptor" (base64 of JSON). INVALID_ARGUMENT naming the key.
absl::StatusOr<oci::Descriptor> RootOf(const Response& response);

// A root as the image exporter describes it, from what the daemon's oci exporter answered: without the time of
// creation, unless that is an annotation that `options` ask for.
void DropLayoutAnnotations(const request::ExportOptions& options, oci::Descriptor& root);

// What an exporter's image is pushed as: DestinationNames with what the daemon answered for "*", and the dangling name.
absl::StatusOr<std::vector<std::string>> NamesOf(const request::ExportOptions& options, const Response& response,
                                                 const oci::Descriptor& root);

// `exporter_types` is the whole list as the client sent it. Digest, descriptor and "image.name" become those of
// the last exporter that writes images, where waybill did it; "waybill.results" lists every delivered image, under
// kPushedKey with what each name got.
void PatchResponse(const std::vector<std::string>& exporter_types, const std::vector<Delivered>& delivered,
                   Response& response);

}  // namespace waybill::exporter::bridge::solve

#endif  // WAYBILL_EXPORTER_BRIDGE_SOLVE_RESPONSE_H_
