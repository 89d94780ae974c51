// SPDX-License-Identifier: Apache-2.0
// Attestations chosen by type, listed, and written out.
#ifndef WAYBILL_TOOLS_CLI_READING_EXTRACT_H_
#define WAYBILL_TOOLS_CLI_READING_EXTRACT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attest/reader/look.h"
#include "attest/reader/tree.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/io/stream.h"

namespace waybill::cli::reading {

// A line for each: what it is about, what it is, its type, size, digest and sources.
std::string AttestationsText(const attest::reader::ImageTree& tree,
                             const std::vector<attest::reader::Attestation>& attestations);

// The only one, streamed to `out`. Errors: NOT_FOUND when there is none and INVALID_ARGUMENT when there are several,
// with their names; those of WritePart.
absl::Status WriteOnly(const oci::Context& context, oci::content::Fetcher& from, const attest::reader::ImageTree& tree,
                       const std::vector<attest::reader::Attestation>& attestations, attest::reader::Part part,
                       oci::io::Writer& out);

// Each to a file of its own in `directory`, which is made when it is missing; a file is there in full or not at all.
// Returns the names, "<platform>-<type>-<12 hex digits>.json". Blobs that were written already are not written again.
// Errors: those of the directory, and of WritePart with the blob's digest.
absl::StatusOr<std::vector<std::string>> WriteAll(const oci::Context& context, oci::content::Fetcher& from,
                                                  const attest::reader::ImageTree& tree,
                                                  const std::vector<attest::reader::Attestation>& attestations,
                                                  attest::reader::Part part, const std::string& directory);

}  // namespace waybill::cli::reading

#endif  // WAYBILL_TOOLS_CLI_READING_EXTRACT_H_
