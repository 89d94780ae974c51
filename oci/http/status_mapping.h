// SPDX-License-Identifier: Apache-2.0
// What an HTTP status means to a program. A reply is not a failure: turning one into an error is the caller's step.
#ifndef WAYBILL_OCI_HTTP_STATUS_MAPPING_H_
#define WAYBILL_OCI_HTTP_STATUS_MAPPING_H_

#include "absl/strings/string_view.h"
#include "oci/error.h"

namespace waybill::oci::http {

// The reason for a status from 300 on that the caller did not ask for. What is not in the table: kRefused below 500,
// kNetwork from 500 on.
Reason ReasonForStatus(int status);
// "Not Found"; empty for a status without a name.
absl::string_view StatusName(int status);

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_STATUS_MAPPING_H_
