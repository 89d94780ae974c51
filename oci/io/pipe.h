// SPDX-License-Identifier: Apache-2.0
// A bounded pipe between two threads of this process: one writes bytes, the other reads them.
#ifndef WAYBILL_OCI_IO_PIPE_H_
#define WAYBILL_OCI_IO_PIPE_H_

#include <cstddef>
#include <deque>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "oci/io/stream.h"

namespace waybill::oci::io {

// Holds at most `capacity` bytes. One thread writes and then calls Finish; another reads and may call Abandon. Neither
// waits for ever when the other ends as it must: a writer always calls Finish, a reader reads to the end or Abandons.
class Pipe {
 public:
  explicit Pipe(size_t capacity) : capacity_(capacity), writer_(*this), reader_(*this) {}

  // Waits while the pipe is full. CANCELLED once the reader has abandoned. Close does nothing: Finish ends the stream.
  Writer& writer() { return writer_; }
  // The end of the stream: after the bytes written so far the reader gets `status`, or the end when it is OK.
  void Finish(const absl::Status& status);

  // Waits while the pipe is empty. Fails with the status that Finish was given.
  Reader& reader() { return reader_; }
  // The reader takes no more.
  void Abandon();

 private:
  class WriterEnd : public Writer {
   public:
    explicit WriterEnd(Pipe& pipe) : pipe_(pipe) {}
    absl::Status Write(absl::string_view bytes) override { return pipe_.Put(bytes); }
    absl::Status Close() override { return absl::OkStatus(); }

   private:
    Pipe& pipe_;
  };
  class ReaderEnd : public Reader {
   public:
    explicit ReaderEnd(Pipe& pipe) : pipe_(pipe) {}
    absl::StatusOr<size_t> Read(absl::Span<char> buffer) override { return pipe_.Take(buffer); }

   private:
    Pipe& pipe_;
  };

  absl::Status Put(absl::string_view bytes);
  absl::StatusOr<size_t> Take(absl::Span<char> buffer);
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return abandoned_ || held_ < capacity_; }
  bool HasNews() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return finished_ || held_ > 0; }

  const size_t capacity_;
  WriterEnd writer_;
  ReaderEnd reader_;
  absl::Mutex mu_;
  std::deque<std::string> chunks_ ABSL_GUARDED_BY(mu_);
  size_t offset_ ABSL_GUARDED_BY(mu_) = 0;  // read of the first chunk
  size_t held_ ABSL_GUARDED_BY(mu_) = 0;    // bytes in all chunks
  bool abandoned_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mu_);
};

}  // namespace waybill::oci::io

#endif  // WAYBILL_OCI_IO_PIPE_H_
