// SPDX-License-Identifier: Apache-2.0
// Content digests (image-spec, descriptor.md "Digests") and the hash that makes them.
#ifndef WAYBILL_OCI_DIGEST_H_
#define WAYBILL_OCI_DIGEST_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::oci {

// "sha256:<64 hex>" or "sha512:<128 hex>", lower case. Always valid: Parse, Of and Hasher are the only doors.
// A value; copies are independent.
class Digest {
 public:
  // Errors: INVALID_ARGUMENT (Reason::kInvalidInput) naming the text when it is not a digest of a known algorithm.
  static absl::StatusOr<Digest> Parse(absl::string_view text);
  // The sha256 digest of `bytes`.
  static Digest Of(absl::string_view bytes);

  absl::string_view algorithm() const;  // "sha256" or "sha512"
  absl::string_view hex() const;
  const std::string& ToString() const { return text_; }

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Digest& digest) {
    return H::combine(std::move(h), digest.text_);
  }

 private:
  friend class Hasher;
  explicit Digest(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Incremental hash. Not thread-safe; one stream each.
class Hasher {
 public:
  // sha256, or the algorithm of the digest that the bytes are expected to have.
  Hasher();
  explicit Hasher(const Digest& expected);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void Update(absl::string_view bytes);
  // The digest of everything so far; the hash goes on afterwards.
  Digest Current() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_DIGEST_H_
