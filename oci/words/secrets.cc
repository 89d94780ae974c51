// SPDX-License-Identifier: Apache-2.0
#include "oci/words/secrets.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace waybill::oci::words {
namespace {

constexpr absl::string_view kHidden = "...";
constexpr size_t kMinSecretBytes = 4;
constexpr size_t kBeginning = 16;
constexpr size_t kMaxSecretsOfOne = 64;

// Copies of secrets do not stay in memory that was given back.
void Wipe(std::string& secret) { explicit_bzero(secret.data(), secret.size()); }
void Wipe(std::vector<std::string>& secrets) {
  for (std::string& secret : secrets) Wipe(secret);
}

std::string PercentEncoded(absl::string_view secret) {
  std::string out;
  out.reserve(3 * secret.size());
  for (const char c : secret) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
    } else {
      absl::StrAppend(&out, "%", absl::AsciiStrToUpper(absl::StrCat(absl::Hex(byte, absl::kZeroPad2))));
    }
  }
  return out;
}

std::string InJson(absl::string_view secret) {
  std::string out;
  out.reserve(2 * secret.size());
  for (const char c : secret) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

// Without padding, which a peer may have dropped.
std::string Unpadded(std::string base64) {
  base64.erase(base64.find_last_not_of('=') + 1);
  return base64;
}

// Longest first, so that no form hides another that it is a part of.
std::vector<std::string> FormsOf(const std::string& secret) {
  std::vector<std::string> forms;
  forms.reserve(6);  // an initializer list would leave copies
  forms.push_back(secret);
  forms.push_back(PercentEncoded(secret));
  forms.push_back(forms.back());
  absl::AsciiStrToLower(&forms.back());
  forms.push_back(InJson(secret));
  forms.push_back(Unpadded(absl::Base64Escape(secret)));
  forms.push_back(Unpadded(absl::WebSafeBase64Escape(secret)));
  std::sort(forms.begin(), forms.end());
  for (size_t i = forms.size() - 1; i > 0; --i) {
    if (forms[i] != forms[i - 1]) continue;
    Wipe(forms[i]);
    forms.erase(forms.begin() + static_cast<ptrdiff_t>(i));
  }
  std::stable_sort(forms.begin(), forms.end(),
                   [](const std::string& x, const std::string& y) { return x.size() > y.size(); });
  return forms;
}

// Of all owners in the process.
class Registry {
 public:
  void Add(const std::string& secret) {
    absl::MutexLock lock(&mutex_);
    Entry& entry = entries_[secret];
    if (++entry.owners == 1) entry.forms = FormsOf(secret);
  }
  void Remove(const std::string& secret) {
    absl::MutexLock lock(&mutex_);
    const auto found = entries_.find(secret);
    if (--found->second.owners > 0) return;
    auto entry = entries_.extract(found);
    Wipe(entry.key());
    Wipe(entry.mapped().forms);
  }
  std::vector<std::string> Forms() {
    std::vector<std::string> forms;
    absl::MutexLock lock(&mutex_);
    for (const auto& [secret, entry] : entries_) forms.insert(forms.end(), entry.forms.begin(), entry.forms.end());
    std::stable_sort(forms.begin(), forms.end(),
                     [](const std::string& x, const std::string& y) { return x.size() > y.size(); });
    return forms;
  }

 private:
  struct Entry {
    int owners = 0;
    std::vector<std::string> forms;
  };
  absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

// Never destroyed: owners may live until the end of the process.
Registry& Held() {
  static auto* const registry = new Registry();
  return *registry;
}

std::string Without(absl::string_view text, absl::string_view form) {
  std::string out;
  const absl::string_view beginning = form.substr(0, kBeginning);
  while (true) {
    const size_t at = text.find(beginning);
    if (at == absl::string_view::npos) break;
    absl::StrAppend(&out, text.substr(0, at), kHidden);
    text.remove_prefix(at);
    const size_t most = std::min(form.size(), text.size());
    const auto [end, unused] = std::mismatch(text.begin(), text.begin() + static_cast<ptrdiff_t>(most), form.begin());
    text.remove_prefix(static_cast<size_t>(end - text.begin()));
  }
  return absl::StrCat(out, text);
}

}  // namespace

HeldSecrets::~HeldSecrets() {
  absl::MutexLock lock(&mutex_);
  for (std::string& secret : secrets_) {
    Held().Remove(secret);
    Wipe(secret);
  }
}

void HeldSecrets::Add(absl::string_view secret) {
  if (secret.size() < kMinSecretBytes) return;
  absl::MutexLock lock(&mutex_);
  if (std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) return;
  secrets_.emplace_back(secret);
  Held().Add(secrets_.back());
  if (secrets_.size() <= kMaxSecretsOfOne) return;
  Held().Remove(secrets_.front());
  Wipe(secrets_.front());
  secrets_.pop_front();
}

void HeldSecrets::AddPassword(absl::string_view username, absl::string_view password) {
  Add(password);
  if (password.size() >= kMinSecretBytes) Add(absl::StrCat(username, ":", password));
}

std::string WithoutSecrets(absl::string_view text, size_t shortest) {
  std::string out(text);
  std::vector<std::string> forms = Held().Forms();
  for (const std::string& form : forms) {
    if (form.size() >= shortest) out = Without(out, form);
  }
  Wipe(forms);
  return out;
}

}  // namespace waybill::oci::words
