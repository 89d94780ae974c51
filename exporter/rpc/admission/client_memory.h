// SPDX-License-Identifier: Apache-2.0
// The bytes that a server holds in memory for its clients: requests that wait, answers that nobody has read.
#ifndef WAYBILL_EXPORTER_RPC_ADMISSION_CLIENT_MEMORY_H_
#define WAYBILL_EXPORTER_RPC_ADMISSION_CLIENT_MEMORY_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace waybill::exporter::rpc::admission {

// A budget in all, and one for each client: the rest is for the others. Thread-safe.
class ClientMemory {
 public:
  // What a call holds, until this is destroyed or given back. The budget outlives it. Not thread-safe.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept { *this = std::move(other); }
    Hold& operator=(Hold&& other) noexcept {
      std::swap(memory_, other.memory_);
      client_.swap(other.client_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Hold() { Release(); }

    void Release();
    // Holds so many bytes instead. UNAVAILABLE as in ClientMemory::Take, and then as many as before.
    absl::Status Resize(int64_t bytes);
    int64_t bytes() const { return bytes_; }

   private:
    friend class ClientMemory;
    ClientMemory* memory_ = nullptr;
    std::string client_;
    int64_t bytes_ = 0;
  };

  // Both in bytes.
  ClientMemory(int64_t limit, int64_t limit_of_one) : limit_(limit), limit_of_one_(limit_of_one) {}

  // `client` is a name (client_name.h), or gRPC's of the other end (ServerContext::peer), of which the port does not
  // count. UNAVAILABLE when this client, or all
  // together, would hold too much: try again later.
  absl::StatusOr<Hold> Take(absl::string_view client, int64_t bytes);
  // In all.
  int64_t held() const;

 private:
  // `bytes` is positive.
  absl::Status Add(const std::string& client, int64_t bytes);
  void Subtract(const std::string& client, int64_t bytes);

  const int64_t limit_;
  const int64_t limit_of_one_;
  mutable absl::Mutex mutex_;
  int64_t held_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int64_t> by_client_ ABSL_GUARDED_BY(mutex_);  // those that hold something
};

}  // namespace waybill::exporter::rpc::admission

#endif  // WAYBILL_EXPORTER_RPC_ADMISSION_CLIENT_MEMORY_H_
