// SPDX-License-Identifier: Apache-2.0
// What an export is asked for, as strings: the one form in which clients, bake files and the service give options.
#ifndef WAYBILL_EXPORTER_REQUEST_EXPORT_REQUEST_H_
#define WAYBILL_EXPORTER_REQUEST_EXPORT_REQUEST_H_

#include <map>
#include <string>

namespace waybill::exporter::request {

using Attributes = std::map<std::string, std::string>;

struct ExportRequest {
  std::string type;  // "oci", "docker", "image", "local", "tar"
  Attributes attributes;
  int compatibility_version = 0;  // 0: the current one
};

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_EXPORT_REQUEST_H_
