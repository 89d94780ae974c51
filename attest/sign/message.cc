// SPDX-License-Identifier: Apache-2.0
#include "attest/sign/message.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"

namespace waybill::attest::sign {

absl::Status Message::Write(absl::string_view bytes) {
  hasher_.Update(bytes);
  if (!keeps_whole_) return absl::OkStatus();
  if (whole_.size() + bytes.size() > kMaxWholeBytes) {
    return oci::UnsupportedError(absl::StrCat("an Ed25519 key signs at most ", kMaxWholeBytes,
                                              " bytes, because it needs them in memory; ECDSA and RSA have no limit"));
  }
  whole_.append(bytes.data(), bytes.size());
  return absl::OkStatus();
}

std::string Message::sha256() const { return absl::HexStringToBytes(hasher_.Current().hex()); }

}  // namespace waybill::attest::sign
