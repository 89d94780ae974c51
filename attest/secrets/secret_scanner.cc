// SPDX-License-Identifier: Apache-2.0
#include "attest/secrets/secret_scanner.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace waybill::attest::secrets {
namespace {

using scan::JsonPath;
using scan::kElement;

// Of a value under a name, so much is judged.
constexpr size_t kKeptBytes = 512;

// A member of what a frontend was asked for ("build-arg:NAME", "target", ...), or "" when its value is known to be
// something else ("label:NAME", "context:NAME").
absl::string_view ArgumentName(absl::string_view key) {
  if (absl::ConsumePrefix(&key, "build-arg:")) return key;
  return absl::StrContains(key, ':') ? absl::string_view() : key;
}

// A key of the path may be a secret itself.
std::string SafeText(const JsonPath& path) {
  std::string text = path.ToText();
  ShapeScanner shapes;
  shapes.Feed(text);
  return shapes.Finish().empty() ? text : "a place with a secret among its keys";
}

}  // namespace

void SecretScanner::OnValue(const JsonPath& path, char first, int64_t /*offset*/) {
  is_looked_at_ = first == '"' && path.depth() > 1 && path.IsIn({"predicate"});
  if (!is_looked_at_) return;
  is_source_ = path.EndsWith({"source", "infos", kElement, "data"});
  value_.clear();
  string_.Reset();
  is_broken_ = false;
  if (is_source_) base64_ = scan::Base64Stream();
}

absl::Status SecretScanner::OnString(const JsonPath& path, absl::string_view piece, bool last) {
  if (!is_looked_at_) return absl::OkStatus();
  piece_.clear();
  if (is_source_) {
    FeedSource(piece, last);
  } else {
    string_.Feed(piece, piece_);
    if (value_.size() < kKeptBytes) value_.append(piece_, 0, kKeptBytes - value_.size());
  }
  shapes_.Feed(piece_);
  if (last) EndString(path);
  return absl::OkStatus();
}

// What is no base64 is looked at as far as it is.
void SecretScanner::FeedSource(absl::string_view piece, bool last) {
  if (is_broken_) return;
  absl::Status status = base64_.Feed(piece, piece_);
  if (status.ok() && last) status = base64_.Finish(piece_);
  is_broken_ = !status.ok();
}

bool SecretScanner::IsSecretByName(const JsonPath& path) const {
  const absl::string_view container = path.container_key();
  absl::string_view name;
  absl::string_view value = value_;
  if (path.EndsWith({"env", kElement})) {
    const size_t equals = value.find('=');
    if (equals == absl::string_view::npos) return false;
    name = value.substr(0, equals);
    value.remove_prefix(equals + 1);
  } else if (container == "args" && !path.EndsWith({kElement})) {
    name = ArgumentName(path.key());
  } else if ((container == "env" || container == "environment") && !path.EndsWith({kElement})) {
    name = path.key();
  }
  if (name.empty() || IsPlaceholder(value)) return false;
  const NameSays says = LookAtName(name);
  return says == NameSays::kSecret || (says == NameSays::kMaybe && LooksRandom(value));
}

void SecretScanner::EndString(const JsonPath& path) {
  absl::string_view looks_like = shapes_.Finish();
  if (looks_like.empty() && IsSecretByName(path)) looks_like = "a secret, by its name";
  is_looked_at_ = false;
  if (looks_like.empty()) return;
  if (places_.size() == kMaxPlaces) {
    ++left_out_;
    return;
  }
  places_.push_back({.path = SafeText(path), .looks_like = std::string(looks_like)});
}

}  // namespace waybill::attest::secrets
