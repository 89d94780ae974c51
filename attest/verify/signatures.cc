// SPDX-License-Identifier: Apache-2.0
#include "attest/verify/signatures.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/reader/content.h"
#include "attest/verify/check.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::attest::verify {
namespace {

using reader::Attestation;
using reader::ContentKind;
using reader::ImageTree;
using reader::Item;
using reader::NodeKind;
using sign::Signature;
using Result = Signature::Result;

const Item& ItemOf(const ImageTree& tree, const Attestation& one) { return tree.nodes[one.node].items[one.item]; }

struct Task {
  Attestation attestation;
  absl::StatusOr<Signature> signature = Signature();
};

// Why the signature is a fault, or "".
std::string FaultOf(const ImageTree& tree, const Task& task) {
  if (!task.signature.ok()) return std::string(task.signature.status().message());
  if (task.signature->result == Result::kWrong) return "it names a key that was given, and that key did not sign it";
  const reader::Content& content = ItemOf(tree, task.attestation).content;
  const oci::Digest& digest = tree.nodes[task.attestation.about].descriptor.digest;
  if (task.signature->result != Result::kVerified || content.IsAbout(digest)) return "";
  return absl::StrCat("the statement that is signed does not name ", digest.ToString());
}

Finding MakeFinding(absl::string_view rule, size_t node, std::string object, std::string message) {
  return {.rule = std::string(rule), .node = node, .object = std::move(object), .message = std::move(message)};
}

}  // namespace

absl::StatusOr<SignatureReport> CheckSignatures(const oci::Context& context, oci::content::Fetcher& from,
                                                const ImageTree& tree, absl::Span<const sign::PublicKey> keys,
                                                int parallel) {
  std::vector<Task> tasks;
  for (const Attestation& one : reader::ListAttestations(tree)) {
    const ContentKind kind = ItemOf(tree, one).content.kind;
    if (kind == ContentKind::kBundle || kind == ContentKind::kEnvelope) tasks.push_back({.attestation = one});
  }
  oci::work::TaskGroup group(context, parallel);
  for (Task& task : tasks) {
    group.Add([&](const oci::Context& inner) {
      const Item& item = ItemOf(tree, task.attestation);
      task.signature = sign::CheckSignature(inner, from, item.descriptor, item.content.kind, keys);
      return inner.Check();
    });
  }
  ABSL_RETURN_IF_ERROR(group.Wait());

  SignatureReport report;
  std::vector<bool> is_signed(tree.nodes.size());
  for (Task& task : tasks) {
    const Item& item = ItemOf(tree, task.attestation);
    if (std::string fault = FaultOf(tree, task); !fault.empty()) {
      report.findings.push_back(MakeFinding(kSignatureRule, task.attestation.node,
                                            absl::StrCat("signature ", item.descriptor.digest.ToString()),
                                            std::move(fault)));
      continue;
    }
    if (task.signature->result == Result::kVerified) is_signed[task.attestation.about] = true;
    report.signatures.push_back({.about = task.attestation.about,
                                 .blob = item.descriptor.digest,
                                 .predicate_type = item.predicate_type(),
                                 .signature = *std::move(task.signature)});
  }
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    if (tree.nodes[i].kind != NodeKind::kImage || is_signed[i] || is_signed[0]) continue;
    report.findings.push_back(MakeFinding(kSignedRule, i, NameOf(tree.nodes[i]),
                                          "no key that was given signed a statement about it or about its index"));
  }
  return report;
}

}  // namespace waybill::attest::verify
