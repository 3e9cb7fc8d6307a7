// Options that several verbs have.
#pragma once

#include "compiler/compile.h"
#include "ir/parse.h"
#include "tools/common/json.h"

#include <CLI/CLI.hpp>
#include <string>

namespace tsc::cli {

// The positional GRAPH, required.
void add_graph(CLI::App& app, std::string& path);

// --device DEVICE
void add_device(CLI::App& app, std::string& device);

// --cpu NAME
void add_cpu(CLI::App& app, std::string& cpu);

// --json
void add_json(CLI::App& app, bool& json);

// --strict
void add_strict(CLI::App& app, bool& strict);

// "f32[n, 2] x", as a signature shows it.
std::string port(const Graph& graph, NodeId id, const std::string& name);
const std::string& argument_name(const Graph& graph, NodeId id); // of an input or state

// Inputs, states and outputs, a line each.
std::string signature(const Graph& graph);
Json signature_json(const Graph& graph); // {"inputs": [...], "states": [...], "outputs": [...]}

} // namespace tsc::cli
