// SPDX-License-Identifier: Apache-2.0
#include "oci/io/hashing.h"

#include <array>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/status_macros.h"

namespace waybill::oci::io {
namespace {

constexpr size_t kSlots = 4;
// Shorter streams are hashed where they are copied: a thread would cost more than it saves.
constexpr int64_t kBackgroundFrom = 4 << 20;

// Hashes chunks in order on a thread of its own. One owner calls Await, Add and Finish.
class BackgroundHasher {
 public:
  explicit BackgroundHasher(Hasher hasher) : hasher_(std::move(hasher)), thread_([this] { Run(); }) {}
  ~BackgroundHasher() { Stop(); }

  // Blocks until fewer than kSlots chunks are waiting: the oldest chunk's memory is free again then.
  void Await() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &BackgroundHasher::HasSpace));
  }
  // `chunk` must stay until kSlots - 1 more were added and Await returned, or until Finish.
  void Add(absl::string_view chunk) {
    absl::MutexLock lock(&mutex_);
    chunks_[added_++ % kSlots] = chunk;
  }
  Digest Finish() {
    Stop();
    return hasher_.Current();
  }

 private:
  bool HasSpace() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return added_ - hashed_ < kSlots; }
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return added_ > hashed_ || stopping_; }

  void Run() {
    while (true) {
      absl::string_view chunk;
      {
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(this, &BackgroundHasher::HasWork));
        if (added_ == hashed_) return;
        chunk = chunks_[hashed_ % kSlots];
      }
      hasher_.Update(chunk);
      absl::MutexLock lock(&mutex_);
      ++hashed_;
    }
  }

  // What was added is hashed first.
  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    if (thread_.joinable()) thread_.join();
  }

  Hasher hasher_;  // the thread's until it is joined
  absl::Mutex mutex_;
  std::array<absl::string_view, kSlots> chunks_ ABSL_GUARDED_BY(mutex_);
  size_t added_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t hashed_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace

absl::Status HashingWriter::Write(absl::string_view bytes) {
  hasher_.Update(bytes);
  size_ += static_cast<int64_t>(bytes.size());
  return to_.Write(bytes);
}

absl::StatusOr<size_t> HashingReader::Read(absl::Span<char> buffer) {
  ABSL_ASSIGN_OR_RETURN(const size_t count, from_->Read(buffer));
  hasher_.Update(absl::string_view(buffer.data(), count));
  size_ += static_cast<int64_t>(count);
  return count;
}

absl::StatusOr<Hashed> CopyHashed(const Context& context, Reader& from, Writer& to, Hasher hasher, int64_t limit) {
  std::array<std::unique_ptr<char[]>, kSlots> slots;
  std::optional<BackgroundHasher> background;
  int64_t size = 0;
  for (size_t i = 0;; i = (i + 1) % kSlots) {
    ABSL_RETURN_IF_ERROR(context.Check());
    if (!background.has_value() && size >= kBackgroundFrom) background.emplace(std::move(hasher));
    if (background.has_value()) background->Await();
    if (slots[i] == nullptr) slots[i] = std::make_unique_for_overwrite<char[]>(kCopyBufferBytes);
    ABSL_ASSIGN_OR_RETURN(const size_t count, from.Read(absl::MakeSpan(slots[i].get(), kCopyBufferBytes)));
    if (count == 0) break;
    size += static_cast<int64_t>(count);
    if (limit >= 0 && size > limit) break;
    const absl::string_view chunk(slots[i].get(), count);
    if (background.has_value()) {
      background->Add(chunk);
    } else {
      hasher.Update(chunk);
    }
    ABSL_RETURN_IF_ERROR(to.Write(chunk));
  }
  return Hashed{size, background.has_value() ? background->Finish() : hasher.Current()};
}

}  // namespace waybill::oci::io
