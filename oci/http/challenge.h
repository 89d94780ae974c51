// SPDX-License-Identifier: Apache-2.0
// WWW-Authenticate (RFC 9110, 11.6.1): one field may hold several challenges, and several fields may be present.
#ifndef WAYBILL_OCI_HTTP_CHALLENGE_H_
#define WAYBILL_OCI_HTTP_CHALLENGE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace waybill::oci::http {

struct Challenge {
  std::string scheme;                             // lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names lower case; the first of a name wins
};

// The challenges of all fields in order. What is malformed ends its field; what was read before it counts.
std::vector<Challenge> ParseChallenges(const std::vector<std::string>& fields);

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_CHALLENGE_H_
