// SPDX-License-Identifier: Apache-2.0
// Which exporter of a build wrote which image: what the exporters reported, which may have gaps, put together with all
// that they wrote, which has none but does not say who wrote it.
#ifndef WAYBILL_EXPORTER_BRIDGE_SOLVE_EXPORTER_ROOTS_H_
#define WAYBILL_EXPORTER_BRIDGE_SOLVE_EXPORTER_ROOTS_H_

#include <map>
#include <vector>

#include "exporter/bridge/solve/exporter_reports.h"
#include "exporter/bridge/solve/written_images.h"
#include "oci/digest.h"

namespace waybill::exporter::bridge::solve {

// The roots by the exporters' index. Exporters for which several images remain possible are left out.
std::map<int, oci::Digest> RootsOfExporters(const std::vector<ExporterReports::Report>& reports,
                                            const std::vector<WrittenImage>& images);

}  // namespace waybill::exporter::bridge::solve

#endif  // WAYBILL_EXPORTER_BRIDGE_SOLVE_EXPORTER_ROOTS_H_
