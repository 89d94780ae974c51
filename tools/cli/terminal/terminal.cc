// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal/terminal.h"

#include <sys/ioctl.h>

#include "absl/strings/ascii.h"
#include "oci/words/quote.h"

namespace waybill::cli::terminal {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the character that `text` begins with; a byte that begins none stands for itself.
size_t CharacterSize(absl::string_view text) {
  constexpr size_t kLongest = 4;
  if (static_cast<unsigned char>(text[0]) < 0xc0) return 1;
  size_t size = 1;
  while (size < kLongest && size < text.size() && IsContinuation(text[size])) ++size;
  return size;
}

}  // namespace

ScreenSize ScreenOf(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

bool CanRedraw(bool is_terminal, const char* term) {
  return is_terminal && term != nullptr && *term != '\0' && absl::string_view(term) != "dumb";
}

std::string Printable(absl::string_view text) {
  const std::string line = oci::words::Escaped(text.substr(0, 2 * oci::words::kMaxMessageBytes));
  return std::string(oci::words::CutToBytes(line, 2 * oci::words::kMaxMessageBytes));
}

absl::string_view CutToColumns(absl::string_view text, size_t columns) {
  size_t end = 0;
  for (size_t used = 0; end < text.size();) {
    const size_t size = CharacterSize(text.substr(end));
    used += absl::ascii_isascii(static_cast<unsigned char>(text[end])) ? 1 : 2;
    if (used > columns) break;
    end += size;
  }
  return text.substr(0, end);
}

}  // namespace waybill::cli::terminal
