// SPDX-License-Identifier: Apache-2.0
// One writer of a layout's index.json at a time: an flock(2) on index.json.lock, as BuildKit's clients take it.
#ifndef WAYBILL_OCI_LAYOUT_INDEX_LOCK_H_
#define WAYBILL_OCI_LAYOUT_INDEX_LOCK_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/file/fd.h"

namespace waybill::oci::layout {

// Held from Acquire to the destructor, which removes the file. A lock file that a dead process left behind does not
// matter: the kernel released its lock.
class IndexLock {
 public:
  // Waits for its turn, until the context ends. `root` must be a directory. A failure leaves no file that was not
  // there, for example on a file system without locks.
  static absl::StatusOr<std::unique_ptr<IndexLock>> Acquire(const Context& context, const std::string& root);
  ~IndexLock();
  IndexLock(const IndexLock&) = delete;
  IndexLock& operator=(const IndexLock&) = delete;

  // False when somebody removed the file, and so another may hold "the" lock. BuildKit's clients remove it after they
  // released it, whoever holds it then.
  bool StillHeld() const;

 private:
  IndexLock(std::string path, file::Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  const std::string path_;
  const file::Fd fd_;
};

}  // namespace waybill::oci::layout

#endif  // WAYBILL_OCI_LAYOUT_INDEX_LOCK_H_
