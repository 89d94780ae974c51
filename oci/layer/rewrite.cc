// SPDX-License-Identifier: Apache-2.0
#include "oci/layer/rewrite.h"

#include <memory>
#include <optional>

#include "oci/status_macros.h"
#include "oci/tar/reader.h"
#include "oci/tar/writer.h"

namespace waybill::oci::layer {
namespace {

// Go counts seconds from the year 1, so that times near the end of the range wrap around and come before all others.
int64_t SinceYearOne(const tar::Time& time) {
  constexpr uint64_t kYearOneTo1970 = 62135596800;
  return static_cast<int64_t>(static_cast<uint64_t>(time.seconds) + kYearOneTo1970);
}

void Lower(tar::Time& time, const tar::Time& epoch) {
  const int64_t a = SinceYearOne(time);
  const int64_t b = SinceYearOne(epoch);
  if (a > b || (a == b && time.nanoseconds > epoch.nanoseconds)) time = epoch;
}

void LowerTimes(tar::Entry& entry, const tar::Time& epoch) {
  if (entry.type == tar::kPaxGlobal) return;  // it has none
  Lower(entry.mtime, epoch);
  if (entry.atime.has_value()) Lower(*entry.atime, epoch);
  if (entry.ctime.has_value()) Lower(*entry.ctime, epoch);
}

class Buffer {
 public:
  // Passes on everything that `from` still gives, or drops it.
  absl::Status Drain(const Context& context, io::Reader& from, io::Writer* to) {
    while (true) {
      ABSL_RETURN_IF_ERROR(context.Check());
      ABSL_ASSIGN_OR_RETURN(const size_t count, from.Read(absl::MakeSpan(bytes_.get(), io::kCopyBufferBytes)));
      if (count == 0) return absl::OkStatus();
      if (to != nullptr) ABSL_RETURN_IF_ERROR(to->Write(absl::string_view(bytes_.get(), count)));
    }
  }

 private:
  const std::unique_ptr<char[]> bytes_ = std::make_unique_for_overwrite<char[]>(io::kCopyBufferBytes);
};

}  // namespace

absl::Status RewriteTimestamps(const Context& context, io::Reader& from, int64_t epoch, io::Writer& to) {
  tar::Reader reader(from);
  tar::Writer writer(to);
  Buffer buffer;
  while (true) {
    ABSL_ASSIGN_OR_RETURN(std::optional<tar::Entry> entry, reader.Next(context));
    if (!entry.has_value()) break;
    LowerTimes(*entry, {epoch, 0});
    ABSL_RETURN_IF_ERROR(writer.Begin(*entry));
    ABSL_RETURN_IF_ERROR(buffer.Drain(context, reader, &writer));
  }
  ABSL_RETURN_IF_ERROR(writer.Close());
  return buffer.Drain(context, from, nullptr);
}

}  // namespace waybill::oci::layer
