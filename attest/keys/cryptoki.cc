// SPDX-License-Identifier: Apache-2.0
#include "attest/keys/cryptoki.h"

#include <dlfcn.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::attest::keys {
namespace {

constexpr size_t kMaxAttributeBytes = 64 << 10;
constexpr size_t kMaxSignatureBytes = 4 << 10;

unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));  // the interface knows no const
}

absl::StatusOr<CK_FUNCTION_LIST*> Load(const std::string& path) {
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const words = ::dlerror();
    return oci::NotFoundError(
        absl::StrCat("PKCS #11 module ", path, ": ", oci::words::Quoted(words ? words : "", 300)));
  }
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  if (get == nullptr) return oci::NotFoundError(absl::StrCat(path, " is no PKCS #11 module"));
  CK_FUNCTION_LIST* functions = nullptr;
  ABSL_RETURN_IF_ERROR(StatusOf(get(&functions), "C_GetFunctionList"));
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV result = functions->C_Initialize(&arguments);
  if (result != CKR_CRYPTOKI_ALREADY_INITIALIZED) ABSL_RETURN_IF_ERROR(StatusOf(result, "C_Initialize"));
  return functions;
}

}  // namespace

absl::StatusOr<CK_FUNCTION_LIST*> LoadModule(const std::string& path) {
  static auto* const mutex = new absl::Mutex;
  static auto* const loaded = new std::map<std::string, CK_FUNCTION_LIST*>;
  absl::MutexLock lock(mutex);
  const auto found = loaded->find(path);
  if (found != loaded->end()) return found->second;
  ABSL_ASSIGN_OR_RETURN(CK_FUNCTION_LIST* const functions, Load(path));
  loaded->emplace(path, functions);
  return functions;
}

absl::Status StatusOf(CK_RV result, absl::string_view function) {
  switch (result) {
    case CKR_OK:
      return absl::OkStatus();
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
      return oci::InvalidInputError("the token does not take this PIN");
    case CKR_PIN_LOCKED:
      return oci::InvalidInputError("the token's PIN is locked");
    default:
      return oci::MakeError(oci::Reason::kRefused, absl::StrCat(function, ": PKCS #11 error 0x", absl::Hex(result)));
  }
}

absl::StatusOr<std::vector<CK_SLOT_ID>> ListSlots(CK_FUNCTION_LIST& functions) {
  CK_ULONG count = 0;
  ABSL_RETURN_IF_ERROR(StatusOf(functions.C_GetSlotList(CK_TRUE, nullptr, &count), "C_GetSlotList"));
  std::vector<CK_SLOT_ID> slots(count);
  ABSL_RETURN_IF_ERROR(StatusOf(functions.C_GetSlotList(CK_TRUE, slots.data(), &count), "C_GetSlotList"));
  slots.resize(std::min<size_t>(count, slots.size()));
  return slots;
}

absl::StatusOr<TokenSession> TokenSession::Open(CK_FUNCTION_LIST& functions, CK_SLOT_ID slot) {
  CK_SESSION_HANDLE handle = 0;
  ABSL_RETURN_IF_ERROR(
      StatusOf(functions.C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle), "C_OpenSession"));
  return TokenSession(functions, handle);
}

TokenSession::~TokenSession() {
  if (functions_ != nullptr) functions_->C_CloseSession(handle_);
}

TokenSession::TokenSession(TokenSession&& other) noexcept
    : functions_(std::exchange(other.functions_, nullptr)), handle_(other.handle_) {}

absl::Status TokenSession::Login(CK_USER_TYPE user, absl::string_view pin) {
  const CK_RV result = functions_->C_Login(handle_, user, Bytes(pin), pin.size());
  return result == CKR_USER_ALREADY_LOGGED_IN ? absl::OkStatus() : StatusOf(result, "C_Login");
}

absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> TokenSession::Find(std::vector<CK_ATTRIBUTE> attributes, size_t limit) {
  ABSL_RETURN_IF_ERROR(
      StatusOf(functions_->C_FindObjectsInit(handle_, attributes.data(), attributes.size()), "C_FindObjectsInit"));
  std::vector<CK_OBJECT_HANDLE> found(limit);
  CK_ULONG count = 0;
  const CK_RV result = functions_->C_FindObjects(handle_, found.data(), found.size(), &count);
  functions_->C_FindObjectsFinal(handle_);
  ABSL_RETURN_IF_ERROR(StatusOf(result, "C_FindObjects"));
  found.resize(std::min<size_t>(count, limit));
  return found;
}

absl::StatusOr<std::string> TokenSession::Get(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute) {
  CK_ATTRIBUTE wanted{attribute, nullptr, 0};
  ABSL_RETURN_IF_ERROR(StatusOf(functions_->C_GetAttributeValue(handle_, object, &wanted, 1), "C_GetAttributeValue"));
  if (wanted.ulValueLen > kMaxAttributeBytes) return oci::InvalidInputError("the token tells nonsense of an object");
  std::string value(wanted.ulValueLen, '\0');
  wanted.pValue = value.data();
  ABSL_RETURN_IF_ERROR(StatusOf(functions_->C_GetAttributeValue(handle_, object, &wanted, 1), "C_GetAttributeValue"));
  value.resize(std::min<size_t>(wanted.ulValueLen, value.size()));
  return value;
}

absl::StatusOr<std::string> TokenSession::Sign(CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE mechanism,
                                               absl::string_view data, const absl::string_view* pin) {
  CK_MECHANISM how{mechanism, nullptr, 0};
  ABSL_RETURN_IF_ERROR(StatusOf(functions_->C_SignInit(handle_, &how, key), "C_SignInit"));
  if (pin != nullptr) ABSL_RETURN_IF_ERROR(Login(CKU_CONTEXT_SPECIFIC, *pin));
  std::string signature(kMaxSignatureBytes, '\0');
  CK_ULONG size = signature.size();
  ABSL_RETURN_IF_ERROR(
      StatusOf(functions_->C_Sign(handle_, Bytes(data), data.size(), Bytes(signature), &size), "C_Sign"));
  signature.resize(std::min<size_t>(size, signature.size()));
  return signature;
}

}  // namespace waybill::attest::keys
