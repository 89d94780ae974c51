// SPDX-License-Identifier: Apache-2.0
// Absolute http(s) URLs, kept as they came: upload locations carry signed queries, so path and query are never decoded
// or encoded again (facts on `Location`: RFC 3986, 5.2; distribution-spec, "Pushing a blob monolithically").
#ifndef WAYBILL_OCI_HTTP_URL_H_
#define WAYBILL_OCI_HTTP_URL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::oci::http {

// Always valid: Parse and Resolve are the only doors. A value. Fragments are dropped.
class Url {
 public:
  // Errors: INVALID_ARGUMENT (kInvalidInput) for another scheme, no host, user information, a port that is none, or
  // control characters and spaces. Messages show no query.
  static absl::StatusOr<Url> Parse(absl::string_view text);
  // The URL that `reference` (absolute, "//host/x", "/x", "x" or "?x") means at this URL.
  absl::StatusOr<Url> Resolve(absl::string_view reference) const;

  const std::string& scheme() const { return scheme_; }  // "http" or "https"
  const std::string& host() const { return host_; }      // lower case; an IPv6 address with its brackets
  int port() const { return port_; }                     // the scheme's default when none was written
  const std::string& path() const { return path_; }      // starts with "/"
  const std::string& query() const { return query_; }    // without "?"

  // The same URL with "name=value" appended to its query, the value percent-encoded and nothing else touched.
  Url WithParameter(absl::string_view name, absl::string_view value) const;

  // "host", or "host:port" when the port is not the scheme's default.
  std::string authority() const;
  std::string ToString() const;

 private:
  Url() = default;
  absl::Status SetAuthority(absl::string_view authority);
  void SetPathAndQuery(absl::string_view text);

  std::string scheme_;
  std::string host_;
  int port_ = 0;
  std::string path_;
  std::string query_;
  bool has_query_ = false;
};

// Scheme, host and port (with defaults filled in) are equal: credentials for one may go to the other.
bool SameOrigin(const Url& a, const Url& b);

// A host written as a loopback, link-local, private or unspecified IP address, or "localhost" and names under it.
bool IsPrivateHost(absl::string_view host);
// "localhost", names under it, 127.0.0.0/8 and ::1.
bool IsLoopbackHost(absl::string_view host);

// Whether a server at `from` may send us on to `to`. FAILED_PRECONDITION (kRefused) for https to http, and for a public
// host that names a private address (server-side request forgery).
absl::Status CheckOnward(const Url& from, const Url& to);

// Where a redirect or an upload leads: `location` resolved at the URL that answered, checked with CheckOnward. Spaces
// and backslashes in it are percent-encoded, as peers do. A location on the same host that differs by http for https is
// taken as https: proxies forget to say that they end TLS. Errors: as Resolve and CheckOnward, naming the location.
absl::StatusOr<Url> ResolveLocation(const Url& answered, absl::string_view location);

// The same for a location that belongs to the registry itself, an upload or the next page of a list: where it leads to
// a place that is refused, but its path starts with `path`, the registry behind a proxy has named itself as it is
// called inside, and the same path and query where the answer came from are meant.
absl::StatusOr<Url> ResolveOwnLocation(const Url& answered, absl::string_view location, absl::string_view path);

// RFC 3986 percent-encoding of everything but unreserved characters.
std::string PercentEncode(absl::string_view text);

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_URL_H_
