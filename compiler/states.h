// The values of a graph's states apart from a running program: as the graph file says them, and in
// a directory with one .npy file for each state.
#pragma once

#include "ir/parse.h"
#include "runtime/array.h"
#include "support/files.h"

#include <filesystem>
#include <span>
#include <vector>

namespace tsc {

// What each state starts with, in the order of graph.states(). Sizes that a state's type leaves
// open are those of the arguments. Throws BadDim where no argument tells.
std::vector<Array> initial_states(const GraphFile& file, std::span<const Array> arguments);

// The file of a state: its name, bytes that file names should not have written as %XX.
// Throws BadName where the name is too long for a file.
std::filesystem::path state_file(const std::filesystem::path& directory, const std::string& name);

// Does the directory hold a file for any of the states?
bool has_states(const Graph& graph, const std::filesystem::path& directory);

// Throws CannotRead, BadNpy; DataMismatch where the dtype or the number of axes differs.
std::vector<Array> load_states(const Graph& graph, const std::filesystem::path& directory);

// The files to write.
std::vector<NewFile> state_files(const Graph& graph, const std::filesystem::path& directory,
                                 std::span<const Array> states);

// The next value of each state: those updated stand behind the outputs in a program's results.
std::vector<Array> next_states(const Graph& graph, std::span<const Array> states,
                               std::span<const Array> results);

} // namespace tsc
