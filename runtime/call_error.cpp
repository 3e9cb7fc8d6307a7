#include "runtime/call_error.h"

#include "support/error.h"

#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tsc {

namespace {

// Takes ":NUMBER" off the end of `text`; 0 when there is none.
uint32_t take_number(std::string_view& text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return 0;
  uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data() + colon + 1, end, number);
  if (error != std::errc() || read != end) return 0;
  text = text.substr(0, colon);
  return number;
}

// The inverse of Loc::text: "file:line:column", "file:line", "file" or "".
Loc loc_of(std::string_view where) {
  if (where.empty()) return {};
  const uint32_t last = take_number(where);
  const uint32_t line = take_number(where);
  return line ? Loc::in_file(where, line, last) : Loc::in_file(where, last);
}

// "x f32[n], w f32[n, 64]"
std::string list_of(const std::vector<Port>& ports) {
  std::string text;
  for (const Port& p : ports)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", p.name, p.type);
  return text;
}

std::string counted(size_t n, std::string_view word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

std::string counted_axes(size_t n) { return n == 1 ? "1 axis" : fmt::format("{} axes", n); }

// {0} to {3} replaced.
std::string filled(std::string_view words, const tsc_report& report) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool hole = words[i] == '{' && i + 2 < words.size() && words[i + 2] == '}' &&
                      words[i + 1] >= '0' && words[i + 1] <= '3';
    if (!hole) {
      text += words[i];
      continue;
    }
    text += std::to_string(report.values[words[i + 1] - '0']);
    i += 2;
  }
  return text;
}

Diag diag_of(std::string_view code) {
  for (const DiagRow& r : all_diagnostics())
    if (code == r.code) return r.diag;
  throw InternalError(
      fmt::format("a check of the program has the unknown code '{}'", printable(code)));
}

} // namespace

std::string input_title(const Manifest& m, size_t index) {
  const char* kind = index < m.inputs.size() - m.states ? "argument" : "state";
  return fmt::format("{} '{}'", kind, m.inputs[index].name);
}

std::string output_title(const Manifest& m, size_t index) {
  const char* kind = index < m.outputs.size() - m.updates ? "output" : "next state";
  return fmt::format("{} '{}'", kind, m.outputs[index].name);
}

void throw_input_count(const Manifest& m, size_t given) {
  const size_t arguments = m.inputs.size() - m.states;
  std::string wanted = counted(arguments, "argument");
  if (m.states) wanted += " and " + counted(m.states, "state");
  Error error(Diag::ArgumentCount,
              fmt::format("the function takes {}, but {} given", wanted,
                          given == 1 ? "1 array was" : fmt::format("{} arrays were", given)));
  if (!m.inputs.empty()) error.note("takes", list_of(m.inputs));
  throw error;
}

void throw_output_count(const Manifest& m, size_t given) {
  Error error(Diag::ArgumentCount, fmt::format("the function has {}, but room for {} was given",
                                               counted(m.outputs.size(), "output"), given));
  if (!m.outputs.empty()) error.note("gives", list_of(m.outputs));
  throw error;
}

void throw_port_type(const std::string& title, const Port& port, const Array& given) {
  Error error(Diag::ArgumentType,
              fmt::format("{} is declared {}, but {} was given", title, port.type, given.type()));
  error.at(loc_of(port.where));
  if (given.dtype() != port.dtype)
    error.hint(fmt::format("convert with astype to {}", name(port.dtype)));
  else
    error.hint(fmt::format("declared with {}, given with {}",
                           counted_axes(static_cast<size_t>(port.rank)), given.rank()));
  throw error;
}

void throw_output_layout(const std::string& title, const Port& port, Sizes wanted,
                         const Array& given) {
  const std::string type = fmt::format("{}[{}]", name(port.dtype), fmt::join(wanted, ", "));
  if (!std::ranges::equal(given.shape(), wanted))
    throw Error(Diag::ArgumentShape, fmt::format("{} is {} in this call, but room for {} was given",
                                                 title, type, given.type()))
        .at(loc_of(port.where));
  throw Error(Diag::DataMismatch,
              fmt::format("{} cannot be written to the array given: it is {}", title,
                          given.writable() ? "not contiguous" : "read-only"))
      .at(loc_of(port.where));
}

void throw_shared_outputs(const std::string& first, const std::string& second) {
  throw Error(Diag::DataMismatch, fmt::format("{} and {} share memory", first, second))
      .hint("give each output an array of its own");
}

void throw_report(const Manifest& m, int32_t code, const tsc_report& report,
                  std::span<const Array> inputs) {
  if (code == TSC_E_NOMEM) throw Error(Diag::OutOfMemory, "the program ran out of memory");
  if ((code != TSC_E_SHAPE && code != TSC_E_INDEX) || report.check < 0 ||
      static_cast<size_t>(report.check) >= m.checks.size())
    throw InternalError(fmt::format("the program reported code {}, check {}", code, report.check));

  const Check& check = m.checks[static_cast<size_t>(report.check)];
  Error error(diag_of(check.diag), filled(check.message, report));
  error.at(loc_of(check.where));
  for (const auto& [label, text] : check.notes)
    error.note(label, filled(text, report));
  if (code == TSC_E_SHAPE) {
    std::string given;
    for (size_t i = 0; i < inputs.size(); ++i)
      given += fmt::format("{}{} {}", i ? ", " : "", m.inputs[i].name, inputs[i].type());
    error.note("given", given);
  }
  if (!check.hint.empty()) error.hint(filled(check.hint, report));
  throw error;
}

} // namespace tsc
