// A program as a C function: the stub in the emitted source and the header that declares it.
#pragma once

#include "codegen/emit.h"

namespace tsc {

// What the C function looks like: one parameter each, in this order.
struct CParam {
  enum class Role { Input, State, UpdatedState, Size, Output };
  Role role{};
  size_t index = 0; // which input (states behind arguments), symbol or output
  std::string name; // a C identifier: the user's where it is one and not taken, else minted
};

struct CFunction {
  std::string name; // exported symbol
  std::vector<CParam> params;
};

// Throws Error(BadName) when `name` cannot be a C and C++ function: not an identifier of at most 64
// letters, a keyword, or reserved.
void check_function_name(const std::string& name);

// `updated[i]` is the output that is the next value of state i, if it has an update.
CFunction c_function(const Plan& plan, std::string name,
                     const std::vector<std::optional<size_t>>& updated);

// The whole source of a library's function: kernels, entry as internal functions, and the stub.
// Constants that are not embedded are expected as hidden symbols constant_symbol(name, i).
Source emit_library(const Plan& plan, const CFunction& function);
std::string constant_symbol(const std::string& function, size_t constant);

// A header for C and C++ with the functions' declarations and what each parameter means.
std::string c_header(const std::vector<std::pair<const Plan*, CFunction>>& functions,
                     const std::string& guard);

} // namespace tsc
