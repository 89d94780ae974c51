// SPDX-License-Identifier: Apache-2.0
#include "oci/compress/bounded.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::compress {
namespace {

// Counts what is read through it.
class CountingReader : public io::Reader {
 public:
  explicit CountingReader(std::unique_ptr<io::Reader> from) : from_(std::move(from)) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    ABSL_ASSIGN_OR_RETURN(const size_t count, from_->Read(buffer));
    count_ += static_cast<int64_t>(count);
    return count;
  }
  int64_t count() const { return count_; }

 private:
  const std::unique_ptr<io::Reader> from_;
  int64_t count_ = 0;
};

class BoundedReader : public io::Reader {
 public:
  BoundedReader(std::unique_ptr<io::Reader> unpacked, const CountingReader& packed, const UnpackLimits& limits)
      : unpacked_(std::move(unpacked)), packed_(packed), limits_(limits) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    ABSL_ASSIGN_OR_RETURN(const size_t count, unpacked_->Read(buffer));
    count_ += static_cast<int64_t>(count);
    if (count_ > limits_.bytes) {
      return InvalidInputError(absl::StrCat("the layer unpacks to more than ", limits_.bytes, " bytes"));
    }
    if (count_ > limits_.any_ratio && count_ / limits_.ratio > packed_.count()) {
      return InvalidInputError(absl::StrCat("the layer unpacks to more than ", limits_.any_ratio, " bytes and ",
                                            limits_.ratio, " times its size"));
    }
    return count;
  }

 private:
  const std::unique_ptr<io::Reader> unpacked_;
  const CountingReader& packed_;  // which unpacked_ owns
  const UnpackLimits limits_;
  int64_t count_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<io::Reader>> NewBoundedDecompressor(std::unique_ptr<io::Reader> from,
                                                                   const UnpackLimits& limits, Format* format) {
  auto packed = std::make_unique<CountingReader>(std::move(from));
  const CountingReader& count = *packed;
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<io::Reader> unpacked, NewDecompressor(std::move(packed), format));
  return std::make_unique<BoundedReader>(std::move(unpacked), count, limits);
}

}  // namespace waybill::oci::compress
