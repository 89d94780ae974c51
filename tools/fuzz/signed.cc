// SPDX-License-Identifier: Apache-2.0
// attest/sign: what stands around the payload of a bundle or an envelope does not depend on how its bytes come; a blob
// that fails halfway gives nothing; public keys in any bytes are refused or usable. Input: one byte, the size of a
// piece, then the blob.
#include <string>

#include "attest/sign/envelope_fields.h"
#include "attest/sign/key.h"
#include "tools/fuzz/require.h"

namespace sign = waybill::attest::sign;
using waybill::fuzz::Require;

namespace {

// Whether all of it was taken.
bool Feed(sign::EnvelopeFields& fields, absl::string_view blob, size_t piece) {
  for (size_t at = 0; at < blob.size(); at += piece) {
    if (!fields.Write(blob.substr(at, piece)).ok()) return false;
  }
  return fields.Close().ok();
}

void Compare(absl::string_view blob, size_t piece, bool in_bundle) {
  sign::EnvelopeFields whole(in_bundle), cut(in_bundle);
  const bool taken = Feed(whole, blob, blob.size());
  Require(Feed(cut, blob, piece) == taken, "pieces do not matter");
  if (!taken) return;
  Require(whole.payload_types() == cut.payload_types() && whole.signatures() == cut.signatures() &&
              whole.media_types() == cut.media_types() && whole.key_ids() == cut.key_ids() &&
              whole.hints() == cut.hints() && whole.has_certificate() == cut.has_certificate(),
          "nor for the fields");
  Require(whole.payload_size() == cut.payload_size(), "nor for the payload");
  Require(whole.payload_size() <= static_cast<int64_t>(blob.size()), "base64 makes nothing larger");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t piece = data[0] + size_t{1};
  const absl::string_view blob = waybill::fuzz::View(data + 1, size - 1);
  Compare(blob, piece, /*in_bundle=*/true);
  Compare(blob, piece, /*in_bundle=*/false);
  if (const auto key = sign::PublicKey::FromPem(blob); key.ok()) {
    Require(!key->Verifies(sign::Message(key->needs_whole()), blob), "nothing signs itself");
  }
  return 0;
}
