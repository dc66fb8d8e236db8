#include "debezium_postgres_sink/decode/long_integer.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace sluice::debezium {
namespace {

// Nine decimal digits a limb, the least significant first, without zeros at the end; empty for 0.
constexpr uint32_t kBase = 1'000'000'000;
using Limbs = std::vector<uint32_t>;
using View = std::span<const uint32_t>;

View without_zeros(View number) {
  while (!number.empty() && number.back() == 0) number = number.first(number.size() - 1);
  return number;
}

// At a place of `to`, which is long enough for the sum.
void add(Limbs& to, View number, size_t at) {
  uint32_t carry = 0;
  for (size_t i = 0; i < number.size() || carry != 0; ++i) {
    const uint32_t sum = to[at + i] + (i < number.size() ? number[i] : 0) + carry;
    carry = sum >= kBase ? 1 : 0;
    to[at + i] = sum - carry * kBase;
  }
}

void subtract(Limbs& from, View number) {  // which is no more than `from`
  uint32_t borrow = 0;
  for (size_t i = 0; i < number.size() || borrow != 0; ++i) {
    const uint32_t less = (i < number.size() ? number[i] : 0) + borrow;
    borrow = from[i] < less ? 1 : 0;
    from[i] = from[i] + borrow * kBase - less;
  }
}

Limbs sum(View a, View b) {
  Limbs result(std::max(a.size(), b.size()) + 1);
  add(result, a, 0);
  add(result, b, 0);
  return result;
}

Limbs multiply(View a, View b);

Limbs multiply_digit_by_digit(View a, View b) {
  Limbs product(a.size() + b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t carry = 0;
    for (size_t k = 0; k < b.size(); ++k) {
      carry += product[i + k] + uint64_t{a[i]} * b[k];
      product[i + k] = static_cast<uint32_t>(carry % kBase);
      carry /= kBase;
    }
    product[i + b.size()] = static_cast<uint32_t>(carry);
  }
  return product;
}

// Karatsuba's: three products of half the length instead of four.
Limbs multiply_by_halves(View a, View b) {
  const size_t half = (std::max(a.size(), b.size()) + 1) / 2;
  const auto low = [&](View number) { return without_zeros(number.first(std::min(half, number.size()))); };
  const auto high = [&](View number) { return number.subspan(std::min(half, number.size())); };
  const Limbs lows = multiply(low(a), low(b)), highs = multiply(high(a), high(b));
  Limbs middle = multiply(sum(low(a), high(a)), sum(low(b), high(b)));
  subtract(middle, lows);
  subtract(middle, highs);
  Limbs product(a.size() + b.size() + 1);
  add(product, lows, 0);
  add(product, without_zeros(middle), half);
  add(product, highs, 2 * half);
  return product;
}

Limbs multiply(View a, View b) {
  constexpr size_t kShort = 40;  // limbs, below which halves cost more than they spare
  a = without_zeros(a), b = without_zeros(b);
  Limbs product = std::min(a.size(), b.size()) < kShort ? multiply_digit_by_digit(a, b) : multiply_by_halves(a, b);
  product.resize(without_zeros(product).size());
  return product;
}

class Converter {
 public:
  // Of 32-bit words, the most significant first.
  Limbs convert(View words) {
    constexpr size_t kFew = 16;
    if (words.size() <= kFew) return word_by_word(words);
    size_t level = 0;
    while (size_t{2} << level < words.size()) ++level;
    const size_t low_words = size_t{1} << level;
    const Limbs high = convert(words.first(words.size() - low_words)), low = convert(words.last(low_words));
    Limbs number = multiply(high, power(level));
    number.resize(std::max(number.size(), low.size()) + 1);
    add(number, low, 0);
    number.resize(without_zeros(number).size());
    return number;
  }

 private:
  static Limbs word_by_word(View words) {
    Limbs number;
    for (const uint32_t word : words) {
      uint64_t carry = word;
      for (uint32_t& limb : number) {
        carry += uint64_t{limb} << 32;
        limb = static_cast<uint32_t>(carry % kBase);
        carry /= kBase;
      }
      for (; carry != 0; carry /= kBase) number.push_back(static_cast<uint32_t>(carry % kBase));
    }
    return number;
  }

  // 2 to the power of 32 × 2^level.
  const Limbs& power(size_t level) {
    if (powers_.empty()) powers_.push_back(Limbs{294'967'296, 4});
    while (powers_.size() <= level) powers_.push_back(multiply(powers_.back(), powers_.back()));
    return powers_[level];
  }

  std::vector<Limbs> powers_;
};

std::vector<uint32_t> magnitude_of(std::string_view bytes) {
  const bool negative = !bytes.empty() && (bytes[0] & 0x80) != 0;
  std::vector<uint32_t> words((bytes.size() + 3) / 4, negative ? 0xFFFFFFFFu : 0u);
  const size_t blank = words.size() * 4 - bytes.size();  // of the first word
  for (size_t i = 0; i < bytes.size(); ++i) {
    uint32_t& word = words[(blank + i) / 4];
    word = word << 8 | static_cast<unsigned char>(bytes[i]);
  }
  if (!negative) return words;
  uint32_t carry = 1;
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    *word = ~*word + carry;
    carry = carry != 0 && *word == 0 ? 1 : 0;
  }
  return words;
}

}  // namespace

std::string digits_of_integer(std::string_view bytes) {
  const std::vector<uint32_t> words = magnitude_of(bytes);
  const auto first = std::ranges::find_if(words, [](uint32_t word) { return word != 0; });
  const Limbs limbs = Converter().convert(View(first, words.end()));
  if (limbs.empty()) return "0";
  std::string digits(9 * limbs.size(), '0');
  char* to = digits.data();
  for (auto limb = limbs.rbegin(); limb != limbs.rend(); ++limb, to += 9) {
    char text[10];
    const auto size = std::to_chars(text, text + sizeof text, *limb).ptr - text;
    std::copy_n(text, size, to + 9 - size);
  }
  return digits.erase(0, digits.find_first_not_of('0'));
}

}  // namespace sluice::debezium
