// SPDX-License-Identifier: Apache-2.0
// What is signed: bytes that pass.
#ifndef WAYBILL_ATTEST_SIGN_MESSAGE_H_
#define WAYBILL_ATTEST_SIGN_MESSAGE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/digest.h"
#include "oci/io/stream.h"

namespace waybill::attest::sign {

// Ed25519 (RFC 8032) reads its message twice, so that the message has to be in memory: at most so many bytes.
inline constexpr size_t kMaxWholeBytes = 64 << 20;

// Takes a message in pieces. The other kinds of keys sign its SHA-256. Not thread-safe.
class Message final : public oci::io::Writer {
 public:
  // `whole` keeps the bytes for Ed25519; Write fails with UNIMPLEMENTED beyond kMaxWholeBytes.
  explicit Message(bool whole) : keeps_whole_(whole) {}
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override { return absl::OkStatus(); }

  // 32 bytes.
  std::string sha256() const;
  // Empty unless they are kept.
  absl::string_view whole() const { return whole_; }

 private:
  const bool keeps_whole_;
  oci::Hasher hasher_;
  std::string whole_;
};

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_MESSAGE_H_
