// SPDX-License-Identifier: Apache-2.0
// Warnings about what a client or a build wrote and no part of an export reads. BuildKit passes it over in silence.
#ifndef WAYBILL_EXPORTER_PLAN_UNREAD_H_
#define WAYBILL_EXPORTER_PLAN_UNREAD_H_

#include <string>
#include <vector>

#include "exporter/plan/platforms.h"
#include "exporter/request/annotations.h"
#include "exporter/request/build_result.h"
#include "exporter/request/options.h"

namespace waybill::exporter::plan {

// About keys of the client, and about keys of the build that are nearly annotations. Other metadata of a build may be
// for other readers.
std::vector<std::string> WarningsOfUnreadKeys(const request::ExportOptions& options, const request::Metadata& built);

// About annotations of a platform that no manifest gets: the result does not have the platform, or has one image
// without an index, which takes only annotations of every platform. Annotations of an index are always read.
std::vector<std::string> WarningsOfUnreadAnnotations(const request::AnnotationGroups& annotations,
                                                     const std::vector<ResultPlatform>& platforms, bool index);

}  // namespace waybill::exporter::plan

#endif  // WAYBILL_EXPORTER_PLAN_UNREAD_H_
