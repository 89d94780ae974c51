// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/predicate.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "exporter/input/statement.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input {
namespace {

constexpr absl::string_view kSpdx = "https://spdx.dev/Document";
constexpr absl::string_view kCycloneDx = "https://cyclonedx.org/bom";
constexpr absl::string_view kOpenVex = "https://openvex.dev/ns";
constexpr absl::string_view kCosignVuln = "https://cosign.sigstore.dev/attestation/vuln/v1";
constexpr absl::string_view kVulns = "https://in-toto.io/attestation/vulns/v0.2";
constexpr absl::string_view kTestResult = "https://in-toto.io/attestation/test-result/v0.1";

// A document that is known by its members.
struct Document {
  absl::string_view members;  // all of them, with spaces between
  absl::string_view context;  // what "@context" begins with; "" for documents without
  absl::string_view what;     // "an SPDX 2 document"
  absl::string_view type;     // its predicate type
  absl::string_view names;    // the user's names for it, with spaces between; the first is suggested
};

// The first that fits counts.
constexpr Document kDocuments[] = {
    {"spdxVersion", "", "an SPDX 2 document", kSpdx, "spdx sbom"},
    {"bomFormat", "", "a CycloneDX document", kCycloneDx, "cyclonedx sbom"},
    {"buildDefinition", "", "SLSA v1 provenance", "https://slsa.dev/provenance/v1", "provenance slsa"},
    {"buildType", "", "SLSA v0.2 provenance", "https://slsa.dev/provenance/v0.2", "provenance slsa"},
    {"@context", kOpenVex, "an OpenVEX document", kOpenVex, "vex openvex"},
    {"invocation scanner", "", "a vulnerability scan in cosign's form", kCosignVuln, "vuln"},
    {"scanner metadata", "", "a vulnerability scan in in-toto's form", kVulns, "vuln"},
    {"result configuration", "", "a test result", kTestResult, "test"},
};

// A document that no name stands for, and what helps.
struct Other {
  absl::string_view members;
  absl::string_view context;
  absl::string_view what;
  absl::string_view instead;
};

constexpr Other kOthers[] = {
    {"@context @graph", "https://spdx.org/rdf/3", "an SPDX 3 document",
     "write type=https://spdx.dev/Document/v3, which keeps it as it is, or SPDX 2.3 in JSON"},
    {"artifacts descriptor", "", "Syft's own JSON", "syft -o spdx-json writes SPDX"},
    {"ArtifactName SchemaVersion", "", "Trivy's own JSON",
     "trivy image --format spdx-json or cosign-vuln writes what is taken"},
    {"matches descriptor", "", "Grype's own JSON", "grype has no form that is taken; write its predicate type, a URI"},
    {"runs version", "", "a SARIF log", "write its predicate type, a URI"},
    {"document product_tree", "", "a CSAF document", "write its predicate type, a URI"},
    {"sbom", "", "GitHub's export of an SBOM", "its member \"sbom\" is the SPDX document: jq .sbom"},
    {"layers config", "", "an image manifest", "an SBOM or another statement is wanted"},
    {"refs", "", "the result.json of a result directory", "an SBOM or another statement is wanted"},
};

bool Fits(const oci::json::Fields& fields, absl::string_view members, absl::string_view context) {
  for (const absl::string_view member : absl::StrSplit(members, ' ')) {
    if (fields.Find(member).empty()) return false;
  }
  if (context.empty()) return true;
  // A list of contexts is looked at as it is written.
  const absl::string_view raw = fields.Find("@context");
  return absl::StrContains(raw.substr(0, 1024), absl::StrCat("\"", context));
}

bool HasWord(absl::string_view words, absl::string_view word) {
  const std::vector<absl::string_view> split = absl::StrSplit(words, ' ');
  return std::find(split.begin(), split.end(), word) != split.end();
}

// "an SPDX 2 document or a CycloneDX document".
std::string TakenUnder(absl::string_view name) {
  std::vector<absl::string_view> taken;
  for (const Document& document : kDocuments) {
    if (HasWord(document.names, name)) taken.push_back(document.what);
  }
  return absl::StrJoin(taken, " or ");
}

absl::Status IsAnother(absl::string_view name, absl::string_view what, absl::string_view instead) {
  return oci::InvalidInputError(
      absl::StrCat("it is ", what, ", and type=", name, " takes ", TakenUnder(name), " in JSON: ", instead));
}

}  // namespace

std::vector<std::string> PredicateNames() {
  return {"sbom", "spdx", "cyclonedx", "provenance", "slsa", "vex", "openvex", "vuln", "test"};
}

bool IsPredicateName(absl::string_view name) {
  const std::vector<std::string> names = PredicateNames();
  return std::find(names.begin(), names.end(), name) != names.end();
}

absl::StatusOr<std::string> PredicateTypeOf(absl::string_view name, absl::string_view json) {
  const absl::Status unknown = oci::InvalidInputError(
      absl::StrCat("it is no ", name, " document of a known kind: type=", name, " takes ", TakenUnder(name),
                   " in JSON; another document needs its predicate type, a URI"));
  if (oci::json::KindOf(json) != oci::json::Kind::kObject) return unknown;
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(json));
  for (const Document& document : kDocuments) {
    if (!Fits(fields, document.members, document.context)) continue;
    if (HasWord(document.names, name)) return std::string(document.type);
    const absl::string_view instead = document.names.substr(0, document.names.find(' '));
    return IsAnother(name, document.what, absl::StrCat("write type=", instead));
  }
  for (const Other& other : kOthers) {
    if (Fits(fields, other.members, other.context)) return IsAnother(name, other.what, other.instead);
  }
  return unknown;
}

bool HasName(absl::string_view predicate_type, absl::string_view name) {
  const auto is = [predicate_type](absl::string_view type) {
    return predicate_type == type || absl::StartsWith(predicate_type, absl::StrCat(type, "/"));
  };
  if (name == "sbom" || name == "provenance") return ReasonOfPredicate(predicate_type) == name;
  if (name == "slsa") return ReasonOfPredicate(predicate_type) == "provenance";
  if (name == "spdx") return is(kSpdx);
  if (name == "cyclonedx") return is(kCycloneDx);
  if (name == "vex" || name == "openvex") return is(kOpenVex);
  if (name == "vuln") return predicate_type == kCosignVuln || is("https://in-toto.io/attestation/vulns");
  return name == "test" && is("https://in-toto.io/attestation/test-result");
}

absl::Status CheckPredicateType(absl::string_view said, absl::string_view predicate_type) {
  if (IsPredicateName(said) ? HasName(predicate_type, said) : predicate_type == said) return absl::OkStatus();
  return oci::InvalidInputError(
      absl::StrCat("a statement with predicate type ", predicate_type, " is not of type ", said));
}

}  // namespace waybill::exporter::input
