#include "tools/tsc/run_arguments.h"

#include "tools/tsc/graph_options.h"
#include "tools/tsc/io.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc::cli {

namespace {

using Names = std::vector<std::string>;

// The place of `name`; `what` is "input" or "output".
size_t place_of(const std::string& name, const Names& names, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  Error error(Diag::UnknownName, fmt::format("no {} is named '{}'{}", what, printable(name),
                                             did_you_mean(name, {names.begin(), names.end()})));
  for (const std::string& n : names)
    error.note(what, printable(n));
  throw error;
}

[[noreturn]] void given_twice(const char* what, const std::string& name) {
  throw Error(Diag::ArgumentCount, fmt::format("{} '{}' is given twice", what, printable(name)));
}

Array value_of(const Graph& graph, NodeId input, const std::string& text) {
  try {
    return text.starts_with('@') ? Array::from_npy(text.substr(1))
                                 : parse_array(text, graph.type(input).dtype);
  } catch (Error& e) {
    e.note("input", port(graph, input, argument_name(graph, input)));
    if (!text.starts_with('@') && text.ends_with(".npy"))
      e.hint(fmt::format("the name of a file begins with @: {}=@{}", argument_name(graph, input),
                         printable(text)));
    throw;
  }
}

[[noreturn]] void missing(const Graph& graph, const std::vector<NodeId>& inputs) {
  const std::string first = printable(argument_name(graph, inputs[0]));
  Error error(Diag::MissingInput, inputs.size() == 1
                                      ? fmt::format("input '{}' is not given", first)
                                      : fmt::format("{} inputs are not given", inputs.size()));
  for (NodeId input : inputs)
    error.note("input", port(graph, input, argument_name(graph, input)));
  error.hint(fmt::format("add {0}=VALUE or {0}=@FILE.npy", first));
  throw error;
}

} // namespace

std::vector<std::optional<Array>> some_arguments(const Graph& graph,
                                                 const std::vector<std::string>& given) {
  Names names;
  for (NodeId id : graph.inputs())
    names.push_back(argument_name(graph, id));
  std::vector<std::optional<Array>> values(names.size());
  for (const std::string& argument : given) {
    const NamedText split = split_name(argument, names);
    const size_t place = place_of(split.name, names, "input");
    if (values[place]) given_twice("input", split.name);
    values[place] = value_of(graph, graph.inputs()[place], split.text);
  }
  return values;
}

std::vector<Array> arguments(const Graph& graph, const std::vector<std::string>& given) {
  const std::vector<std::optional<Array>> values = some_arguments(graph, given);
  std::vector<Array> arrays;
  std::vector<NodeId> absent;
  for (size_t i = 0; i < values.size(); ++i)
    values[i] ? arrays.push_back(*values[i]) : absent.push_back(graph.inputs()[i]);
  if (!absent.empty()) missing(graph, absent);
  return arrays;
}

std::vector<std::string> output_files(const Graph& graph, const std::vector<std::string>& given) {
  Names names;
  for (const Output& output : graph.outputs)
    names.push_back(output.name);
  std::vector<std::string> files(names.size());
  for (const std::string& argument : given) {
    const bool just_file = names.size() == 1 && argument.find('=') == std::string::npos;
    const NamedText split = just_file ? NamedText{names[0], argument} : split_name(argument, names);
    std::string& file = files[place_of(split.name, names, "output")];
    if (!file.empty()) given_twice("output", split.name);
    if (split.text.empty())
      throw Error(Diag::BadValue, fmt::format("-o '{}' names no file", printable(argument)))
          .hint("write -o NAME=FILE.npy");
    file = split.text;
  }
  return files;
}

} // namespace tsc::cli
