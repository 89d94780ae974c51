// SPDX-License-Identifier: Apache-2.0
// The PKCS #11 interface (Cryptoki 2.40) of a module that is loaded when it is asked for, as far as signing needs it.
#ifndef WAYBILL_ATTEST_KEYS_CRYPTOKI_H_
#define WAYBILL_ATTEST_KEYS_CRYPTOKI_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::attest::keys {

// The module's functions. It is loaded and initialized once, and stays until the process ends, because other keys may
// use it and modules do not all bear to be unloaded. Thread-safe. Errors: NOT_FOUND naming the path.
absl::StatusOr<CK_FUNCTION_LIST*> LoadModule(const std::string& path);

// OK for CKR_OK. Else an error that names the function: INVALID_ARGUMENT for a wrong or locked PIN, kRefused with the
// number for the others.
absl::Status StatusOf(CK_RV result, absl::string_view function);

// Slots that have a token.
absl::StatusOr<std::vector<CK_SLOT_ID>> ListSlots(CK_FUNCTION_LIST& functions);

// A session of reading, closed at the end. Not thread-safe; sessions are independent of each other.
class TokenSession {
 public:
  static absl::StatusOr<TokenSession> Open(CK_FUNCTION_LIST& functions, CK_SLOT_ID slot);
  ~TokenSession();
  TokenSession(TokenSession&& other) noexcept;
  TokenSession& operator=(TokenSession&&) = delete;

  // CKU_USER, which all sessions of the process share; CKU_CONTEXT_SPECIFIC for the operation that has begun.
  absl::Status Login(CK_USER_TYPE user, absl::string_view pin);
  // At most `limit` objects that have these attributes.
  absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> Find(std::vector<CK_ATTRIBUTE> attributes, size_t limit);
  // Its bytes, of at most 64 KiB.
  absl::StatusOr<std::string> Get(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute);
  // `pin` is for a key that asks for it at each signature (CKA_ALWAYS_AUTHENTICATE); null: this one does not.
  absl::StatusOr<std::string> Sign(CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE mechanism, absl::string_view data,
                                   const absl::string_view* pin);

 private:
  TokenSession(CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE handle) : functions_(&functions), handle_(handle) {}

  CK_FUNCTION_LIST* functions_;  // null once moved from
  CK_SESSION_HANDLE handle_;
};

}  // namespace waybill::attest::keys

#endif  // WAYBILL_ATTEST_KEYS_CRYPTOKI_H_
