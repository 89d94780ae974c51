// SPDX-License-Identifier: Apache-2.0
#include "oci/io/slice.h"

#include <algorithm>
#include <utility>

#include "oci/status_macros.h"

namespace waybill::oci::io {
namespace {

class Limited : public io::Reader {
 public:
  Limited(std::unique_ptr<io::Reader> from, int64_t left) : from_(std::move(from)), left_(left) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    if (left_ == 0) return 0;
    const size_t want = std::min<int64_t>(left_, buffer.size());
    ABSL_ASSIGN_OR_RETURN(const size_t n, from_->Read(buffer.subspan(0, want)));
    left_ -= static_cast<int64_t>(n);
    return n;
  }

 private:
  std::unique_ptr<io::Reader> from_;
  int64_t left_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<io::Reader>> Slice::Open(const Context& context, int64_t offset) const {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<io::Reader> reader, whole_.Open(context, offset_ + offset));
  return std::make_unique<Limited>(std::move(reader), size_ - offset);
}

}  // namespace waybill::oci::io
