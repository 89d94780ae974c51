// SPDX-License-Identifier: Apache-2.0
// The words of options that take one of a few.
#ifndef WAYBILL_EXPORTER_REQUEST_OPTION_WORDS_H_
#define WAYBILL_EXPORTER_REQUEST_OPTION_WORDS_H_

#include "exporter/request/options.h"
#include "exporter/request/values/choices.h"

namespace waybill::exporter::request {

inline constexpr values::Choice<ExporterType> kTypes[] = {{"image", ExporterType::kImage},
                                                          {"oci", ExporterType::kOci},
                                                          {"docker", ExporterType::kDocker},
                                                          {"local", ExporterType::kLocal},
                                                          {"tar", ExporterType::kTar}};
inline constexpr values::Choice<Compression> kCompressions[] = {{"uncompressed", Compression::kUncompressed},
                                                                {"gzip", Compression::kGzip},
                                                                {"estargz", Compression::kEstargz},
                                                                {"zstd", Compression::kZstd}};
inline constexpr values::Choice<LocalMode> kModes[] = {
    {"", LocalMode::kCopy}, {"copy", LocalMode::kCopy}, {"delete", LocalMode::kDelete}};
inline constexpr values::Choice<ReferrersFallback> kFallbacks[] = {{"auto", ReferrersFallback::kAuto},
                                                                   {"always", ReferrersFallback::kAlways},
                                                                   {"never", ReferrersFallback::kNever},
                                                                   {"require-api", ReferrersFallback::kRequireApi}};
inline constexpr values::Choice<AttestationPlacement> kPlacements[] = {{"both", AttestationPlacement::kBoth},
                                                                       {"index", AttestationPlacement::kIndex},
                                                                       {"referrer", AttestationPlacement::kReferrer}};
inline constexpr values::Choice<AttestationRefused> kRefusals[] = {
    {"fail", AttestationRefused::kFail}, {"legacy", AttestationRefused::kLegacy}, {"skip", AttestationRefused::kSkip}};
inline constexpr values::Choice<Attestations> kAttestations[] = {{"new", Attestations::kNew},
                                                                 {"reuse", Attestations::kReuse}};
inline constexpr values::Choice<SecretGuard> kSecretGuards[] = {
    {"warn", SecretGuard::kWarn}, {"fail", SecretGuard::kFail}, {"off", SecretGuard::kOff}};
inline constexpr values::Choice<GzipEngine> kGzipEngines[] = {{"exact", GzipEngine::kExact},
                                                              {"fast", GzipEngine::kFast}};
inline constexpr values::Choice<Compressor> kCompressors[] = {{"daemon", Compressor::kDaemon},
                                                              {"waybill", Compressor::kWaybill}};

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_OPTION_WORDS_H_
