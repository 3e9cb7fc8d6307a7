#include "compiler/device_program.h"

#include "codegen/emit.h"
#include "codegen/grid.h"
#include "ir/plan_sizes.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

namespace {

using Do = SizeCode::Do;

class SizeCoder {
public:
  explicit SizeCoder(const std::vector<std::string>& symbols) : symbols_(symbols) {}

  void add(const Dim& size) {
    push(Do::Number, size.constant());
    for (const Dim::Term& term : size.terms()) {
      push(Do::Number, term.coefficient);
      for (const auto& atom : term.atoms) {
        add(*atom);
        push(Do::Multiply);
      }
      push(Do::Add);
    }
  }
  SizeCode code;

private:
  // Quotients are as deep as the user nested them, which the parser and Dim's own arithmetic limit.
  void add(const Dim::Atom& atom) {
    if (!atom.quotient) return push(Do::Symbol, place(atom.text));
    add(atom.quotient->first);
    add(atom.quotient->second);
    push(Do::Quotient);
  }
  int64_t place(const std::string& symbol) const {
    const auto found = std::find(symbols_.begin(), symbols_.end(), symbol);
    if (found == symbols_.end()) throw InternalError("unbound size symbol");
    return found - symbols_.begin();
  }
  void push(Do what, int64_t value = 0) { code.steps.push_back({what, value}); }

  const std::vector<std::string>& symbols_;
};

class ProgramBuilder {
public:
  explicit ProgramBuilder(const Plan& plan) : plan_(plan) {}
  DeviceProgram build();

private:
  SizeCode code(const Dim& size) const { return size_code(size, plan_.symbols); }
  void add_symbols();
  void add_checks();
  void add_memory();
  DeviceLaunch launch(const Launch& step) const;
  DeviceLaunch launch(const Product& product, size_t step) const;

  const Plan& plan_;
  DeviceProgram program_;
};

void ProgramBuilder::add_symbols() {
  for (size_t i = 0; i < plan_.symbols.size(); ++i) {
    const auto [input, axis, size] = symbol_source(plan_, i);
    program_.symbols.push_back({flat_axis(plan_, input, axis), code(size.rest), code(size.slope)});
  }
}

void ProgramBuilder::add_checks() {
  const auto number = [](CheckId check) { return static_cast<int32_t>(check.index); };
  for (const AxisCheck& c : plan_.axis_checks)
    program_.checks.push_back(
        {flat_axis(plan_, c.input, c.axis), {}, true, code(c.size), number(c.check)});
  for (const SizeCheck& c : plan_.size_checks)
    program_.checks.push_back(
        {std::nullopt, code(c.left), c.equality, code(c.right), number(c.check)});
}

DeviceHome home_of(Home home) {
  switch (home) {
  case Home::Input:
    return DeviceHome::Input;
  case Home::Output:
    return DeviceHome::Output;
  case Home::Constant:
    return DeviceHome::Constant;
  case Home::Workspace:
    return DeviceHome::Workspace;
  }
  throw InternalError("bad home");
}

void ProgramBuilder::add_memory() {
  for (const PlanPort& port : plan_.outputs)
    for (const Dim& size : port.type.shape)
      program_.output_axes.push_back(code(size));
  for (const Dim& slot : plan_.slots)
    program_.slots.push_back(code(slot));
  for (const PlanConstant& c : plan_.constants)
    program_.constants.push_back({!c.embedded, c.embedded ? c.value.bytes() : ""});
  for (const Buffer& b : plan_.buffers)
    program_.buffers.push_back({home_of(b.home), b.index});
}

DeviceLaunch ProgramBuilder::launch(const Launch& step) const {
  TSC_CHECK(!step.when); // `for_grid` asks for none
  const size_t number = step.kernel;
  const Kernel& kernel = plan_.kernels[number];
  const Grid grid = grid_of(kernel);
  DeviceLaunch launch{.kernel = fmt::format("k{}", number), .numbers = {code(grid.points)}};
  for (const KernelParam& param : kernel.params)
    launch.buffers.push_back(param.buffer.index);
  launch.symbols = symbols_of(plan_, kernel, true);
  launch.reports = reports_errors(kernel);
  launch.row = code(grid.row);
  switch (grid.crew) {
  case Crew::Thread:
    launch.spread = Spread::Blocks;
    launch.threads = {lone_threads, 1, 1};
    launch.share = lone_threads;
    break;
  case Crew::Team:
    launch.spread = Spread::Teams;
    launch.threads = {most_team_threads, 1, 1};
    break;
  case Crew::Column:
    launch.spread = Spread::Columns;
    launch.threads = {columns_of_block, most_team_threads / columns_of_block, 1};
    launch.share = columns_of_block;
    break;
  case Crew::Tile:
    launch.spread = Spread::Blocks;
    launch.threads = {turned_tile_of_grid, turned_tile_rows, 1};
    break;
  }
  return launch;
}

DeviceLaunch ProgramBuilder::launch(const Product& p, size_t step) const {
  return {.kernel = fmt::format("m{}", step),
          .numbers = {code(p.batch), code(p.m), code(p.n), code(p.k)},
          .buffers = {p.a.index, p.b.index, p.c.index},
          .spread = Spread::Products,
          .threads = {product_threads, 1, 1},
          .share = product_tile};
}

DeviceProgram ProgramBuilder::build() {
  add_symbols();
  add_checks();
  add_memory();
  for (size_t s = 0; s < plan_.steps.size(); ++s)
    if (const auto* product = std::get_if<Product>(&plan_.steps[s]))
      program_.launches.push_back(launch(*product, s));
    else
      program_.launches.push_back(launch(std::get<Launch>(plan_.steps[s])));
  return std::move(program_);
}

} // namespace

SizeCode size_code(const Dim& size, const std::vector<std::string>& symbols) {
  if (size.is_number()) return SizeCode::number(size.number());
  SizeCoder coder(symbols);
  coder.add(size);
  return std::move(coder.code);
}

DeviceProgram device_program(const Plan& plan) { return ProgramBuilder(plan).build(); }

} // namespace tsc
