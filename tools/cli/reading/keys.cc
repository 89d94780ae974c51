// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/reading/keys.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/verify/check.h"
#include "oci/error.h"
#include "oci/file/settings_file.h"
#include "oci/status_macros.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::reading {
namespace {

using attest::sign::PublicKey;
using attest::verify::FoundSignature;
using Result = attest::sign::Signature::Result;

absl::string_view ResultName(Result result) {
  switch (result) {
    case Result::kVerified:
      return "verified";
    case Result::kOtherKey:
      return "by another key";
    case Result::kWrong:
      return "wrong";
    case Result::kCannotTell:
      return "not checked";
  }
  return "";
}

}  // namespace

absl::StatusOr<std::vector<PublicKey>> ReadPublicKeys(const std::vector<std::string>& files) {
  std::vector<PublicKey> keys;
  for (const std::string& file : files) {
    ABSL_ASSIGN_OR_RETURN(const std::string pem, oci::file::ReadSettingsFile(file));
    absl::StatusOr<PublicKey> key = PublicKey::FromPem(pem);
    if (!key.ok()) return oci::Annotate(key.status(), absl::StrCat("key ", file));
    keys.push_back(*std::move(key));
  }
  return keys;
}

std::string SignaturesText(const attest::reader::ImageTree& tree, const attest::verify::SignatureReport& report,
                           const std::vector<std::string>& files) {
  std::string text;
  for (const FoundSignature& one : report.signatures) {
    const attest::sign::Signature& signature = one.signature;
    std::string line = absl::StrCat(attest::verify::NameOf(tree.nodes[one.about]), ": ", one.predicate_type, ": ",
                                    ResultName(signature.result));
    if (signature.result == Result::kVerified) absl::StrAppend(&line, " by ", files[signature.key]);
    if (!signature.reason.empty()) absl::StrAppend(&line, ", ", signature.reason);
    absl::StrAppend(&text, terminal::Printable(line), "\n");
  }
  return text;
}

void WriteSignatures(oci::json::Writer& writer, const attest::reader::ImageTree& tree,
                     const attest::verify::SignatureReport& report, const std::vector<std::string>& files) {
  writer.Key("signatures").BeginArray();
  for (const FoundSignature& one : report.signatures) {
    const attest::sign::Signature& signature = one.signature;
    writer.BeginObject().Key("about").String(tree.nodes[one.about].descriptor.digest.ToString());
    writer.Key("digest").String(one.blob.ToString()).Key("predicateType").String(one.predicate_type);
    writer.Key("result").String(ResultName(signature.result));
    if (signature.result == Result::kVerified) writer.Key("key").String(files[signature.key]);
    if (signature.payload.has_value()) writer.Key("statement").String(signature.payload->ToString());
    if (!signature.reason.empty()) writer.Key("reason").String(signature.reason);
    writer.EndObject();
  }
  writer.EndArray();
}

}  // namespace waybill::cli::reading
