// SPDX-License-Identifier: Apache-2.0
#include "oci/io/hashing.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/status_macros.h"
#include "oci/work/pool.h"

namespace waybill::oci::io {
namespace {

constexpr size_t kSlots = 4;
// Shorter streams are hashed where they are copied: a thread would cost more than it saves.
constexpr int64_t kBackgroundFrom = 4 << 20;

// Hashes chunks in order: on a thread of the pool when one is free, otherwise on the owner's when it would have to
// wait. One owner calls Await, Add and Finish.
class BackgroundHasher {
 public:
  explicit BackgroundHasher(Hasher hasher) : state_(std::make_shared<State>(std::move(hasher))) {}
  // Afterwards no chunk is looked at any more.
  ~BackgroundHasher() {
    absl::MutexLock lock(&state_->mutex);
    state_->added = state_->hashed + (state_->hashing ? 1 : 0);
    state_->mutex.Await(absl::Condition(state_.get(), &State::IsFree));
  }

  // Returns when fewer than kSlots chunks are waiting: the oldest chunk's memory is free again then.
  void Await() {
    absl::MutexLock lock(&state_->mutex);
    state_->HashUntil(kSlots - 1);
  }
  // `chunk` must stay until kSlots - 1 more were added and Await returned, or until Finish.
  void Add(absl::string_view chunk) {
    absl::MutexLock lock(&state_->mutex);
    state_->chunks[state_->added++ % kSlots] = chunk;
    if (std::exchange(state_->posted, true)) return;
    work::Pool::OfProcess().Post(work::Pool::Kind::kHelp, [state = state_] {
      absl::MutexLock posted_lock(&state->mutex);
      state->HashUntil(0);
      state->posted = false;
    });
  }
  Digest Finish() {
    absl::MutexLock lock(&state_->mutex);
    state_->HashUntil(0);
    return state_->hasher.Current();
  }

 private:
  // Shared: a thread of the pool may come when everything is hashed already.
  struct State {
    explicit State(Hasher empty) : hasher(std::move(empty)) {}
    bool IsFree() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return !hashing; }

    // Hashes, or lets another thread do it, until at most `left` chunks wait.
    void HashUntil(size_t left) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
      while (added - hashed > left) {
        if (hashing) {
          mutex.Await(absl::Condition(this, &State::IsFree));
          continue;
        }
        hashing = true;
        const absl::string_view chunk = chunks[hashed % kSlots];
        mutex.Unlock();
        hasher.Update(chunk);
        mutex.Lock();
        hashing = false;
        ++hashed;
      }
    }

    Hasher hasher;  // of the thread that set `hashing`
    absl::Mutex mutex;
    std::array<absl::string_view, kSlots> chunks ABSL_GUARDED_BY(mutex);
    size_t added ABSL_GUARDED_BY(mutex) = 0;
    size_t hashed ABSL_GUARDED_BY(mutex) = 0;
    bool hashing ABSL_GUARDED_BY(mutex) = false;
    bool posted ABSL_GUARDED_BY(mutex) = false;  // a task that has not ended
  };
  const std::shared_ptr<State> state_;
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
