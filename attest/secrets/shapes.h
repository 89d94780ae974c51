// SPDX-License-Identifier: Apache-2.0
// Keys and tokens told by their shape in a text that passes: those of AWS, GitHub, GitLab, Slack, npm, Google, Stripe
// and Docker Hub, JSON web tokens, and private keys in PEM. The shapes are those that the services document for secret
// scanners.
#ifndef WAYBILL_ATTEST_SECRETS_SHAPES_H_
#define WAYBILL_ATTEST_SECRETS_SHAPES_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::attest::secrets {

// Takes one text in pieces of any size. Memory is bounded. Not thread-safe.
class ShapeScanner {
 public:
  void Feed(absl::string_view piece);
  // After the last piece: the first shape that was seen, such as "a GitHub token", or "". The scanner is ready for
  // another text.
  absl::string_view Finish();

 private:
  void EndRun(char delimiter);
  void LookForWebToken(char delimiter);
  void LookForPem(char delimiter);
  void Found(absl::string_view shape) {
    if (found_.empty()) found_ = shape;
  }

  enum class Pem { kOutside, kBegun, kPrivate };

  absl::string_view found_;
  std::string run_;      // letters, digits, "-" and "_" in a row: the first ones
  size_t run_size_ = 0;  // of all
  int token_parts_ = 0;  // of a web token that may be
  Pem pem_ = Pem::kOutside;
};

}  // namespace waybill::attest::secrets

#endif  // WAYBILL_ATTEST_SECRETS_SHAPES_H_
