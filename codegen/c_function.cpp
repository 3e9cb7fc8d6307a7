#include "codegen/c_function.h"

#include "support/error.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tsc {

namespace {

// Keywords of C23 and C++23, and names that headers define as macros.
constexpr std::array reserved_words = {"alignas",       "alignof",
                                       "and",           "and_eq",
                                       "asm",           "auto",
                                       "bitand",        "bitor",
                                       "bool",          "break",
                                       "case",          "catch",
                                       "char",          "char16_t",
                                       "char32_t",      "char8_t",
                                       "class",         "co_await",
                                       "co_return",     "co_yield",
                                       "compl",         "concept",
                                       "const",         "const_cast",
                                       "consteval",     "constexpr",
                                       "constinit",     "continue",
                                       "decltype",      "default",
                                       "delete",        "do",
                                       "double",        "dynamic_cast",
                                       "else",          "enum",
                                       "errno",         "explicit",
                                       "export",        "extern",
                                       "false",         "float",
                                       "for",           "friend",
                                       "goto",          "if",
                                       "inline",        "int",
                                       "linux",         "long",
                                       "main",          "mutable",
                                       "namespace",     "new",
                                       "noexcept",      "not",
                                       "not_eq",        "nullptr",
                                       "operator",      "or",
                                       "or_eq",         "private",
                                       "protected",     "public",
                                       "register",      "reinterpret_cast",
                                       "requires",      "restrict",
                                       "return",        "short",
                                       "signed",        "sizeof",
                                       "static",        "static_assert",
                                       "static_cast",   "stderr",
                                       "stdin",         "stdout",
                                       "struct",        "switch",
                                       "template",      "this",
                                       "thread_local",  "throw",
                                       "true",          "try",
                                       "typedef",       "typeid",
                                       "typename",      "typeof",
                                       "typeof_unqual", "union",
                                       "unix",          "unsigned",
                                       "using",         "virtual",
                                       "void",          "volatile",
                                       "wchar_t",       "while",
                                       "xor",           "xor_eq"};

bool is_identifier(const std::string& name) {
  if (name.empty() || name.size() > 64 || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_reserved(const std::string& name) {
  if (std::find(reserved_words.begin(), reserved_words.end(), name) != reserved_words.end())
    return true;
  if (name.find("__") != std::string::npos || name.starts_with("tsc_")) return true;
  return name.size() > 1 && name[0] == '_';
}

// Names of one scope: each is given once.
class Scope {
public:
  explicit Scope(std::vector<std::string> taken) : taken_(std::move(taken)) {}

  // `wish` where C can have it here, else a name made of `minted`.
  std::string name(const std::string& wish, const char* minted) {
    const bool type = wish.ends_with("_t") || wish.starts_with("DL"); // "int64_t" and the like
    const bool usable = is_identifier(wish) && !is_reserved(wish) && !type && !taken(wish);
    std::string chosen = wish;
    for (size_t i = 0; !usable && (i == 0 || taken(chosen)); ++i)
      chosen = fmt::format("{}_{}", minted, taken_.size() + i);
    taken_.push_back(chosen);
    return chosen;
  }

private:
  bool taken(const std::string& name) const {
    return std::find(taken_.begin(), taken_.end(), name) != taken_.end();
  }

  std::vector<std::string> taken_;
};

bool named_by_states(const Plan& plan, const std::string& symbol) {
  for (size_t i = plan.inputs.size() - plan.states; i < plan.inputs.size(); ++i)
    for (const Dim& d : plan.inputs[i].type.shape) {
      const auto symbols = d.symbols();
      if (std::find(symbols.begin(), symbols.end(), symbol) != symbols.end()) return true;
    }
  return false;
}

} // namespace

void check_function_name(const std::string& name) {
  if (!is_identifier(name))
    throw Error(Diag::BadName,
                fmt::format("'{}' cannot be the name of a C function", printable(name)))
        .hint("use up to 64 letters, digits and underscores, with no digit first");
  if (is_reserved(name))
    throw Error(Diag::BadName, fmt::format("'{}' is a reserved name in C or C++", name))
        .hint(fmt::format("try '{}_1'", name));
}

CFunction c_function(const Plan& plan, std::string name,
                     const std::vector<std::optional<size_t>>& next) {
  check_function_name(name);
  CFunction f{std::move(name), {}, {}, {}, {}, {}, {}};
  Scope parameters({"options", "state", f.name}), members({});
  const size_t arguments = plan.inputs.size() - plan.states;
  // The user's names go to sizes last: they are the ones that a caller need not know.
  for (size_t i = 0; i < arguments; ++i)
    f.inputs.push_back(parameters.name(plan.inputs[i].name, "in"));
  for (size_t i = 0; i < plan.outputs.size(); ++i)
    if (std::find(next.begin(), next.end(), std::optional(i)) == next.end())
      f.results.push_back(parameters.name(plan.outputs[i].name, "out"));
  for (const std::string& symbol : plan.symbols) {
    f.sizes.push_back(parameters.name(symbol, "size"));
    f.state_sizes.push_back(named_by_states(plan, symbol));
  }
  for (size_t i = 0; i < plan.states; ++i) {
    f.inputs.push_back(members.name(plan.inputs[arguments + i].name, "state"));
    f.updated.push_back(next[i].has_value());
  }
  for (size_t output = f.results.size(); output < plan.outputs.size(); ++output) {
    const auto state = std::find(next.begin(), next.end(), std::optional(output));
    TSC_CHECK(state != next.end()); // next states stand behind the results
    f.updates.push_back(arguments + static_cast<size_t>(state - next.begin()));
  }
  return f;
}

const char* c_type(DType dtype) {
  switch (dtype) {
  case DType::Bool:
  case DType::U8:
    return "uint8_t";
  case DType::I8:
    return "int8_t";
  case DType::I16:
    return "int16_t";
  case DType::I32:
    return "int32_t";
  case DType::I64:
    return "int64_t";
  case DType::F16:
  case DType::BF16:
  case DType::U16:
    return "uint16_t";
  case DType::U32:
    return "uint32_t";
  case DType::U64:
    return "uint64_t";
  case DType::F32:
    return "float";
  case DType::F64:
    return "double";
  case DType::C64:
    return "float"; // pairs: real, imaginary
  case DType::C128:
    return "double";
  }
  throw InternalError("bad dtype");
}

} // namespace tsc
