// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/curl_setup.h"

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/status_macros.h"

namespace waybill::oci::http::curl {
namespace {

constexpr long kUploadBufferBytes = 1 << 20;
constexpr long kIdleConnectionSeconds = 90;

size_t OnRead(char* out, size_t size, size_t count, void* user) {
  return CurlSide(*static_cast<Transfer*>(user)).OnRead(out, size * count);
}

int OnBegin(void* user, char*, char*, int, int) {
  return CurlSide(*static_cast<Transfer*>(user)).MayBegin() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

size_t OnWrite(char* bytes, size_t size, size_t count, void* user) {
  return CurlSide(*static_cast<Transfer*>(user)).OnWrite(absl::string_view(bytes, size * count));
}

size_t OnHeader(char* bytes, size_t size, size_t count, void* user) {
  return CurlSide(*static_cast<Transfer*>(user)).OnHeader(absl::string_view(bytes, size * count)) ? size * count : 0;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
  CurlSide(*static_cast<Transfer*>(user)).Sent(sent);
  return 0;
}

bool IsSafe(absl::string_view text) { return text.find_first_of(absl::string_view("\r\n\0", 3)) == text.npos; }

absl::Status SetHeaders(Transfer& transfer, const Request& request) {
  const auto append = [&transfer](const std::string& line) {
    transfer.header_list = curl_slist_append(transfer.header_list, line.c_str());
  };
  for (const auto& [name, value] : request.headers.fields()) {
    if (!IsSafe(name) || !IsSafe(value)) return InvalidInputError(absl::StrCat("header ", name, " holds a line break"));
    append(value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value));
  }
  // An empty value removes the field that libcurl would add.
  append(request.expect_continue > absl::ZeroDuration() ? "Expect: 100-continue" : "Expect:");
  if (!request.headers.Find("Accept").has_value()) append("Accept: */*");
  if (!request.headers.Find("Content-Type").has_value()) append("Content-Type:");
  curl_easy_setopt(transfer.handle, CURLOPT_HTTPHEADER, transfer.header_list);
  return absl::OkStatus();
}

void SetBody(Transfer& transfer, const Request& request) {
  CURL* handle = transfer.handle;
  const bool carries = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.body != nullptr) {
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
  } else if (carries) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, 0L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, "");
  }
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(handle, CURLOPT_EXPECT_100_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(request.expect_continue)));
  curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
}

// libcurl replaces its roots by the ones it is given, so the system's go in as well.
absl::Status SetRoots(CURL* handle, const std::string& extra) {
  if (!absl::StrContains(extra, "-----BEGIN CERTIFICATE-----")) {
    return InvalidInputError("the configured certificate authorities are no PEM certificates");
  }
  const char* system_path = nullptr;
  curl_easy_getinfo(handle, CURLINFO_CAINFO, &system_path);
  std::stringstream roots;
  if (system_path != nullptr) roots << std::ifstream(system_path).rdbuf() << "\n";
  roots.clear();  // an absent or empty system bundle sets the fail bit
  roots << extra;
  const std::string pem = roots.str();
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
  curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &blob);
  return absl::OkStatus();
}

absl::Status SetTls(CURL* handle, const TlsSettings& tls) {
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, tls.skip_verify ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, tls.skip_verify ? 0L : 2L);
  if (!tls.certificate_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_SSLCERT, tls.certificate_file.c_str());
    curl_easy_setopt(handle, CURLOPT_SSLKEY, tls.key_file.c_str());
  }
  return tls.extra_roots.empty() ? absl::OkStatus() : SetRoots(handle, tls.extra_roots);
}

void SetConnection(CURL* handle, const Request& request, const std::string& proxy) {
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, kIdleConnectionSeconds);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(request.limits.connect)));
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, request.bulk ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(handle, CURLOPT_PIPEWAIT, request.bulk ? 0L : 1L);
  // Set even when empty: libcurl must not read the environment by its own rules.
  curl_easy_setopt(handle, CURLOPT_PROXY, proxy.c_str());
  curl_easy_setopt(handle, CURLOPT_NOPROXY, proxy.empty() ? "*" : "");
  curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void SetCallbacks(Transfer& transfer) {
  CURL* handle = transfer.handle;
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, OnBegin);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, OnRead);
  curl_easy_setopt(handle, CURLOPT_READDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnWrite);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer.error);
}

}  // namespace

absl::Status SetUp(Transfer& transfer, const Request& request, const std::string& user_agent,
                   const std::string& proxy) {
  if (!IsSafe(request.method) || request.method.empty()) return InvalidInputError("bad HTTP method");
  transfer.handle = curl_easy_init();
  if (transfer.handle == nullptr) return MakeError(Reason::kInternal, "libcurl gives no handle");
  curl_easy_setopt(transfer.handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(transfer.handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(transfer.handle, CURLOPT_USERAGENT, user_agent.c_str());
  SetConnection(transfer.handle, request, proxy);
  transfer.proxy = RedactUrl(proxy);
  transfer.connect_limit = request.limits.connect;
  if (request.tls != nullptr) ABSL_RETURN_IF_ERROR(SetTls(transfer.handle, *request.tls));
  SetBody(transfer, request);
  SetCallbacks(transfer);
  return SetHeaders(transfer, request);
}

}  // namespace waybill::oci::http::curl
