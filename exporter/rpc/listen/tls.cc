// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/tls.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "oci/context.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"

namespace waybill::exporter::rpc::listen {
namespace {

constexpr int64_t kMaxPemBytes = 1 << 20;
// Between two looks at the files of a listener.
constexpr unsigned int kLookAgainSeconds = 10;

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::FileSource> file,
                        oci::file::FileSource::Open(path, oci::file::Links::kFollow));
  return oci::io::ReadAll(oci::Context(), *file, kMaxPemBytes);
}

absl::Status CheckPair(const TlsFiles& files) {
  if (files.certificate.empty() == files.key.empty()) return absl::OkStatus();
  return oci::InvalidInputError("TLS: a certificate and a key belong together");
}

}  // namespace

absl::Status CheckTls(const TlsFiles& files, const std::vector<Address>& addresses, absl::string_view options) {
  const auto is_tcp = [](const Address& address) { return address.kind == Address::Kind::kTcp; };
  if (files.empty() || std::any_of(addresses.begin(), addresses.end(), is_tcp)) return absl::OkStatus();
  return oci::InvalidInputError(absl::StrCat(options, "-...: only tcp:// addresses are encrypted, and there is none"));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ListenerCredentials(const TlsFiles& files) {
  ABSL_RETURN_IF_ERROR(CheckPair(files));
  if (files.certificate.empty()) {
    if (files.authority.empty()) return grpc::InsecureServerCredentials();
    return oci::InvalidInputError("TLS: an authority for clients needs a certificate and a key of the server");
  }
  // gRPC's watcher would only log that it cannot read one.
  for (const std::string* const file : {&files.key, &files.certificate, &files.authority}) {
    ABSL_RETURN_IF_ERROR(ReadPem(*file).status());
  }
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(files.key, files.certificate,
                                                                           files.authority, kLookAgainSeconds));
  options.watch_identity_key_cert_pairs();
  if (!files.authority.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> DialCredentials(const TlsFiles& files) {
  ABSL_RETURN_IF_ERROR(CheckPair(files));
  if (files.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  ABSL_ASSIGN_OR_RETURN(options.pem_root_certs, ReadPem(files.authority));
  ABSL_ASSIGN_OR_RETURN(options.pem_private_key, ReadPem(files.key));
  ABSL_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadPem(files.certificate));
  return grpc::SslCredentials(options);
}

}  // namespace waybill::exporter::rpc::listen
