#include "compiler/states.h"

#include "compiler/tensor_array.h"
#include "ir/sizes.h"
#include "support/npy.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace tsc {

namespace {

const std::string& name_of(const Graph& graph, NodeId input) {
  return graph[input].attrs.name(Key::name);
}

// The sizes that arguments give to axes that are just a symbol.
std::map<std::string, int64_t> bare_symbols(const Graph& graph, std::span<const Array> arguments) {
  std::map<std::string, int64_t> values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Shape& shape = graph.type(graph.inputs()[i]).shape;
    if (shape.size() != arguments[i].rank()) continue; // the call will complain
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (const auto symbol = shape[axis].symbol_name())
        values.try_emplace(*symbol, arguments[i].shape()[axis]);
  }
  return values;
}

std::vector<int64_t> shape_of(const Graph& graph, NodeId state, const SymbolValues& sizes) {
  std::vector<int64_t> shape;
  for (const Dim& dim : graph.type(state).shape) {
    for (const std::string& symbol : dim.symbols())
      if (!sizes.values().contains(symbol))
        throw Error(Diag::BadDim, fmt::format("state '{}': no argument tells the size {}",
                                              printable(name_of(graph, state)), symbol))
            .note("state", text(graph.type(state)))
            .hint("declare the size as a number, or load the state from a file");
    shape.push_back(sizes(dim));
  }
  return shape;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

} // namespace

std::vector<Array> initial_states(const GraphFile& file, std::span<const Array> arguments) {
  const SymbolValues sizes(bare_symbols(file.graph, arguments));
  std::vector<Array> states;
  for (const StateInit& init : file.states) {
    const auto shape =
        init.value.is_splat() ? shape_of(file.graph, init.state, sizes) : init.value.shape();
    states.push_back(to_array(TensorValue::of(init.value, shape)));
  }
  return states;
}

std::filesystem::path state_file(const std::filesystem::path& directory, const std::string& name) {
  std::string file;
  for (char c : name)
    file += is_plain(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
  if (file.size() > 200)
    throw Error(Diag::BadName, fmt::format("the state '{}' cannot be saved: its name is too long "
                                           "for a file",
                                           printable(name, 20)));
  return directory / (file + ".npy");
}

bool has_states(const Graph& graph, const std::filesystem::path& directory) {
  return std::any_of(graph.states().begin(), graph.states().end(), [&](NodeId state) {
    return std::filesystem::exists(state_file(directory, name_of(graph, state)));
  });
}

std::vector<Array> load_states(const Graph& graph, const std::filesystem::path& directory) {
  std::vector<Array> states;
  for (NodeId id : graph.states()) {
    const std::filesystem::path path = state_file(directory, name_of(graph, id));
    states.push_back(Array::from_npy(path));
    const Array& state = states.back();
    const Type& type = graph.type(id);
    if (state.dtype() != type.dtype || state.rank() != type.rank())
      throw Error(Diag::DataMismatch,
                  fmt::format("'{}' does not fit the state '{}'", printable(path.string(), 200),
                              printable(name_of(graph, id))))
          .note("state", text(type))
          .note("file", state.type());
  }
  return states;
}

std::vector<NewFile> state_files(const Graph& graph, const std::filesystem::path& directory,
                                 std::span<const Array> states) {
  std::vector<NewFile> files;
  for (size_t i = 0; i < states.size(); ++i) {
    const Array dense = states[i].to_contiguous();
    const std::string_view bytes(static_cast<const char*>(dense.data()), dense.bytes());
    files.push_back({state_file(directory, name_of(graph, graph.states()[i])),
                     npy_bytes({dense.dtype(), dense.shape(), bytes})});
  }
  return files;
}

std::vector<Array> next_states(const Graph& graph, std::span<const Array> states,
                               std::span<const Array> results) {
  std::vector<Array> next(states.begin(), states.end());
  for (size_t u = 0; u < graph.updates.size(); ++u)
    for (size_t s = 0; s < next.size(); ++s)
      if (graph.updates[u].state == graph.states()[s]) next[s] = results[graph.outputs.size() + u];
  return next;
}

} // namespace tsc
