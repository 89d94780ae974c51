// SPDX-License-Identifier: Apache-2.0
// Secrets in a provenance statement, told by their places as the statement passes (BuildKit's provenance of mode=max
// has the build arguments, the Dockerfile and every step).
#ifndef WAYBILL_ATTEST_SECRETS_SECRET_SCANNER_H_
#define WAYBILL_ATTEST_SECRETS_SECRET_SCANNER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attest/scan/base64_stream.h"
#include "attest/scan/json_paths.h"
#include "attest/scan/string_stream.h"
#include "attest/secrets/names.h"
#include "attest/secrets/shapes.h"

namespace waybill::attest::secrets {

// More places of one statement are only counted.
inline constexpr size_t kMaxPlaces = 1000;

// A value that is taken for a secret; never the value itself.
struct Place {
  // JsonPath::ToText: predicate.invocation.parameters.args["build-arg:NPM_TOKEN"]; only words about it where a key of
  // the path looks like a secret.
  std::string path;
  std::string looks_like;  // "a GitHub token", or "a secret, by its name"
};

// Takes a statement in pieces. Looks at the strings of its predicate: each for shapes (shapes.h), also in sources that
// are in base64; and build arguments and environment variables by their names (names.h) too. Each value is told once.
// Memory is bounded, and time is linear. Not thread-safe.
class SecretScanner final : private scan::JsonVisitor {
 public:
  SecretScanner() : paths_(*this, kDepth) {}
  // Errors: INVALID_ARGUMENT when it is no JSON, which stays so.
  absl::Status Feed(absl::string_view bytes) { return paths_.Feed(bytes); }
  absl::Status Finish() { return paths_.Finish(); }

  // In the order of the statement.
  const std::vector<Place>& places() const { return places_; }
  size_t left_out() const { return left_out_; }  // beyond kMaxPlaces

 private:
  // Steps of a build are about 14 containers deep.
  static constexpr size_t kDepth = 32;

  void OnValue(const scan::JsonPath& path, char first, int64_t offset) override;
  absl::Status OnString(const scan::JsonPath& path, absl::string_view piece, bool last) override;
  void OnEnd(const scan::JsonPath&, int64_t) override {}
  void FeedSource(absl::string_view piece, bool last);
  bool IsSecretByName(const scan::JsonPath& path) const;
  void EndString(const scan::JsonPath& path);

  scan::JsonPaths paths_;
  std::vector<Place> places_;
  size_t left_out_ = 0;
  // Of the current string.
  bool is_looked_at_ = false;
  bool is_source_ = false;
  bool is_broken_ = false;  // a source whose base64 has ended
  scan::StringStream string_;
  scan::Base64Stream base64_;
  ShapeScanner shapes_;
  std::string piece_;  // decoded
  std::string value_;  // its beginning
};

}  // namespace waybill::attest::secrets

#endif  // WAYBILL_ATTEST_SECRETS_SECRET_SCANNER_H_
