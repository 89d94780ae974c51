// SPDX-License-Identifier: Apache-2.0
// The state of one transfer, shared by the thread that asked for it and the curl thread that drives it.
#ifndef WAYBILL_OCI_HTTP_CURL_TRANSFER_H_
#define WAYBILL_OCI_HTTP_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "oci/http/headers.h"

namespace waybill::oci::http::curl {

// A bounded buffer in each direction, and what happened so far. Neither side waits for the other's I/O: the asking
// thread reads the request's body and consumes the reply's, the curl thread only copies. Owned by both through
// shared_ptr because either may be done first: a cancelled caller leaves at once, the curl thread closes the handle.
class Transfer {
 public:
  // Bytes that may wait in each direction.
  static constexpr size_t kBufferBytes = 1 << 20;

  struct Head {
    int status = 0;
    Headers headers;
    bool continued = false;
    bool multiplexed = false;  // HTTP/2
  };

  // What Wait came back for.
  enum class Event { kRoom, kHead, kData, kDone, kStopped, kTimeout };

  explicit Transfer(bool has_body) : upload_open_(has_body) {}

  // For the asking thread. CurlSide has what the curl thread calls.
  // Until one of: room in the upload buffer while it is open (kRoom), headers (kHead), bytes to take (kData; only with
  // `want_data`), the end (kDone), Stop (kStopped), `deadline` (kTimeout).
  Event Wait(absl::Time deadline, bool want_data);
  void Feed(std::string chunk);  // not empty
  void EndUpload();
  // No more bytes will come although some are owed: the reply is there already.
  void AbandonUpload();
  Head TakeHead();
  // Up to buffer.size() received bytes; 0 when none wait.
  size_t Take(absl::Span<char> buffer);
  void Stop();  // from a stop callback
  absl::Status result() const;

  // Body bytes that left.
  std::atomic<int64_t> sent{0};
  // Set once before the curl thread sees the transfer, then that thread's own.
  CURL* handle = nullptr;
  curl_slist* header_list = nullptr;
  std::string proxy;      // redacted, for messages; "" for a direct connection
  std::string authority;  // "host:port" that is asked for
  absl::Duration connect_limit;
  char error[CURL_ERROR_SIZE] = {};

  ~Transfer();

 private:
  friend class CurlSide;
  bool Ready(bool want_data) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  bool upload_open_ ABSL_GUARDED_BY(mu_);
  bool upload_abandoned_ ABSL_GUARDED_BY(mu_) = false;
  std::deque<std::string> upload_ ABSL_GUARDED_BY(mu_);
  size_t upload_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  size_t upload_offset_ ABSL_GUARDED_BY(mu_) = 0;  // in the front chunk
  bool upload_begun_ ABSL_GUARDED_BY(mu_) = false;
  bool upload_paused_ ABSL_GUARDED_BY(mu_) = false;
  std::string download_ ABSL_GUARDED_BY(mu_);
  size_t download_offset_ ABSL_GUARDED_BY(mu_) = 0;
  bool download_paused_ ABSL_GUARDED_BY(mu_) = false;
  int64_t received_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t expected_ ABSL_GUARDED_BY(mu_) = -1;  // Content-Length of the reply
  Head head_ ABSL_GUARDED_BY(mu_);
  size_t head_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool head_done_ ABSL_GUARDED_BY(mu_) = false;
  bool head_taken_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status result_ ABSL_GUARDED_BY(mu_);
};

// The transfer as the curl thread sees it. A view: the transfer must outlive it.
class CurlSide {
 public:
  explicit CurlSide(Transfer& transfer) : transfer_(transfer) {}

  // CURLOPT_PREREQFUNCTION: false once bytes of the body were taken. curl sends a request again by itself when a
  // connection that it used before breaks, and what it took, whether it left or not, is gone.
  bool MayBegin() const;
  size_t OnRead(char* out, size_t room);    // CURLOPT_READFUNCTION
  size_t OnWrite(absl::string_view bytes);  // CURLOPT_WRITEFUNCTION
  bool OnHeader(absl::string_view line);    // false: too many
  // Told by curl, which starts over at 0 when it takes another connection.
  void Sent(int64_t bytes) { transfer_.sent.store(std::max(transfer_.sent.load(), bytes)); }
  void Finish(const absl::Status& status);
  // Whether curl has to be told to go on; clears the marks.
  bool TakeUnpause();

 private:
  Transfer& transfer_;
};

}  // namespace waybill::oci::http::curl

#endif  // WAYBILL_OCI_HTTP_CURL_TRANSFER_H_
