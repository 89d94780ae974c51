// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/test_client.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/digest.h"

namespace waybill::oci::registry::testing {
namespace {

size_t AppendBody(char* data, size_t, size_t size, void* reply) {
  static_cast<Reply*>(reply)->body.append(data, size);
  return size;
}

size_t AddHeader(char* data, size_t, size_t size, void* reply) {
  const std::string line(data, size);
  if (absl::StartsWith(line, "HTTP/")) static_cast<Reply*>(reply)->headers.clear();
  if (const size_t colon = line.find(':'); colon != std::string::npos) {
    static_cast<Reply*>(reply)->headers[absl::AsciiStrToLower(line.substr(0, colon))] =
        std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return size;
}

}  // namespace

TestClient::TestClient(std::string host) : host_(std::move(host)), curl_(curl_easy_init()) {}

Reply TestClient::Do(const std::string& method, const std::string& target, const std::vector<std::string>& headers,
                     const std::string& body) {
  CURL* curl = curl_.get();
  curl_easy_reset(curl);
  Reply reply;
  curl_slist* list = nullptr;
  for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
  const std::string url = absl::StartsWith(target, "http") ? target : absl::StrCat("http://", host_, target);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms_);
  if (method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (method == "POST" || method == "PUT" || method == "PATCH") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  }
  if (method != "HEAD") curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, AppendBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, AddHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply);
  reply.transport = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  curl_slist_free_all(list);
  return reply;
}

Reply TestClient::PushBlob(const std::string& repository, const std::string& bytes) {
  Reply session = Do("POST", absl::StrCat("/v2/", repository, "/blobs/uploads/"));
  if (session.status != 202) return session;
  const std::string location = session.headers["location"];
  return Do("PUT", absl::StrCat(location, "&digest=", Digest::Of(bytes).ToString()),
            {"Content-Type: application/octet-stream"}, bytes);
}

Reply TestClient::PushManifest(const std::string& repository, const std::string& reference, const std::string& type,
                               const std::string& bytes) {
  return Do("PUT", absl::StrCat("/v2/", repository, "/manifests/", reference), {absl::StrCat("Content-Type: ", type)},
            bytes);
}

}  // namespace waybill::oci::registry::testing
