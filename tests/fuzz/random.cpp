#include "tests/fuzz/random.h"

#include "ir/op.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace tsc::fuzz {

uint64_t Random::next() {
  if (used_ < bytes_.size()) {
    uint32_t number = 0;
    std::memcpy(&number, bytes_.data() + used_, std::min<size_t>(4, bytes_.size() - used_));
    used_ += 4;
    return number;
  }
  // SplitMix64
  uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ z >> 27) * 0x94D049BB133111EBull;
  return z ^ z >> 31;
}

DType random_dtype(Random& random, DTypes set) {
  std::vector<DType> members;
  for (const DTypeRow& row : all_dtypes())
    if (in(row.dtype, set)) members.push_back(row.dtype);
  return random.pick(members);
}

namespace {

const std::vector<double>& samples() {
  static const std::vector<double> all = [] {
    std::vector<double> list;
    for (const OpRow& row : all_ops())
      list.insert(list.end(), row.sample.begin(), row.sample.end());
    return list;
  }();
  return all;
}

// Limits of the dtype that a number is rounded to afterwards.
struct FloatLimits {
  double largest, least_normal, least, epsilon;
};

FloatLimits limits_of(DType dtype) {
  if (dtype == DType::F16) return {65504, 0x1p-14, 0x1p-24, 0x1p-10};
  if (dtype == DType::BF16) return {0x1.FEp127, 0x1p-126, 0x1p-133, 0x1p-7};
  if (dtype == DType::F64 || dtype == DType::C128)
    return {std::numeric_limits<double>::max(), 0x1p-1022, 0x1p-1074, 0x1p-52};
  return {std::numeric_limits<float>::max(), 0x1p-126, 0x1p-149, 0x1p-23};
}

double special(Random& random, DType dtype) {
  const FloatLimits l = limits_of(dtype);
  const double inf = std::numeric_limits<double>::infinity();
  const double positive = random.pick(
      std::vector{0.0, inf, l.largest, l.least_normal, l.least, l.epsilon, 1.0, 1 + l.epsilon,
                  l.least_normal - l.least, std::numeric_limits<double>::quiet_NaN()});
  return random.chance(50) ? -positive : positive;
}

// Numbers whose sums and products are exact, numbers that fill the mantissa, and neighbours of the
// middle between two f16, bf16 or f32.
double small_float(Random& random) {
  const double eighths = static_cast<double>(random.between(-32, 32)) / 8;
  if (random.chance(50)) return eighths;
  if (random.chance(80)) return static_cast<double>(random.next() >> 11) * 0x1p-50 - 4;
  const double middle = random.pick(std::vector{0x1p-8, 0x1p-11, 0x1p-24});
  return eighths + (random.chance(50) ? middle : -middle) *
                       (1 + random.pick(std::vector{-0x1p-20, 0.0, 0x1p-20}));
}

double random_float(Random& random, DType dtype, bool finite) {
  const double small = small_float(random);
  if (finite || random.chance(50)) return small;
  return random.chance(50) ? special(random, dtype) : random.pick(samples());
}

int64_t random_int(Random& random, DType dtype, bool finite) {
  if (dtype == DType::Bool) return random.below(2);
  if (finite || random.chance(60)) return random.between(in(dtype, Unsigned) ? 0 : -4, 9);
  const auto bits = static_cast<int>(size_of(dtype)) * 8;
  const uint64_t least = uint64_t{1} << (bits - 1); // as a pattern of bits
  if (random.chance(50))
    return static_cast<int64_t>(
        random.pick(std::vector<uint64_t>{0, ~uint64_t{0}, least, least - 1}));
  return static_cast<int64_t>(random.next());
}

void set_any_bits(Random& random, TensorValue& value, size_t item) {
  const size_t bytes = size_of(value.dtype);
  for (size_t i = 0; i < bytes; ++i)
    value.bytes[item * bytes + i] = static_cast<char>(random.next() & 0xFF);
}

} // namespace

TensorValue random_value(Random& random, DType dtype, const std::vector<int64_t>& shape,
                         bool finite) {
  TensorValue value = TensorValue::zeros(dtype, shape);
  for (size_t i = 0; i < value.count(); ++i) {
    if (in(dtype, BoolsAndInts))
      value.set_i64(i, random_int(random, dtype, finite));
    else if (!finite && random.chance(10))
      set_any_bits(random, value, i);
    else
      value.set_f64(i, random_float(random, dtype, finite));
  }
  return value;
}

} // namespace tsc::fuzz
