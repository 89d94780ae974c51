// SPDX-License-Identifier: Apache-2.0
// Image references: [domain/]path[:tag][@digest] (the grammar of distribution/reference).
#ifndef WAYBILL_OCI_IMAGE_REFERENCE_H_
#define WAYBILL_OCI_IMAGE_REFERENCE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/digest.h"

namespace waybill::oci::image {

// A normalised reference: "docker.io" and "library/" are filled in where they were left out. Parse is the only door.
class Reference {
 public:
  // Errors: INVALID_ARGUMENT with distribution's wording ("invalid reference format",
  // "invalid reference format: repository name (A) must be lowercase").
  static absl::StatusOr<Reference> Parse(absl::string_view text);

  // "docker.io", "localhost:5000". Empty in one odd case: when what stands before the first slash has a dot but cannot
  // be a host name ("a_b.c/app"), all of it is path.
  const std::string& domain() const { return domain_; }
  const std::string& path() const { return path_; }  // "library/alpine"
  const std::string& tag() const { return tag_; }    // "" when there is none
  const std::optional<Digest>& digest() const { return digest_; }

  // The same reference with the tag "latest" when it has neither tag nor digest.
  Reference WithDefaultTag() const;
  // "docker.io/library/alpine:3@sha256:..."
  std::string ToString() const;
  // The short form people write: "docker.io/library/" or "docker.io/" left out.
  std::string Familiar() const;
  std::string FamiliarName() const;  // without tag and digest

 private:
  Reference() = default;
  std::string Suffix() const;
  std::string domain_;
  std::string path_;
  std::string tag_;
  std::optional<Digest> digest_;
};

}  // namespace waybill::oci::image

#endif  // WAYBILL_OCI_IMAGE_REFERENCE_H_
