#include "compiler/compare.h"

#include "compiler/tensor_array.h"
#include "ir/interpret.h"
#include "ir/samples.h"
#include "passes/lower.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tsc {

namespace {

using Values = std::vector<TensorValue>;

struct Arguments {
  Values inputs, states;
};

// What a call gave: values, or the error that refused it.
struct Result {
  Values values;
  std::optional<Error> refusal;
};

template <class Call>
Result result_of(Call call) {
  try {
    return {call(), std::nullopt};
  } catch (const Error& e) {
    return {{}, e};
  }
}

// Which nodes `root` needs.
std::vector<bool> cone(const Graph& graph, NodeId root) {
  std::vector<bool> needed(graph.size());
  needed[root.index] = true;
  for (size_t i = root.index + 1; i-- > 0;)
    if (needed[i])
      for (NodeId arg : graph[NodeId(i)].args)
        needed[arg.index] = true;
  return needed;
}

bool adds_up(Kind kind) {
  switch (kind) {
  case Kind::Reduce:
  case Kind::Rowwise:
  case Kind::Contract:
  case Kind::Scatter:
    return true;
  case Kind::Input:
  case Kind::Constant:
  case Kind::Index:
  case Kind::Elementwise:
  case Kind::View:
  case Kind::Join:
  case Kind::Gather:
    break;
  }
  return false;
}

double largest_finite(const TensorValue& value) {
  double largest = 0;
  if (!in(value.dtype, Floats)) return largest;
  for (size_t i = 0; i < value.count(); ++i)
    if (const double x = std::fabs(value.as_f64(i)); std::isfinite(x))
      largest = std::max(largest, x);
  return largest;
}

// Outputs added to a graph that tell how large the terms of a sum were.
struct Probe {
  size_t magnitude;                            // this output's largest item ...
  std::optional<size_t> factor = std::nullopt; // ... times sqrt(n), for products of matrices ...
  IntList summed = {};                         // ... where n counts these axes of that output

  double scale(const Values& outputs) const {
    double terms = 1;
    for (int64_t axis : summed)
      terms *= static_cast<double>(outputs[*factor].shape[static_cast<size_t>(axis)]);
    return std::sqrt(terms) * largest_finite(outputs[magnitude]);
  }
};

// One of the two programs that a graph becomes, and the interpreter on the graph that it was
// emitted from, to which probes are added.
class Candidate {
public:
  Candidate(const Graph& graph, CompileOptions options)
      : executable_(compile(graph, options)), probed_(optimised(graph, options)),
        outputs_(probed_.outputs.size()) {
    std::vector<NodeId> roots;
    for (const Output& output : probed_.outputs)
      roots.push_back(output.node);
    for (const Update& update : probed_.updates)
      roots.push_back(update.value);
    for (NodeId root : roots)
      probes_.push_back(probes_of(root));
    for (const Update& update : probed_.updates)
      updated_.push_back(place_of_state(update.state));
  }

  Result interpreted(const Arguments& arguments) {
    return result_of([&] {
      Values values = interpret(probed_, arguments.inputs, arguments.states);
      scales_.clear();
      for (const std::vector<Probe>& probes : probes_) {
        double scale = 0;
        for (const Probe& probe : probes)
          scale = std::max(scale, probe.scale(values));
        scales_.push_back(scale);
      }
      return without_probes(values);
    });
  }

  Result compiled(const Arguments& arguments) const {
    return result_of([&] {
      std::vector<Array> arrays;
      for (const Values* list : {&arguments.inputs, &arguments.states})
        for (const TensorValue& value : *list)
          arrays.push_back(to_array(value));
      Values values;
      for (const Array& array : executable_->run(arrays))
        values.push_back(to_tensor_value(array));
      return values;
    });
  }

  // Of result i in the last call of interpreted().
  double scale(size_t i) const { return scales_[i]; }

private:
  // Of the sums below `root`.
  std::vector<Probe> probes_of(NodeId root) {
    std::vector<Probe> probes;
    const std::vector<bool> needed = cone(probed_, root);
    for (size_t i = 0; i < needed.size(); ++i) { // probes are nodes, too
      const NodeId id(i);
      if (!needed[i] || !adds_up(probed_[id].kind())) continue;
      if (probed_[id].kind() == Kind::Contract)
        probes.push_back(product_probe(id));
      else
        for (NodeId arg : probed_[id].args)
          probes.push_back({add_output(arg)});
    }
    return probes;
  }

  // The library sums in the result's own precision and in an order of its own: n terms err by
  // sqrt(n) roundings of the sum of their magnitudes (but for a chance that shrinks as e^-x^2 with
  // the tolerance: Higham and Mary, 2019).
  Probe product_probe(NodeId product) {
    const Node node = probed_[product];
    if (!in(node.type.dtype, Floats | Complexes)) return {add_output(product)}; // exact
    std::vector<NodeId> magnitudes;
    for (NodeId arg : node.args)
      magnitudes.push_back(probed_.add(Op::abs, {arg}));
    const NodeId sums = probed_.add(node.op, magnitudes, node.attrs);
    return {add_output(sums), add_output(node.args[0]), node.attrs.ints(Key::lhs_contract)};
  }

  size_t add_output(NodeId id) {
    probed_.outputs.push_back({"", id});
    return probed_.outputs.size() - 1;
  }

  size_t place_of_state(NodeId state) const {
    const auto& states = probed_.states();
    return static_cast<size_t>(std::find(states.begin(), states.end(), state) - states.begin());
  }

  Values without_probes(const Values& values) const {
    Values kept(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(outputs_));
    for (size_t state : updated_)
      kept.push_back(values[probed_.outputs.size() + state]);
    return kept;
  }

  std::shared_ptr<const Executable> executable_;
  Graph probed_;
  size_t outputs_;                         // of the graph itself
  std::vector<std::vector<Probe>> probes_; // of each result
  std::vector<size_t> updated_;
  std::vector<double> scales_;
};

class Comparer {
public:
  Comparer(const Graph& graph, const CompareOptions& options)
      : graph_(graph), options_(options), plain_(graph, options_of(false)),
        optimised_(graph, options_of(true)) {
    for (const Output& output : graph.outputs)
      add_row(output.name, output.node);
    for (const Update& update : graph.updates)
      add_row("next " + graph[update.state].attrs.name(Key::name), update.state);
  }

  Comparison run() {
    check_passes();
    check_lowering();
    for (size_t seed = 0; seed < options_.seeds; ++seed)
      for (Sampling sampling : {Sampling::Moderate, Sampling::Special})
        compare_on(sampling, seed);
    if (result_.calls == 0 && misfit_)
      throw Error(*misfit_).hint("say which sizes fit, as in --sizes n=3,m=5");
    return result_;
  }

private:
  CompileOptions options_of(bool optimise) const {
    CompileOptions options;
    options.device = options_.device;
    options.cpu = options_.cpu;
    options.strict = options_.strict;
    options.optimise = optimise;
    return options;
  }

  void add_row(const std::string& name, NodeId id) {
    result_.outputs.push_back({name, text(graph_.type(id)), {}, {}});
  }

  template <class Check>
  static void held_to(const std::string& stage, Check check) {
    try {
      check();
    } catch (const InternalError& e) {
      throw Error(Diag::VerifyFailed, stage + " changes values").note("found", e.what());
    }
  }

  void check_passes() {
    Graph before = without_dead_nodes(graph_);
    CompileOptions options = options_of(true);
    options.after = [&](const Pass& pass, const Graph& after) {
      held_to(fmt::format("the pass '{}'", pass.name),
              [&] { check_same_values(before, after, pass); });
      before = after;
    };
    optimised(graph_, options);
  }

  void check_lowering() {
    for (bool optimise : {false, true}) {
      const Graph graph = optimised(graph_, options_of(optimise));
      held_to("lowering", [&] { check_same_values(graph, planned(graph)); });
    }
  }

  // Several choices of sizes: small, long enough for vectors with a rest, and all equal, which some
  // graphs need.
  Arguments arguments(Sampling sampling, size_t seed, size_t variant) const {
    static constexpr std::pair<int64_t, int64_t> choices[] = {{3, 1}, {19, 2}, {6, 0}};
    const auto [first, step] = choices[variant % std::size(choices)];
    SampleSizes sizes(first, step, options_.sizes);
    Samples samples(sampling, 0x7473u + seed);
    Values inputs = sample_values(graph_, graph_.inputs(), sizes, samples);
    return {std::move(inputs), sample_values(graph_, graph_.states(), sizes, samples)};
  }

  void compare_on(Sampling sampling, size_t seed) {
    const Arguments given = arguments(sampling, seed, seed);
    const bool fits = compare_on(given);
    if (!fits && seed % 3 != 2) compare_on(arguments(sampling, seed, 2));
  }

  bool compare_on(const Arguments& given) {
    const bool a = compare(plain_, given, &ComparedOutput::plain, "as written");
    const bool b = compare(optimised_, given, &ComparedOutput::optimised, "optimised");
    if (a && b) ++result_.calls;
    return a && b;
  }

  // Does the call return?
  bool compare(Candidate& candidate, const Arguments& given, Distance ComparedOutput::* distance,
               const char* what) {
    const Result expected = candidate.interpreted(given), got = candidate.compiled(given);
    if (expected.refusal || got.refusal) {
      check_same_refusal(expected, got, what);
      return false;
    }
    for (size_t i = 0; i < got.values.size(); ++i) {
      const TensorValue &e = expected.values[i], &g = got.values[i];
      if (e.dtype != g.dtype || e.shape != g.shape)
        throw Error(Diag::VerifyFailed, fmt::format("'{}', {}: other sizes than interpreted",
                                                    printable(result_.outputs[i].name), what))
            .note("compiled", text(g))
            .note("interpreted", text(e));
      Distance& worst = result_.outputs[i].*distance;
      worst.ulp = std::max(worst.ulp, max_ulp(e, g));
      worst.relative = std::max(worst.relative, max_ulp(e, g, candidate.scale(i)));
    }
    return true;
  }

  void check_same_refusal(const Result& expected, const Result& got, const char* what) {
    if (!expected.refusal || !got.refusal || expected.refusal->diag() != got.refusal->diag()) {
      const auto words = [](const Result& r) {
        return r.refusal ? r.refusal->message() : "no error";
      };
      throw Error(Diag::VerifyFailed, fmt::format("{}: just one side refuses a call", what))
          .note("compiled", words(got))
          .note("interpreted", words(expected));
    }
    ++result_.refused;
    misfit_ = got.refusal;
  }

  const Graph& graph_;
  const CompareOptions& options_;
  Candidate plain_, optimised_;
  Comparison result_;
  std::optional<Error> misfit_;
};

} // namespace

Comparison compare_with_interpreter(const Graph& graph, const CompareOptions& options) {
  return Comparer(graph, options).run();
}

} // namespace tsc
