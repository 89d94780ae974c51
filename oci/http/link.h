// SPDX-License-Identifier: Apache-2.0
// The Link field (RFC 8288) as registries use it: where the next page is.
#ifndef WAYBILL_OCI_HTTP_LINK_H_
#define WAYBILL_OCI_HTTP_LINK_H_

#include <optional>
#include <string>
#include <vector>

namespace waybill::oci::http {

// The target of the first link with rel="next", as written (it may be relative); nothing when there is none.
std::optional<std::string> NextLink(const std::vector<std::string>& fields);

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_LINK_H_
