// SPDX-License-Identifier: Apache-2.0
// How much each client may have of something at once: calls, exports.
#ifndef WAYBILL_EXPORTER_RPC_ADMISSION_CLIENT_PLACES_H_
#define WAYBILL_EXPORTER_RPC_ADMISSION_CLIENT_PLACES_H_

#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace waybill::exporter::rpc::admission {

// Thread-safe.
class ClientPlaces {
 public:
  // One of a client's, until this is destroyed. The places outlive it. Not thread-safe.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept { *this = std::move(other); }
    Place& operator=(Place&& other) noexcept {
      std::swap(places_, other.places_);
      client_.swap(other.client_);
      return *this;
    }
    ~Place() {
      if (places_ != nullptr) places_->Leave(client_);
    }

   private:
    friend class ClientPlaces;
    ClientPlaces* places_ = nullptr;
    std::string client_;
  };

  // `what` there is one place for ("exports"), and `flag`, by which an operator gives clients more
  // ("--client-exports").
  ClientPlaces(std::string what, std::string flag, int limit)
      : what_(std::move(what)), flag_(std::move(flag)), limit_(limit) {}

  // RESOURCE_EXHAUSTED, naming the limit and its flag, when this client has all of its places.
  absl::StatusOr<Place> Take(const std::string& client);

 private:
  void Leave(const std::string& client);

  const std::string what_;
  const std::string flag_;
  const int limit_;
  absl::Mutex mutex_;
  std::map<std::string, int> taken_ ABSL_GUARDED_BY(mutex_);  // of clients that have some
};

}  // namespace waybill::exporter::rpc::admission

#endif  // WAYBILL_EXPORTER_RPC_ADMISSION_CLIENT_PLACES_H_
