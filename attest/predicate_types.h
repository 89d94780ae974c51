// SPDX-License-Identifier: Apache-2.0
// Short names of predicate types: the one table, for reading and for writing. Predicate types are URIs
// (https://github.com/in-toto/attestation/tree/main/spec/predicates).
#ifndef WAYBILL_ATTEST_PREDICATE_TYPES_H_
#define WAYBILL_ATTEST_PREDICATE_TYPES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace waybill::attest {

struct PredicateFamily {
  absl::string_view alias;
  // The URI without a version. The family is this URI and every URI that continues it with "/".
  absl::string_view uri;
  // What a new statement says when the user names the alias alone; empty where the family is only read.
  absl::string_view written;
};

// An alias may have several families. `sbom` and `provenance` are the words of BuildKit's options.
inline constexpr PredicateFamily kPredicateFamilies[] = {
    {"spdx", "https://spdx.dev/Document", "https://spdx.dev/Document"},
    {"cyclonedx", "https://cyclonedx.org/bom", "https://cyclonedx.org/bom"},
    {"slsa", "https://slsa.dev/provenance", "https://slsa.dev/provenance/v1"},
    {"slsa", "https://in-toto.io/Provenance", ""},
    {"vex", "https://openvex.dev/ns", "https://openvex.dev/ns"},
    {"vuln", "https://in-toto.io/attestation/vulns", "https://in-toto.io/attestation/vulns/v0.2"},
    {"vuln", "https://cosign.sigstore.dev/attestation/vuln", ""},
    {"test", "https://in-toto.io/attestation/test-result", "https://in-toto.io/attestation/test-result/v0.1"},
    {"sbom", "https://spdx.dev/Document", ""},
    {"sbom", "https://cyclonedx.org/bom", ""},
    {"provenance", "https://slsa.dev/provenance", ""},
    {"provenance", "https://in-toto.io/Provenance", ""},
};

// Whether `predicate_type`, a URI, is of `wanted`: an alias, a URI, which must be equal, or the beginning of one,
// followed by "*".
bool IsOfType(absl::string_view predicate_type, absl::string_view wanted);

// Whether `text` is an alias of the table.
bool IsTypeAlias(absl::string_view text);

// What a new statement of this alias says; "" for other texts, and for aliases that stand for several formats.
absl::string_view WrittenTypeOf(absl::string_view alias);

// The first alias of a URI's family, such as "spdx"; "" when it has none.
absl::string_view AliasOfType(absl::string_view predicate_type);

// "spdx, cyclonedx, slsa, ..." for messages.
std::string TypeAliases();

}  // namespace waybill::attest

#endif  // WAYBILL_ATTEST_PREDICATE_TYPES_H_
