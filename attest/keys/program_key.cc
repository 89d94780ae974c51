// SPDX-License-Identifier: Apache-2.0
#include "attest/keys/program_key.h"

#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "attest/keys/passphrase.h"
#include "attest/keys/percent.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/program/program.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::attest::keys {
namespace {

namespace json = oci::json;
using oci::Reason;
using oci::program::Outcome;

constexpr int64_t kVersion = 1;
constexpr size_t kMaxQuotedWords = 300;

absl::Status Refusal(const Outcome& outcome) {
  const std::pair<absl::string_view, absl::string_view> lines =
      absl::StrSplit(absl::string_view(outcome.errors), absl::MaxSplits('\n', 1));
  return oci::MakeError(Reason::kRefused, absl::StrCat(outcome.exited ? "exit code " : "signal ", outcome.code,
                                                       lines.first.empty() ? "" : ": ",
                                                       oci::words::Quoted(lines.first, kMaxQuotedWords)));
}

absl::Status WrongAnswer(absl::string_view field) {
  return oci::InvalidInputError(
      absl::StrCat("the program's answer is no JSON object with \"version\":1 and a string \"", field, "\""));
}

// The answer's field.
absl::StatusOr<std::string> Ask(const oci::Context& context, const KeyProgram& program, absl::string_view request,
                                absl::string_view field) {
  absl::StatusOr<Outcome> outcome = oci::program::Execute(
      context.WithTimeout(program.timeout),
      {.path = program.path, .arguments = program.arguments, .withheld = {kPassphraseVariable}, .keeps_errors = true},
      request);
  if (oci::ReasonOf(outcome.status()) == Reason::kTimeout && context.Check().ok()) {
    return oci::MakeError(Reason::kRefused, absl::StrCat("no answer within ", absl::FormatDuration(program.timeout)));
  }
  ABSL_RETURN_IF_ERROR(outcome.status());
  if (!outcome->Succeeded()) return Refusal(*outcome);
  const absl::StatusOr<json::Fields> answer = json::Fields::Parse(outcome->output);
  if (!answer.ok()) return WrongAnswer(field);
  const absl::StatusOr<int64_t> version = json::DecodeInt(answer->Find("version"));
  absl::StatusOr<std::string> value = json::DecodeString(answer->Find(field));
  if (!version.ok() || *version != kVersion || !value.ok()) return WrongAnswer(field);
  return value;
}

json::Writer NewRequest(absl::string_view operation) {
  json::Writer request;
  request.BeginObject().Key("version").Int(kVersion).Key("operation").String(operation);
  return request;
}

class ProgramSigner final : public sign::Signer {
 public:
  ProgramSigner(KeyProgram program, sign::Algorithm algorithm) : program_(std::move(program)), algorithm_(algorithm) {}

  absl::StatusOr<std::string> Sign(const oci::Context& context, const sign::Message& message) const override {
    json::Writer request = NewRequest("sign");
    request.Key("algorithm").String(sign::AlgorithmName(algorithm_));
    if (algorithm_ == sign::Algorithm::kEd25519) {
      request.Key("message").String(absl::Base64Escape(message.whole()));
    } else {
      request.Key("digest").String(absl::Base64Escape(message.sha256()));
    }
    request.EndObject();
    const absl::StatusOr<std::string> answer = Ask(context, program_, request.Take(), "signature");
    std::string signature;
    if (answer.ok() && absl::Base64Unescape(*answer, &signature)) return signature;
    return oci::Annotate(answer.ok() ? WrongAnswer("signature") : answer.status(), absl::StrCat("key ", program_.path));
  }

 private:
  const KeyProgram program_;
  const sign::Algorithm algorithm_;
};

}  // namespace

absl::StatusOr<KeyProgram> ParseKeyProgram(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kProgramScheme)) return oci::InvalidInputError("\"exec:\" is expected");
  KeyProgram program;
  std::vector<std::string> words;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    ABSL_ASSIGN_OR_RETURN(words.emplace_back(), PercentDecode(word));
    if (absl::StrContains(words.back(), '\0')) return oci::InvalidInputError("a byte 0");
  }
  if (words.empty() || !absl::StrContains(words.front(), '/')) {
    return oci::InvalidInputError("the path of a program is expected, with a \"/\" in it");
  }
  program.path = std::move(words.front());
  program.arguments.assign(std::make_move_iterator(words.begin() + 1), std::make_move_iterator(words.end()));
  return program;
}

absl::StatusOr<sign::SigningKey> OpenProgramKey(const oci::Context& context, KeyProgram program) {
  json::Writer request = NewRequest("public-key");
  request.EndObject();
  ABSL_ASSIGN_OR_RETURN(const std::string pem, Ask(context, program, request.Take(), "publicKey"));
  ABSL_ASSIGN_OR_RETURN(sign::PublicKey key, sign::PublicKey::FromPem(pem));
  const sign::Algorithm algorithm = key.algorithm();
  return sign::SigningKey(std::move(key), std::make_shared<ProgramSigner>(std::move(program), algorithm));
}

}  // namespace waybill::attest::keys
