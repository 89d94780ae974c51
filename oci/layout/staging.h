// SPDX-License-Identifier: Apache-2.0
// Where the blobs of an image wait until all of them are there: a hidden directory of the writer's own in the layout's
// ingest/.
#ifndef WAYBILL_OCI_LAYOUT_STAGING_H_
#define WAYBILL_OCI_LAYOUT_STAGING_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/file/fd.h"

namespace waybill::oci::layout {

// Goes with all files in it. A killed process cannot do that, but its flock(2) on the file "lock" in there is gone, so
// that the next writer of the layout removes the rest. Thread-safe.
class Staging {
 public:
  // Makes `ingest` when it is missing, and removes what dead processes left in it.
  static absl::StatusOr<std::unique_ptr<Staging>> Create(const std::string& ingest);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const std::string& path() const { return path_; }

 private:
  Staging(std::string path, file::Fd directory, file::Fd lock)
      : path_(std::move(path)), directory_(std::move(directory)), lock_(std::move(lock)) {}

  const std::string path_;
  const file::Fd directory_;
  const file::Fd lock_;
};

}  // namespace waybill::oci::layout

#endif  // WAYBILL_OCI_LAYOUT_STAGING_H_
