// SPDX-License-Identifier: Apache-2.0
// Options that take one of a few words.
#ifndef WAYBILL_EXPORTER_REQUEST_VALUES_CHOICES_H_
#define WAYBILL_EXPORTER_REQUEST_VALUES_CHOICES_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "exporter/request/values/go_values.h"
#include "oci/error.h"

namespace waybill::exporter::request::values {

template <typename Enum>
struct Choice {
  absl::string_view word;
  Enum value;
};

// What a word stands for; nullopt for another word.
template <typename Enum, size_t n>
std::optional<Enum> FindChoice(const Choice<Enum> (&choices)[n], absl::string_view word) {
  for (const Choice<Enum>& choice : choices) {
    if (choice.word == word) return choice.value;
  }
  return std::nullopt;
}

// The first word that stands for a value; "" when none does.
template <typename Enum, size_t n>
absl::string_view WordOf(const Choice<Enum> (&choices)[n], Enum value) {
  for (const Choice<Enum>& choice : choices) {
    if (choice.value == value) return choice.word;
  }
  return "";
}

// As FindChoice. Errors: INVALID_ARGUMENT, with the words that `key` takes.
template <typename Enum, size_t n>
absl::StatusOr<Enum> ParseChoice(const Choice<Enum> (&choices)[n], absl::string_view key, absl::string_view word) {
  const std::optional<Enum> found = FindChoice(choices, word);
  if (found.has_value()) return *found;
  const std::string words = absl::StrJoin(
      choices, ", ", [](std::string* out, const Choice<Enum>& choice) { absl::StrAppend(out, choice.word); });
  return oci::InvalidInputError(absl::StrCat("invalid ", key, " ", GoQuote(word), ": one of ", words, " is expected"));
}

}  // namespace waybill::exporter::request::values

#endif  // WAYBILL_EXPORTER_REQUEST_VALUES_CHOICES_H_
