// SPDX-License-Identifier: Apache-2.0
#include "attest/scan/base64_stream.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/text.h"
#include "oci/status_macros.h"

namespace waybill::attest::scan {
namespace {

constexpr size_t kQuad = 4;

absl::Status NoBase64() { return oci::InvalidInputError("the payload is no base64"); }

}  // namespace

absl::Status Base64Stream::Take(char byte) {
  if (byte == '\n' || byte == '\r') return absl::OkStatus();
  const bool pads = byte == '=';
  // Abseil skips white space and takes "." for "=", which would make quads of other lengths.
  if (!pads && !absl::ascii_isalnum(static_cast<unsigned char>(byte)) && !absl::StrContains("+/-_", byte)) {
    return NoBase64();
  }
  const size_t in_quad = pending_.size() % kQuad;
  if (padded_ ? !pads || in_quad == 0 : pads && in_quad < 2) return NoBase64();
  padded_ = pads;
  pending_.push_back(byte == '-' ? '+' : byte == '_' ? '/' : byte);
  return absl::OkStatus();
}

absl::Status Base64Stream::Decode(absl::string_view text, std::string& out) {
  std::string decoded;
  if (!absl::Base64Unescape(text, &decoded)) return NoBase64();
  out += decoded;
  return absl::OkStatus();
}

absl::Status Base64Stream::Feed(absl::string_view piece, std::string& out) {
  const absl::Status taken = TakeAll(piece);
  const size_t whole = pending_.size() / kQuad * kQuad;
  ABSL_RETURN_IF_ERROR(Decode(absl::string_view(pending_).substr(0, whole), out));
  pending_.erase(0, whole);
  return taken;
}

absl::Status Base64Stream::TakeAll(absl::string_view piece) {
  for (const char byte : piece) {
    if (escape_.empty() && byte != '\\') {
      ABSL_RETURN_IF_ERROR(Take(byte));
      continue;
    }
    escape_.push_back(byte);
    const size_t size = escape_.size() > 1 && escape_[1] == 'u' ? 6 : 2;
    if (escape_.size() < size) continue;
    for (const char decoded : oci::json::Unquote(absl::StrCat("\"", escape_, "\""))) {
      ABSL_RETURN_IF_ERROR(Take(decoded));
    }
    escape_.clear();
  }
  return absl::OkStatus();
}

absl::Status Base64Stream::Finish(std::string& out) {
  const std::string rest = std::move(pending_);
  pending_.clear();
  return Decode(rest, out);
}

}  // namespace waybill::attest::scan
