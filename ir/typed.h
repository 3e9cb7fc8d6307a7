// From a dtype known when the program runs to a C++ type known when it is compiled.
//
//   with_dtype(dtype, [&]<DType D>() { ... load<D>(bytes, i) ... });
//
// Values of f16 and bf16 are computed in float: `load` widens, `store` rounds. Bytes are accessed
// by memcpy, so that they need no alignment; loops over them vectorise all the same.
#pragma once

#include "support/dtype.h"
#include "support/error.h"

#include <cstring>

namespace tsc {

// The C++ type in which items of D are computed.
template <DType D>
struct item_of;
#define TSC_ITEM(id, type)                                                                         \
  template <>                                                                                      \
  struct item_of<DType::id> {                                                                      \
    using Item = type;                                                                             \
  }
TSC_ITEM(Bool, bool);
TSC_ITEM(I8, int8_t);
TSC_ITEM(I16, int16_t);
TSC_ITEM(I32, int32_t);
TSC_ITEM(I64, int64_t);
TSC_ITEM(U8, uint8_t);
TSC_ITEM(U16, uint16_t);
TSC_ITEM(U32, uint32_t);
TSC_ITEM(U64, uint64_t);
TSC_ITEM(F16, float);
TSC_ITEM(BF16, float);
TSC_ITEM(F32, float);
TSC_ITEM(F64, double);
#undef TSC_ITEM
template <DType D>
using Item = typename item_of<D>::Item;

template <class T>
T load_raw(const char* bytes, size_t i) {
  T value;
  std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
  return value;
}

template <class T>
void store_raw(char* bytes, size_t i, T value) {
  std::memcpy(bytes + i * sizeof(T), &value, sizeof(T));
}

template <DType D>
Item<D> load(const char* bytes, size_t i) {
  if constexpr (D == DType::F16)
    return f16_to_f32(load_raw<uint16_t>(bytes, i));
  else if constexpr (D == DType::BF16)
    return bf16_to_f32(load_raw<uint16_t>(bytes, i));
  else if constexpr (D == DType::Bool)
    return bytes[i] != 0;
  else
    return load_raw<Item<D>>(bytes, i);
}

template <DType D>
void store(char* bytes, size_t i, Item<D> value) {
  if constexpr (D == DType::F16)
    store_raw(bytes, i, f32_to_f16(value));
  else if constexpr (D == DType::BF16)
    store_raw(bytes, i, f32_to_bf16(value));
  else if constexpr (D == DType::Bool)
    bytes[i] = value ? 1 : 0;
  else
    store_raw(bytes, i, value);
}

// Calls f.operator()<D>() for the D that equals `dtype`, of all dtypes but the complex ones.
template <class F>
decltype(auto) with_dtype(DType dtype, F&& f) {
  switch (dtype) {
  case DType::Bool:
    return f.template operator()<DType::Bool>();
  case DType::I8:
    return f.template operator()<DType::I8>();
  case DType::I16:
    return f.template operator()<DType::I16>();
  case DType::I32:
    return f.template operator()<DType::I32>();
  case DType::I64:
    return f.template operator()<DType::I64>();
  case DType::U8:
    return f.template operator()<DType::U8>();
  case DType::U16:
    return f.template operator()<DType::U16>();
  case DType::U32:
    return f.template operator()<DType::U32>();
  case DType::U64:
    return f.template operator()<DType::U64>();
  case DType::F16:
    return f.template operator()<DType::F16>();
  case DType::BF16:
    return f.template operator()<DType::BF16>();
  case DType::F32:
    return f.template operator()<DType::F32>();
  case DType::F64:
    return f.template operator()<DType::F64>();
  case DType::C64:
  case DType::C128:
    break;
  }
  throw InternalError("complex numbers have no single item type");
}

} // namespace tsc
