// SPDX-License-Identifier: Apache-2.0
// The files of an export, ready to be written, and where they go.
#ifndef WAYBILL_EXPORTER_FILES_FILES_H_
#define WAYBILL_EXPORTER_FILES_FILES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "exporter/request/options.h"
#include "oci/context.h"
#include "oci/io/stream.h"
#include "oci/rootfs/layer_files.h"
#include "oci/rootfs/tree.h"

namespace waybill::exporter::files {

// One platform's merged file system with its statements. The bytes of files are read from the layers when they are
// written.
struct PlatformFiles {
  std::string id;                  // the platform's
  std::string folder;              // "" for the destination itself
  std::optional<int64_t> epoch{};  // seconds: the time of every file
  std::vector<std::unique_ptr<oci::io::Source>> layers;
  oci::rootfs::Tree tree;
  oci::rootfs::NodeId start = oci::rootfs::kRoot;  // what of the tree is written: a directory
  std::unique_ptr<oci::rootfs::LayerFiles> contents;
};

// In the order in which they are written. Paths of two platforms are never the same, unless both are directories.
using Files = std::vector<std::unique_ptr<PlatformFiles>>;

// Where files go. Deliver is called once per export; the output's header says what is left when it fails.
class FilesOutput {
 public:
  virtual ~FilesOutput() = default;
  virtual absl::Status Deliver(const oci::Context& context, Files& files, const request::ExportOptions& options) = 0;
};

}  // namespace waybill::exporter::files

#endif  // WAYBILL_EXPORTER_FILES_FILES_H_
