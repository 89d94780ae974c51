// SPDX-License-Identifier: Apache-2.0
#include "oci/http/testing/tls_server.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace waybill::oci::http::testing {
namespace {

std::string Answer(const std::string& redirect_to) {
  const std::string head =
      redirect_to.empty() ? "200 OK" : absl::StrCat("307 Temporary Redirect\r\nLocation: ", redirect_to);
  return absl::StrCat("HTTP/1.1 ", head, "\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecure");
}

std::string Read(BIO* memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  std::string text(bytes, size);
  BIO_free(memory);
  return text;
}

void AddExtension(X509* certificate, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Valid for a day, for 127.0.0.1, signed by itself.
X509* MakeCertificate(EVP_PKEY* key) {
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 60 * 60);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, NID_subject_alt_name, "IP:127.0.0.1");
  X509_sign(certificate, key, EVP_sha256());
  return certificate;
}

}  // namespace

TlsServer::TlsServer(bool want_client_certificate, const std::string& redirect_to)
    : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free),
      answer_(testing::Answer(redirect_to)),
      listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = MakeCertificate(key);
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  certificate_ = Read(memory);
  memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
  key_ = Read(memory);
  SSL_CTX_use_certificate(context_.get(), certificate);
  SSL_CTX_use_PrivateKey(context_.get(), key);
  if (want_client_certificate) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), certificate);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { Serve(stop); });
}

TlsServer::~TlsServer() {
  thread_.request_stop();
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string TlsServer::url(absl::string_view path) const { return absl::StrCat("https://127.0.0.1:", port_, path); }

void TlsServer::Serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    Answer(socket);
    ::close(socket);
  }
}

void TlsServer::Answer(int socket) {
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), SSL_free);
  SSL_set_fd(tls.get(), socket);
  if (SSL_accept(tls.get()) != 1) return;
  std::string request;
  char chunk[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const int n = SSL_read(tls.get(), chunk, sizeof chunk);
    if (n <= 0) return;
    request.append(chunk, n);
  }
  SSL_write(tls.get(), answer_.data(), static_cast<int>(answer_.size()));
  SSL_shutdown(tls.get());
}

}  // namespace waybill::oci::http::testing
