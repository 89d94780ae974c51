// SPDX-License-Identifier: Apache-2.0
// A sink of spans that remembers.
#ifndef WAYBILL_OCI_TESTING_RECORDED_SPANS_H_
#define WAYBILL_OCI_TESTING_RECORDED_SPANS_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/trace/span.h"

namespace waybill::oci::testing {

// Takes up every trace. Ids count up, and a second passes with each span. Thread-safe.
class RecordedSpans : public trace::SpanSink {
 public:
  trace::SpanContext Enter(const trace::SpanContext& remote) override {
    trace::SpanContext here = remote;
    if (!remote.valid()) {
      here = {};
      here.trace.back() = 1;
    }
    here.sampled = true;
    return here;
  }
  Start Begin() override {
    absl::MutexLock lock(&mutex_);
    ++begun_;
    Start start{.at = absl::FromUnixSeconds(begun_)};
    start.id[6] = static_cast<uint8_t>(begun_ >> 8);
    start.id[7] = static_cast<uint8_t>(begun_);
    return start;
  }
  void End(trace::EndedSpan span) override {
    absl::MutexLock lock(&mutex_);
    spans_.push_back(std::move(span));
  }

  // In the order in which they ended.
  std::vector<trace::EndedSpan> spans() const {
    absl::MutexLock lock(&mutex_);
    return spans_;
  }
  // "deliver/blob/PUT": the names from the root on, sorted. A parent that has not ended, and one of another process, is
  // left out.
  std::vector<std::string> paths() const {
    const std::vector<trace::EndedSpan> spans = this->spans();
    std::vector<std::string> paths;
    for (const trace::EndedSpan& span : spans) paths.push_back(PathOf(spans, span));
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  // As text; "" when it is not there.
  static std::string Attribute(const trace::EndedSpan& span, absl::string_view key) {
    for (const auto& [name, value] : span.attributes) {
      if (name != key) continue;
      if (const auto* const number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
      return std::get<std::string>(value);
    }
    return "";
  }

 private:
  static std::string PathOf(const std::vector<trace::EndedSpan>& spans, const trace::EndedSpan& span) {
    const auto parent = std::find_if(spans.begin(), spans.end(),
                                     [&span](const trace::EndedSpan& other) { return other.self.span == span.parent; });
    return parent == spans.end() ? span.name : absl::StrCat(PathOf(spans, *parent), "/", span.name);
  }

  mutable absl::Mutex mutex_;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<trace::EndedSpan> spans_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace waybill::oci::testing

#endif  // WAYBILL_OCI_TESTING_RECORDED_SPANS_H_
