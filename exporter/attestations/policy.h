// SPDX-License-Identifier: Apache-2.0
// Which images a client of the service may name: those below directories, and in registries, that the operator allows.
#ifndef WAYBILL_EXPORTER_ATTESTATIONS_POLICY_H_
#define WAYBILL_EXPORTER_ATTESTATIONS_POLICY_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/file/fd.h"
#include "oci/places/image_name.h"

namespace waybill::exporter::attestations {

// An image that may be read.
struct AllowedImage {
  // With a path through `pin`: others who rename files meanwhile cannot lead it elsewhere.
  oci::places::ImageName name;
  std::string path;   // as the client may see it; "" for an image in a registry
  oci::file::Fd pin;  // the layout's directory, or the archive

  // The status without the paths that only this process knows.
  absl::Status Told(const absl::Status& status) const;
};

// Immutable and thread-safe.
class Policy {
 public:
  struct Options {
    std::vector<std::string> layouts;     // absolute paths of directories
    std::vector<std::string> registries;  // hosts, with a port where it is not 443
  };
  // Errors: INVALID_ARGUMENT for a host that cannot be one; those of opening a directory.
  static absl::StatusOr<Policy> Create(const Options& options);

  // Reads a name (oci/places/image_name.h). A path is absolute and below an allowed directory, or relative to one of
  // them. Nothing outside these directories is looked at: links and ".." are not followed. Errors: INVALID_ARGUMENT for
  // a name that cannot be one; PERMISSION_DENIED for a place that the operator does not allow, whatever is there;
  // NOT_FOUND.
  absl::StatusOr<AllowedImage> Admit(absl::string_view name) const;

 private:
  struct Root {
    std::string path;  // without a slash at the end
    oci::file::Fd directory;
  };
  absl::StatusOr<AllowedImage> AdmitFile(AllowedImage image, absl::string_view path_and_tag) const;
  absl::Status CheckHost(const std::string& host) const;

  std::vector<Root> roots_;
  std::set<std::string> hosts_;
};

}  // namespace waybill::exporter::attestations

#endif  // WAYBILL_EXPORTER_ATTESTATIONS_POLICY_H_
