// SPDX-License-Identifier: Apache-2.0
// Reading gzip (RFC 1952).
#ifndef WAYBILL_OCI_COMPRESS_GZIP_H_
#define WAYBILL_OCI_COMPRESS_GZIP_H_

#include <memory>
#include <string>

#include "oci/io/stream.h"

namespace waybill::oci::compress {

// Members one after the other are one stream, as layers of several members (eStargz, pigz) need. Checksums and lengths
// are verified. What it gives is bounded by what is read: the caller counts. Errors: INVALID_ARGUMENT saying at which
// uncompressed byte the data is corrupt or cut short.
class GzipReader : public io::Reader {
 public:
  explicit GzipReader(std::unique_ptr<io::Reader> from);
  ~GzipReader() override;
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;

 private:
  struct State;
  enum class Phase { kMember, kBetween, kEnd };

  absl::Status Refill();
  absl::Status BeginNextMember();
  absl::Status Corrupt(absl::string_view what) const;

  const std::unique_ptr<io::Reader> from_;
  const std::unique_ptr<State> state_;
  std::string input_;
  Phase phase_ = Phase::kMember;
  int64_t position_ = 0;  // uncompressed bytes given
};

}  // namespace waybill::oci::compress

#endif  // WAYBILL_OCI_COMPRESS_GZIP_H_
