// SPDX-License-Identifier: Apache-2.0
#include "tools/deflate/inputs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <system_error>

#include "absl/strings/string_view.h"

namespace waybill::deflate_tools {
namespace {

constexpr size_t kMostFileBytes = 4 << 20;

using Random = std::mt19937_64;

size_t Below(size_t limit, Random& random) { return static_cast<size_t>(random() % limit); }

// Evenly distributed logarithms.
size_t SizeUpTo(size_t most, Random& random) {
  const double unit = static_cast<double>(random() >> 11) / 9007199254740992.0;
  return static_cast<size_t>(std::exp(unit * std::log(static_cast<double>(most) + 1))) - 1;
}

size_t InputSize(Random& random) {
  // Where Go's buffer moves, blocks end, and segments and what they overlap end.
  constexpr std::array<size_t, 12> kBorders = {16,    128,   258,   16384,  32768,  65274,
                                               65535, 65536, 98304, 262140, 266236, 524280};
  constexpr size_t kMost = 600'000;
  if (random() % 4 > 0) return SizeUpTo(random() % 8 == 0 ? kMost : 60'000, random);
  const size_t border = kBorders[Below(kBorders.size() - (random() % 4 > 0 ? 3 : 0), random)];
  return border - std::min<size_t>(border, 300) + Below(600, random);
}

void AddNoise(size_t size, unsigned symbols, Random& random, std::string& to) {
  for (size_t i = 0; i < size; ++i) to.push_back(static_cast<char>(random() % symbols));
}

void AddPeriod(size_t size, Random& random, std::string& to) {
  std::string period;
  AddNoise(1 + SizeUpTo(40'000, random), 256, random, period);
  for (size_t i = 0; i < size; ++i) to.push_back(period[i % period.size()]);
}

void AddText(size_t size, Random& random, std::string& to) {
  std::vector<std::string> words(1 + SizeUpTo(3000, random));
  for (std::string& word : words) {
    for (size_t i = 1 + Below(9, random); i > 0; --i) word.push_back(static_cast<char>('a' + random() % 26));
  }
  const size_t end = to.size() + size;
  while (to.size() < end) {
    to += words[SizeUpTo(words.size() - 1, random)];
    to.push_back(random() % 12 == 0 ? '\n' : ' ');
  }
  to.resize(end);
}

// Repeats bytes from before, at any distance up to beyond the window.
void AddCopy(size_t size, Random& random, std::string& to) {
  if (to.empty()) return;
  const size_t distance = 1 + SizeUpTo(std::min<size_t>(to.size(), 33'000) - 1, random);
  for (size_t i = 0; i < size; ++i) to.push_back(to[to.size() - distance]);
}

void AddFile(size_t size, absl::string_view content, Random& random, std::string& to) {
  const size_t begin = Below(content.size(), random);
  to.append(content.data() + begin, std::min(size, content.size() - begin));
}

}  // namespace

Inputs::Inputs(std::vector<std::string> files) {
  for (const std::string& name : files) {
    std::ifstream file(name, std::ios::binary);
    std::string content(kMostFileBytes, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    if (!content.empty()) contents_.push_back(std::move(content));
  }
}

std::string Inputs::Make(uint64_t number) const {
  Random random(number);
  const size_t size = InputSize(random);
  // One kind all through, or a mixture of pieces.
  const bool mixed = random() % 2 == 0;
  const size_t only = Below(7, random);
  std::string input;
  while (input.size() < size) {
    const size_t piece = mixed ? 1 + SizeUpTo(size - input.size(), random) : size;
    switch (mixed ? Below(10, random) : only) {
      case 0:
        AddNoise(piece, 256, random, input);
        break;
      case 1:
        AddNoise(piece, 2 + static_cast<unsigned>(random() % 30), random, input);
        break;
      case 2:
        input.append(piece, static_cast<char>(random()));
        break;
      case 3:
        AddPeriod(piece, random, input);
        break;
      case 4:
        AddText(piece, random, input);
        break;
      case 5:
      case 6:
        if (!contents_.empty()) AddFile(piece, contents_[Below(contents_.size(), random)], random, input);
        if (contents_.empty()) AddText(piece, random, input);
        break;
      default:
        AddNoise(1 + SizeUpTo(20, random), 256, random, input);
        AddCopy(std::min<size_t>(piece, 1 + SizeUpTo(3000, random)), random, input);
    }
  }
  input.resize(size);
  return input;
}

std::vector<std::string> SystemFiles(size_t most) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/usr/bin", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unreadable;
    if (entry->is_regular_file(unreadable)) names.push_back(entry->path().string());
  }
  std::sort(names.begin(), names.end());
  // Spread over the alphabet.
  std::vector<std::string> chosen;
  const size_t step = std::max<size_t>(1, names.size() / std::max<size_t>(most, 1));
  for (size_t i = 0; i < names.size() && chosen.size() < most; i += step) chosen.push_back(names[i]);
  return chosen;
}

}  // namespace waybill::deflate_tools
