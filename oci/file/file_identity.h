// SPDX-License-Identifier: Apache-2.0
// Locks are on open files, but it is names that processes meet at.
#ifndef WAYBILL_OCI_FILE_FILE_IDENTITY_H_
#define WAYBILL_OCI_FILE_FILE_IDENTITY_H_

#include <string>

#include "oci/file/fd.h"

namespace waybill::oci::file {

// Whether the open file or directory is the one of that name; symbolic links are not followed.
bool IsFileAt(const Fd& fd, const std::string& path);

}  // namespace waybill::oci::file

#endif  // WAYBILL_OCI_FILE_FILE_IDENTITY_H_
