// SPDX-License-Identifier: Apache-2.0
// Every way in which the fake registry can be difficult, with what has to come of a push.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_FAULT_ROWS_H_
#define WAYBILL_OCI_REGISTRY_TESTING_FAULT_ROWS_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "oci/registry/auth/credentials.h"
#include "oci/registry/push/push_request.h"
#include "oci/registry/server/behavior/behavior.h"

namespace waybill::oci::registry::testing {

struct FaultRow {
  std::string name;
  server::behavior::Behavior behavior;  // its faults, if it has some, hit each push
  auth::Credentials credentials;        // of the client
  bool succeeds = true;                 // each push; otherwise each fails
  bool tag_is_taken = false;            // by another image
  bool mounts = false;                  // the client tries another repository, which has nothing
  bool gives_up_soon = false;           // the client waits 50 ms for bytes, not a minute
  // How referrers can be found after a push, where the row says.
  std::optional<push::SubjectOutcome::How> how;
  bool large_layer = true;  // of more than 1 MiB: looked for first, and sent in a session
  int bodies_again = 0;     // large bodies that go out again besides one for each request that a fault hits
};

// For messages of tests.
inline void PrintTo(const FaultRow& row, std::ostream* out) { *out << row.name; }

// Pushes are of one attested image each, to a repository "app".
std::vector<FaultRow> FaultRows();

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_FAULT_ROWS_H_
