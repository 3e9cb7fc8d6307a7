// Element types. They stand in support because both the compiler (ir) and loaded programs (runtime)
// speak of them; the numbers of the enum are part of the ABI (codegen/prelude/abi.h) and never
// change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] tsc {

enum class DType : uint8_t {
#define DTYPE(id, number, name, bytes, npy) id = number,
#include "support/dtypes.def"
#undef DTYPE
};

struct DTypeRow {
  DType dtype;
  const char* name; // "f32": the text format's and the CLI's
  size_t bytes;
  const char* npy; // NumPy's type string without byte order: "f4"
};

inline constexpr DTypeRow dtype_rows[] = {
#define DTYPE(id, number, name, bytes, npy) {DType::id, name, bytes, npy},
#include "support/dtypes.def"
#undef DTYPE
};

constexpr std::span<const DTypeRow> all_dtypes() { return dtype_rows; }
constexpr const DTypeRow& row(DType dtype) { return dtype_rows[static_cast<size_t>(dtype)]; }
constexpr const char* name(DType dtype) { return row(dtype).name; }
constexpr size_t size_of(DType dtype) { return row(dtype).bytes; }
std::optional<DType> dtype_named(std::string_view name);

// A set of dtypes, one bit each.
using DTypes = uint32_t;
constexpr DTypes bit(DType d) { return DTypes{1} << static_cast<unsigned>(d); }
constexpr DTypes Bools = bit(DType::Bool);
constexpr DTypes Signed = bit(DType::I8) | bit(DType::I16) | bit(DType::I32) | bit(DType::I64);
constexpr DTypes Unsigned = bit(DType::U8) | bit(DType::U16) | bit(DType::U32) | bit(DType::U64);
constexpr DTypes Ints = Signed | Unsigned;
constexpr DTypes Halves = bit(DType::F16) | bit(DType::BF16);
constexpr DTypes Floats = Halves | bit(DType::F32) | bit(DType::F64);
constexpr DTypes Reals = Ints | Floats;
constexpr DTypes Complexes = bit(DType::C64) | bit(DType::C128);
constexpr DTypes BoolsAndInts = Bools | Ints;
constexpr DTypes AnyReal = Bools | Reals;
constexpr DTypes AnyType = AnyReal | Complexes;
constexpr bool in(DType d, DTypes set) { return (bit(d) & set) != 0; }

// The dtype that arithmetic on `a` and `b` gives: NumPy's promotion, except that an integer with
// f32, f16 or bf16 keeps the float (NumPy gives f64 for i32 with f32). Symmetric and associative
// but for f16 with bf16, which gives f32.
DType promote(DType a, DType b);

// The dtype in which values of `d` are computed: f32 for f16 and bf16, else `d`.
constexpr DType compute_type(DType d) { return in(d, Halves) ? DType::F32 : d; }

// The dtype of the parts of a complex `d`, else `d`.
constexpr DType part_type(DType d) {
  return d == DType::C64 ? DType::F32 : d == DType::C128 ? DType::F64 : d;
}

// C++ type -> DType, for the types that C++ has.
template <class T>
struct dtype_of;
#define TSC_DTYPE_OF(type, id)                                                                     \
  template <>                                                                                      \
  struct dtype_of<type> {                                                                          \
    static constexpr DType value = DType::id;                                                      \
  }
TSC_DTYPE_OF(bool, Bool);
TSC_DTYPE_OF(int8_t, I8);
TSC_DTYPE_OF(int16_t, I16);
TSC_DTYPE_OF(int32_t, I32);
TSC_DTYPE_OF(int64_t, I64);
TSC_DTYPE_OF(uint8_t, U8);
TSC_DTYPE_OF(uint16_t, U16);
TSC_DTYPE_OF(uint32_t, U32);
TSC_DTYPE_OF(uint64_t, U64);
TSC_DTYPE_OF(float, F32);
TSC_DTYPE_OF(double, F64);
#undef TSC_DTYPE_OF

// IEEE binary16 and bfloat16 storage, to and from f32 (round to nearest even).
float f16_to_f32(uint16_t bits);
uint16_t f32_to_f16(float value);
float bf16_to_f32(uint16_t bits);
uint16_t f32_to_bf16(float value);
uint16_t f64_to_f16(double value); // rounded once
uint16_t f64_to_bf16(double value);

} // namespace tsc
