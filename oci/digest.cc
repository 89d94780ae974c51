// SPDX-License-Identifier: Apache-2.0
#include "oci/digest.h"

#include <openssl/evp.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/words/quote.h"

namespace waybill::oci {
namespace {

constexpr absl::string_view kSha256 = "sha256";
constexpr absl::string_view kSha512 = "sha512";

bool IsLowerHex(absl::string_view text) {
  for (char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<Digest> Digest::Parse(absl::string_view text) {
  const size_t colon = text.find(':');
  const absl::string_view algorithm = text.substr(0, colon == text.npos ? 0 : colon);
  const absl::string_view hex = colon == text.npos ? "" : text.substr(colon + 1);
  const size_t length = algorithm == kSha256 ? 64 : algorithm == kSha512 ? 128 : 0;
  if (length == 0 || hex.size() != length || !IsLowerHex(hex)) {
    return InvalidInputError(absl::StrCat("invalid digest \"", words::CutToBytes(words::Escaped(text), 160), "\""));
  }
  return Digest(std::string(text));
}

Digest Digest::Of(absl::string_view bytes) {
  Hasher hasher;
  hasher.Update(bytes);
  return hasher.Current();
}

absl::string_view Digest::algorithm() const { return absl::string_view(text_).substr(0, text_.find(':')); }

absl::string_view Digest::hex() const { return absl::string_view(text_).substr(text_.find(':') + 1); }

struct Hasher::State {
  explicit State(const EVP_MD* md) : context(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context, md, nullptr); }
  ~State() { EVP_MD_CTX_free(context); }
  EVP_MD_CTX* context;
};

Hasher::Hasher() : state_(std::make_unique<State>(EVP_sha256())) {}
Hasher::Hasher(const Digest& expected)
    : state_(std::make_unique<State>(expected.algorithm() == kSha512 ? EVP_sha512() : EVP_sha256())) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(absl::string_view bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }

Digest Hasher::Current() const {
  State copy(EVP_MD_CTX_get0_md(state_->context));
  EVP_MD_CTX_copy_ex(copy.context, state_->context);
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(copy.context, value, &size);
  const absl::string_view bytes(reinterpret_cast<const char*>(value), size);
  return Digest(absl::StrCat(size == 64 ? kSha512 : kSha256, ":", absl::BytesToHexString(bytes)));
}

}  // namespace waybill::oci
