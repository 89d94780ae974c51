// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/known_signatures.h"

#include "attest/reader/content.h"
#include "attest/sign/check.h"
#include "oci/status_macros.h"

namespace waybill::attest::publish {

absl::Status KnownSignatures::Find(const oci::Context& context, const reader::ImageTree& tree,
                                   const std::vector<reader::Attestation>& attestations, const sign::SigningKey& key,
                                   oci::content::Fetcher& content) {
  for (const reader::Attestation& one : attestations) {
    const reader::Item& item = tree.nodes[one.node].items[one.item];
    if (item.content.kind != reader::ContentKind::kBundle) continue;
    const absl::StatusOr<sign::Signature> signature =
        sign::CheckSignature(context, content, item.descriptor, item.content.kind, {key.public_key()});
    ABSL_RETURN_IF_ERROR(context.Check());
    if (signature.ok() && signature->result == sign::Signature::Result::kVerified) {
      signed_.insert({one.about, *signature->payload});
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::attest::publish
