// SPDX-License-Identifier: Apache-2.0
// Who brought a blob: an extended attribute of its file, which survives the process and goes with the file.
#ifndef WAYBILL_OCI_CONTENT_STORE_OWNER_H_
#define WAYBILL_OCI_CONTENT_STORE_OWNER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "oci/file/fd.h"

namespace waybill::oci::content::store {

// Of an open file that may be written. Nothing on a file system without such attributes, and for an empty or overlong
// name: the file has no owner then.
void SetOwner(const file::Fd& file, absl::string_view owner);
// Of a blob that has its name already, and is read-only.
void SetOwner(const std::string& path, absl::string_view owner);
// "" when it has none.
std::string OwnerOf(const std::string& path);

}  // namespace waybill::oci::content::store

#endif  // WAYBILL_OCI_CONTENT_STORE_OWNER_H_
