// SPDX-License-Identifier: Apache-2.0
// One thread that drives one libcurl multi handle: its connection cache, and any number of transfers.
#ifndef WAYBILL_OCI_HTTP_CURL_CURL_LOOP_H_
#define WAYBILL_OCI_HTTP_CURL_CURL_LOOP_H_

#include <curl/curl.h>

#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/http/curl/transfer.h"

namespace waybill::oci::http::curl {

// Thread-safe. The destructor ends running transfers with CANCELLED and joins the thread.
class CurlLoop {
 public:
  // `multiplex`: HTTP/2 requests share a connection.
  explicit CurlLoop(bool multiplex);
  ~CurlLoop();

  // Takes a share in the transfer until it is finished or cancelled.
  void Start(std::shared_ptr<Transfer> transfer);
  // Drops the transfer; its connection is closed unless the reply was complete.
  void Cancel(std::shared_ptr<Transfer> transfer);
  // The asking thread has fed or taken bytes.
  void Resume(std::shared_ptr<Transfer> transfer);

 private:
  enum class Verb { kStart, kCancel, kResume };
  struct Command {
    Verb verb;
    std::shared_ptr<Transfer> transfer;
  };

  void Post(Verb verb, std::shared_ptr<Transfer> transfer);
  void Run(const std::stop_token& stop);
  void Execute(const Command& command);
  void CollectDone();

  CURLM* multi_;
  absl::Mutex mu_;
  std::vector<Command> commands_ ABSL_GUARDED_BY(mu_);
  std::map<CURL*, std::shared_ptr<Transfer>> running_;  // the thread's own
  std::jthread thread_;                                 // last: it uses the rest
};

}  // namespace waybill::oci::http::curl

#endif  // WAYBILL_OCI_HTTP_CURL_CURL_LOOP_H_
