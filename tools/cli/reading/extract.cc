// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/reading/extract.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "attest/predicate_types.h"
#include "attest/verify/check.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/fd.h"
#include "oci/platform.h"
#include "oci/status_macros.h"
#include "tools/cli/terminal/progress.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::reading {
namespace {

using attest::reader::Attestation;
using attest::reader::ImageTree;
using attest::reader::Item;
using attest::reader::Node;
using attest::reader::NodeKind;

constexpr size_t kNameDigits = 12;
constexpr size_t kMaxNameBytes = 60;

const Item& ItemOf(const ImageTree& tree, const Attestation& one) { return tree.nodes[one.node].items[one.item]; }

// "linux/amd64", "index", "attestation".
std::string AboutOf(const ImageTree& tree, const Attestation& one) {
  const Node& about = tree.nodes[one.about];
  if (about.platform.has_value()) return oci::FormatShort(oci::Normalize(*about.platform));
  return about.kind == NodeKind::kIndex         ? "index"
         : about.kind == NodeKind::kAttestation ? "attestation"
         : about.kind == NodeKind::kImage       ? "image"
                                                : "artifact";
}

std::string TypeOf(const Item& item) {
  if (!item.predicate_type().empty()) return item.predicate_type();
  return std::string(attest::reader::KindName(item.content.kind));
}

// What a file's name may have, from what others wrote.
std::string AsFileName(absl::string_view text) {
  std::string name;
  for (const char byte : text) {
    const bool plain = absl::ascii_isalnum(byte) || byte == '.' || byte == '_';
    if (name.size() < kMaxNameBytes) name.push_back(plain ? byte : '-');
  }
  return name;
}

std::string FileName(const ImageTree& tree, const Attestation& one) {
  const Item& item = ItemOf(tree, one);
  const absl::string_view alias = attest::AliasOfType(item.predicate_type());
  const std::string type = alias.empty() ? TypeOf(item) : std::string(alias);
  return absl::StrCat(AsFileName(AboutOf(tree, one)), "-", AsFileName(type), "-",
                      item.descriptor.digest.hex().substr(0, kNameDigits), ".json");
}

// What an item must be to have the part.
absl::Status Write(const oci::Context& context, oci::content::Fetcher& from, const Item& item,
                   attest::reader::Part part, oci::io::Writer& out) {
  ABSL_RETURN_IF_ERROR(item.status);
  return attest::reader::WritePart(context, from, item.descriptor, item.content.kind, part, out);
}

}  // namespace

std::string AttestationsText(const ImageTree& tree, const std::vector<Attestation>& attestations) {
  std::string text;
  for (const Attestation& one : attestations) {
    const Item& item = ItemOf(tree, one);
    const std::string sources = absl::StrJoin(one.sources, "+", [](std::string* out, attest::reader::Source source) {
      absl::StrAppend(out, attest::reader::SourceName(source));
    });
    const std::string line = absl::StrFormat(
        "%-14s %-16s %-34s %8s  %s  %s", AboutOf(tree, one), attest::reader::KindName(item.content.kind), TypeOf(item),
        terminal::FormatBytes(item.descriptor.size), item.descriptor.digest.ToString(), sources);
    absl::StrAppend(&text, terminal::Printable(line), "\n");
    if (!item.status.ok()) absl::StrAppend(&text, "  ! ", terminal::Printable(item.status.message()), "\n");
  }
  return text;
}

absl::Status WriteOnly(const oci::Context& context, oci::content::Fetcher& from, const ImageTree& tree,
                       const std::vector<Attestation>& attestations, attest::reader::Part part, oci::io::Writer& out) {
  std::set<oci::Digest> digests;
  std::set<std::string> names;
  for (const Attestation& one : attestations) {
    digests.insert(ItemOf(tree, one).descriptor.digest);
    names.insert(absl::StrCat(AboutOf(tree, one), " ", TypeOf(ItemOf(tree, one))));
  }
  if (digests.empty()) return oci::NotFoundError("the image has no such attestation");
  if (digests.size() > 1) {
    return oci::InvalidInputError(absl::StrCat(digests.size(), " attestations match (", absl::StrJoin(names, ", "),
                                               "); choose one with --platform and --type, or write all with --output"));
  }
  return Write(context, from, ItemOf(tree, attestations.front()), part, out);
}

absl::StatusOr<std::vector<std::string>> WriteAll(const oci::Context& context, oci::content::Fetcher& from,
                                                  const ImageTree& tree, const std::vector<Attestation>& attestations,
                                                  attest::reader::Part part, const std::string& directory) {
  if (attestations.empty()) return oci::NotFoundError("the image has no such attestation");
  ABSL_RETURN_IF_ERROR(oci::file::MakeDirectories(directory));
  std::vector<std::string> names;
  for (const Attestation& one : attestations) {
    const Item& item = ItemOf(tree, one);
    const std::string name = FileName(tree, one);
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::AtomicFile> file,
                          oci::file::AtomicFile::Create(absl::StrCat(directory, "/", name), {}));
    const absl::Status written = Write(context, from, item, part, *file);
    if (!written.ok()) return oci::Annotate(written, item.descriptor.digest.ToString());
    ABSL_RETURN_IF_ERROR(file->Commit());
    names.push_back(name);
  }
  return names;
}

}  // namespace waybill::cli::reading
