// SPDX-License-Identifier: Apache-2.0
// A plain HTTP client over libcurl for the fake registry's own tests: one request at a time, nothing clever.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_TEST_CLIENT_H_
#define WAYBILL_OCI_REGISTRY_TESTING_TEST_CLIENT_H_

#include <curl/curl.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace waybill::oci::registry::testing {

struct Reply {
  CURLcode transport = CURLE_OK;
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class TestClient {
 public:
  explicit TestClient(std::string host);

  // For the requests from now on; 0: none.
  void set_timeout_ms(long timeout) { timeout_ms_ = timeout; }

  // `headers`: "Name: value". A body is sent with Content-Length; GET and HEAD have none.
  Reply Do(const std::string& method, const std::string& target, const std::vector<std::string>& headers = {},
           const std::string& body = "");

  // Pushes in one POST and one PUT; the reply to the PUT.
  Reply PushBlob(const std::string& repository, const std::string& bytes);
  Reply PushManifest(const std::string& repository, const std::string& reference, const std::string& type,
                     const std::string& bytes);

 private:
  struct Cleanup {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  };
  const std::string host_;
  long timeout_ms_ = 0;
  const std::unique_ptr<CURL, Cleanup> curl_;
};

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_TEST_CLIENT_H_
