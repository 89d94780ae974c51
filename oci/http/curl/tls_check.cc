// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/tls_check.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::http::curl {
namespace {

int NoPassphrase(char*, int, int, void*) { return 0; }

absl::Status CheckRoots(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                        BIO_free);
  int count = 0;
  ERR_clear_error();
  while (X509* certificate = PEM_read_bio_X509(bytes.get(), nullptr, NoPassphrase, nullptr)) {
    X509_free(certificate);
    ++count;
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (ended && count > 0) return absl::OkStatus();
  return InvalidInputError(absl::StrCat("certificate authority ", count + 1, " is no PEM certificate"));
}

absl::Status CheckPair(const TlsSettings& tls) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_default_passwd_cb(context.get(), NoPassphrase);
  absl::Status status;
  if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate_file.c_str()) != 1) {
    status = InvalidInputError(absl::StrCat(tls.certificate_file, ": no PEM certificate"));
  } else if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    // OpenSSL compares them while it reads.
    const bool other = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509;
    status = InvalidInputError(other ? absl::StrCat(tls.key_file, ": not the key of ", tls.certificate_file)
                                     : absl::StrCat(tls.key_file, ": no PEM key without a passphrase"));
  }
  ERR_clear_error();
  return status;
}

}  // namespace

absl::Status CheckTls(const TlsSettings& tls) {
  if (!tls.extra_roots.empty()) ABSL_RETURN_IF_ERROR(CheckRoots(tls.extra_roots));
  return tls.certificate_file.empty() ? absl::OkStatus() : CheckPair(tls);
}

}  // namespace waybill::oci::http::curl
