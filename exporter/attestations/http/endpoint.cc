// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/http/endpoint.h"

#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "exporter/attestations/http/body.h"
#include "exporter/attestations/http/parameters.h"
#include "exporter/rpc/listen/address.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/platform.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::attestations::http {
namespace {

using Kind = Target::Kind;

constexpr size_t kMaxGapBytes = 1000;

// A page on the Internet can make a browser ask an address of this machine, under a name of its own
// (DNS rebinding); nobody else calls this machine by another name.
bool IsForeign(const Request& request) {
  const absl::string_view host = request.Header("host");
  if (!request.is_loopback || host.empty()) return false;
  using rpc::listen::Address;
  for (const absl::string_view port : {"", ":80"}) {
    const Address address{.kind = Address::Kind::kTcp, .location = absl::StrCat(host, port)};
    if (address.IsLocal()) return false;
  }
  return true;
}

bool Takes(Kind kind, absl::string_view method) {
  return method == "GET" || (method == "HEAD" && kind != Kind::kAttestations);
}

// One line of what a list may lack, in ASCII.
std::string GapsLine(const std::vector<std::string>& gaps) {
  std::string line = oci::words::Quoted(absl::StrJoin(gaps, "; "), kMaxGapBytes);
  for (char& byte : line) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(byte))) byte = '?';
  }
  return line;
}

std::string EtagOf(absl::string_view bytes) { return absl::StrCat("\"", oci::Digest::Of(bytes).hex(), "\""); }

}  // namespace

Answer Endpoint::WithHeaders(Answer answer) const {
  answer.headers.insert(
      answer.headers.begin(),
      {{"Api-Version", std::string(kApiVersion)}, {"Ostype", "linux"}, {"Server", absl::StrCat("waybill/", version_)}});
  return answer;
}

Answer Endpoint::Version() const {
  oci::json::Writer writer;
  writer.BeginObject();
  writer.Key("Platform").BeginObject().Key("Name").String("waybill").EndObject();
  writer.Key("Version").String(version_);
  writer.Key("ApiVersion").String(kApiVersion);
  writer.Key("MinAPIVersion").String(kApiVersion);
  writer.Key("Os").String("linux");
  writer.Key("Arch").String(oci::HostPlatform().architecture);
  writer.EndObject();
  return {.headers = {{"Content-Type", "application/json"}}, .body = absl::StrCat(writer.Take(), "\n")};
}

std::variant<Answer, Work> Endpoint::Take(const Request& request) {
  if (IsForeign(request)) return WithHeaders(ErrorAnswer(403, "the Host of the request is not this machine"));
  absl::StatusOr<Target> parsed = ParseTarget(request.target);
  if (!parsed.ok()) return WithHeaders(ErrorAnswer(parsed.status()));
  const Target& target = *parsed;
  if (target.kind == Kind::kOther) return WithHeaders(ErrorAnswer(404, "page not found"));
  if (!Takes(target.kind, request.method)) {
    Answer answer = WithHeaders(ErrorAnswer(405, "method not allowed"));
    answer.headers.emplace_back("Allow", Takes(target.kind, "HEAD") ? "GET, HEAD" : "GET");
    return answer;
  }
  if (target.kind == Kind::kVersion) return WithHeaders(Version());
  if (target.kind == Kind::kPing) {
    return WithHeaders({.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                                    {"Cache-Control", "no-cache, no-store, must-revalidate"},
                                    {"Pragma", "no-cache"}},
                        .body = "OK"});
  }
  return Work([this, target, request](const oci::Context& context, Reply& reply) {
    return target.kind == Kind::kBlob ? Blob(context, target, request, reply) : List(context, target, request, reply);
  });
}

absl::Status Endpoint::List(const oci::Context& context, const Target& target, const Request& request,
                            Reply& reply) const {
  ABSL_ASSIGN_OR_RETURN(const Asked asked, ReadParameters(target.parameters));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Listing> listing, lister_.List(context, target.name, asked.query));
  Answer answer = WithHeaders({.headers = {{"Content-Type", "application/json"}}, .body = ListJson(*listing)});
  if (!listing->gaps().empty()) answer.headers.emplace_back("Waybill-Incomplete", GapsLine(listing->gaps()));
  // Statements are named by their digests, so that the list stands for them.
  const std::string etag = EtagOf(absl::StrCat(asked.statement ? "statements" : "", answer.body));
  answer.headers.emplace_back("ETag", etag);
  if (IsNoneOther(request.Header("if-none-match"), etag)) {
    answer.status = 304;
    answer.body.clear();
    return reply.Send(answer);
  }
  if (!asked.statement) return reply.Send(answer);
  ABSL_RETURN_IF_ERROR(listing->Told(CheckStatements(*listing)));
  answer.body.clear();
  ABSL_RETURN_IF_ERROR(reply.Begin(answer, /*length=*/std::nullopt));
  return WriteList(context, *listing, reply);
}

absl::Status Endpoint::Blob(const oci::Context& context, const Target& target, const Request& request,
                            Reply& reply) const {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Listing> listing, lister_.List(context, target.name, {.look = false}));
  ABSL_ASSIGN_OR_RETURN(const oci::Descriptor blob, listing->Find(target.digest));
  const std::string etag = absl::StrCat("\"", target.digest, "\"");
  Answer answer = WithHeaders({.headers = {{"Content-Type", "application/octet-stream"},
                                           {"Docker-Content-Digest", target.digest},
                                           {"Accept-Ranges", "bytes"},
                                           {"ETag", etag}}});
  if (IsNoneOther(request.Header("if-none-match"), etag)) {
    answer.status = 304;
    return reply.Send(answer);
  }
  std::optional<Range> range;
  const absl::string_view if_range = request.Header("if-range");
  if (request.method == "GET" && (if_range.empty() || if_range == etag)) {
    absl::StatusOr<std::optional<Range>> read = ReadRange(request.Header("range"), blob.size);
    if (!read.ok()) {
      answer = WithHeaders(ErrorAnswer(416, read.status().message()));
      answer.headers.emplace_back("Content-Range", absl::StrCat("bytes */", blob.size));
      return reply.Send(answer);
    }
    range = *read;
  }
  if (range.has_value()) {
    answer.status = 206;
    answer.headers.emplace_back(
        "Content-Range", absl::StrCat("bytes ", range->offset, "-", range->offset + range->length - 1, "/", blob.size));
  }
  // As far as it can be told without a request to a registry.
  ABSL_RETURN_IF_ERROR(listing->Told(listing->content().Fetch(context, blob).status()));
  ABSL_RETURN_IF_ERROR(reply.Begin(answer, range.has_value() ? range->length : blob.size));
  return request.method == "HEAD" ? absl::OkStatus() : WriteBlob(context, *listing, blob, range, reply);
}

}  // namespace waybill::exporter::attestations::http
