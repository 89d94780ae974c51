// SPDX-License-Identifier: Apache-2.0
#include "oci/content/traced_source.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"

namespace waybill::oci::content {
namespace {

constexpr int64_t kReportEvery = 1 << 20;

}  // namespace

class TracedSource::Reader : public io::Reader {
 public:
  Reader(const TracedSource& source, const Context& context, std::unique_ptr<io::Reader> inner, int64_t offset)
      : source_(source), context_(context), inner_(std::move(inner)), position_(offset), reported_(offset) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    absl::StatusOr<size_t> count = inner_->Read(buffer);
    if (!count.ok()) return source_.OwnFailure(count.status());
    position_ += static_cast<int64_t>(*count);
    if (position_ - reported_ >= kReportEvery || (*count == 0 && position_ > reported_)) Report();
    return count;
  }

 private:
  void Report() {
    reported_ = position_;
    context_.Report({.item = source_.item_,
                     .state = ProgressEvent::State::kTransferring,
                     .current = position_,
                     .total = source_.size()});
  }

  const TracedSource& source_;
  const Context context_;
  const std::unique_ptr<io::Reader> inner_;
  int64_t position_;
  int64_t reported_;
};

absl::Status TracedSource::OwnFailure(const absl::Status& status) const {
  *failed_ = true;
  return Annotate(status, absl::StrCat("source: blob ", item_));
}

absl::StatusOr<std::unique_ptr<io::Reader>> TracedSource::Open(const Context& context, int64_t offset) const {
  *failed_ = false;
  absl::StatusOr<std::unique_ptr<io::Reader>> reader = inner_->Open(context, offset);
  if (!reader.ok()) return OwnFailure(reader.status());
  return std::make_unique<Reader>(*this, context, *std::move(reader), offset);
}

}  // namespace waybill::oci::content
