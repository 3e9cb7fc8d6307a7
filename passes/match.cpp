#include "passes/match.h"

#include <algorithm>

namespace tsc {

namespace {

constexpr size_t slot(char var) {
  return var == 'g' ? 3 : var == 'r' ? 4 : static_cast<size_t>(var - 'x');
}

// A reduced value meets the axes again only beside a full one.
Level level_of(const Expr::Node& n, const std::vector<Level>& levels) {
  if (n.tag == Expr::Tag::Constant) return Level::Any;
  if (n.tag == Expr::Tag::Var) return n.var == 'r' ? Level::Reduced : Level::Full;
  if (kind_of(n.op) == Kind::Reduce) return Level::Reduced;
  if (kind_of(n.op) == Kind::Rowwise) return Level::Full;
  Level level = Level::Any;
  for (size_t a = 0; a < n.arity; ++a) {
    const Level l = levels[n.args[a]];
    if (l == Level::Full || level == Level::Any) level = l;
  }
  return level;
}

// Each item of the result is one item of operand 0.
bool passes_items_on(const Node& node) {
  return (node.kind() == Kind::View && node.op != Op::pad) || node.kind() == Kind::Gather;
}

bool same_but_operand_0(const Node& a, const Node& b) {
  return a.op == b.op && a.attrs == b.attrs &&
         std::equal(a.args.begin() + 1, a.args.end(), b.args.begin() + 1, b.args.end());
}

// `views` (outermost first) applied to `x`.
NodeId with_views(Graph& graph, const std::vector<NodeId>& views, NodeId x) {
  for (size_t i = views.size(); i-- > 0;) {
    const Node view = graph[views[i]];
    std::vector<NodeId> args = view.args;
    args[0] = x;
    x = graph.add(view.op, std::move(args), view.attrs, view.locs);
  }
  return x;
}

// A part of the pattern that a node has yet to fit.
struct Goal {
  uint8_t part = 0;
  Level context{};          // of the expression around it
  bool elementwise = false; // only elementwise ops stand between the root and it
  bool below_views = false; // it stands below the match's views
  NodeId id;
};

class Matcher {
public:
  Matcher(const PreparedRule& rule, Graph& graph, FactTable& facts)
      : rule_(*rule.rule), levels_(rule.levels), lhs_(rule_.lhs), has_axes_(rule.has_axes),
        graph_(graph), facts_(facts) {}

  std::optional<Match> run(NodeId root) {
    push({lhs_.root_index(), levels_.back(), true, false, root});
    if (!solve()) return std::nullopt;
    Match match = std::move(state_.match);
    match.axes = std::move(state_.axes).value_or(IntList{});
    for (size_t i = 0; i < state_.matched_count; ++i)
      match.locs = graph_.merged(match.locs, graph_[state_.matched[i]].locs);
    return match;
  }

private:
  // All that a choice may have to take back.
  struct State {
    Match match;
    std::optional<IntList> axes;   // of the reductions
    std::optional<IntList> places; // where the axes of spread values went
    size_t full_rank = 0;          // of the reductions' operands
    bool bound_above_views = false;
    std::array<Goal, 16> goals;
    size_t goal_count = 0;
    std::array<NodeId, 48> matched;
    size_t matched_count = 0;
  };

  void push(const Goal& goal) { state_.goals.at(state_.goal_count++) = goal; }

  bool solve() {
    if (state_.goal_count == 0) return sound() && conditions_hold();
    Goal goal = state_.goals[--state_.goal_count];
    const Expr::Node& part = lhs_[goal.part];
    if (levels_[goal.part] == Level::Reduced && goal.context == Level::Full && !unspread(goal))
      return false;
    switch (part.tag) {
    case Expr::Tag::Constant:
      return is_number(graph_, goal.id, part.constant) && solve();
    case Expr::Tag::Var:
      return bind(part.var, goal) && solve();
    case Expr::Tag::Apply:
      return graph_[goal.id].op == part.op ? apply(part, goal) : through_views(part, goal);
    }
    return false;
  }

  bool solve_operands(const Expr::Node& part, const Goal& goal) {
    const bool swaps = part.arity == 2 && row(part.op).has(Commutative);
    if (swaps && push_operands(part, goal, false)) {
      const State saved = state_;
      if (solve()) return true;
      state_ = saved;
      state_.goal_count -= 2;
    }
    return push_operands(part, goal, swaps) && solve();
  }

  // Makes goals of the operands; false where a look at their ops tells that they cannot fit.
  bool push_operands(const Expr::Node& part, const Goal& goal, bool swapped) {
    const Node& node = graph_[goal.id];
    const bool elementwise = kind_of(part.op) == Kind::Elementwise;
    const Level context = elementwise ? levels_[goal.part] : Level::Full;
    for (size_t i = 0; i < part.arity; ++i)
      if (!plausible(part.args[i], node.args[swapped ? part.arity - 1 - i : i])) return false;
    for (size_t i = part.arity; i-- > 0;) // the first operand's goal comes to lie on top
      push({part.args[i], context, goal.elementwise && elementwise, goal.below_views,
            node.args[swapped ? part.arity - 1 - i : i]});
    return true;
  }

  bool plausible(size_t part, NodeId id) const {
    const Expr::Node& p = lhs_[part];
    if (p.tag == Expr::Tag::Var) return true;
    if (p.tag == Expr::Tag::Constant) return graph_[id].kind() == Kind::Constant;
    return graph_[id].op == p.op || passes_items_on(graph_[id]);
  }

  bool bind(char var, const Goal& goal) {
    // Below and above a view, one variable would have two shapes.
    if (!goal.below_views && !state_.match.views.empty()) return false;
    state_.bound_above_views |= !goal.below_views;
    NodeId& bound = state_.match.vars[slot(var)];
    if (bound.valid() && bound != goal.id) return false;
    bound = goal.id;
    return true;
  }

  bool apply(const Expr::Node& part, const Goal& goal) {
    return enter(part, goal) && solve_operands(part, goal);
  }

  // The part's op stands below views: they are put back on the rule's result or, where that cannot
  // be, exp(x) matches view(exp(a)) with x = view(a).
  bool through_views(const Expr::Node& part, const Goal& goal) {
    std::vector<NodeId> views;
    NodeId id = goal.id;
    for (; graph_[id].op != part.op && passes_items_on(graph_[id]); id = graph_[id].args[0])
      views.push_back(id);
    if (views.empty() || graph_[id].op != part.op) return false;
    const State saved = state_;
    Goal below = goal;
    below.id = id;
    below.below_views = true;
    if (take_views(views, goal) && apply(part, below)) return true;
    state_ = saved;
    if (!has_axes_ || kind_of(part.op) != Kind::Elementwise) return false;
    below = goal;
    below.id = sunk(views, id);
    return apply(part, below);
  }

  bool take_views(const std::vector<NodeId>& views, const Goal& goal) {
    if (!goal.elementwise || goal.below_views || state_.bound_above_views) return false;
    std::vector<NodeId>& known = state_.match.views;
    if (known.empty()) known = views;
    return std::equal(views.begin(), views.end(), known.begin(), known.end(),
                      [&](NodeId a, NodeId b) { return same_but_operand_0(graph_[a], graph_[b]); });
  }

  // op(views(a), views(b)) for views(op(a, b)).
  NodeId sunk(const std::vector<NodeId>& views, NodeId id) {
    const Node inner = graph_[id];
    const Shape shape = graph_.type(views[0]).shape;
    std::vector<NodeId> args;
    for (NodeId arg : inner.args) {
      const Node& a = graph_[arg];
      const bool splat = a.kind() == Kind::Constant && a.attrs.value(Key::value).is_splat();
      args.push_back(splat ? graph_.constant(Literal(a.attrs.value(Key::value)), shape)
                           : with_views(graph_, views, arg));
    }
    return graph_.add(inner.op, std::move(args), inner.attrs, inner.locs);
  }

  // Takes note of the op's axes.
  bool enter(const Expr::Node& part, const Goal& goal) {
    const Node& node = graph_[goal.id];
    if (node.args.size() != part.arity) return false;
    state_.matched.at(state_.matched_count++) = goal.id;
    if (node.kind() == Kind::Elementwise) return true;
    const size_t rank = graph_.type(node.args[0]).rank();
    if (state_.axes && (*state_.axes != node.attrs.ints(Key::axes) || state_.full_rank != rank))
      return false;
    state_.axes = node.attrs.ints(Key::axes);
    state_.full_rank = rank;
    return true;
  }

  bool unspread(Goal& goal) {
    std::optional<Spread> spread = spread_of(graph_, goal.id);
    if (!spread || (state_.places && *state_.places != spread->places)) return false;
    state_.places = std::move(spread->places);
    goal.id = spread->source;
    return true;
  }

  // Values spread back went where the reduced axes were not.
  bool sound() const {
    return !state_.places ||
           (state_.axes && *state_.places == all_but(*state_.axes, state_.full_rank));
  }

  bool conditions_hold() {
    const Match& m = state_.match;
    DType dtype = graph_.type(m['x']).dtype;
    if (dtype == DType::Bool && m['y'].valid()) dtype = graph_.type(m['y']).dtype;
    if (!in(dtype, rule_.types)) return false;
    return std::all_of(rule_.when.begin(), rule_.when.end(), [&](const Condition& c) {
      return c.var == 0 || facts_.has(m[c.var], c.fact);
    });
  }

  const Rule& rule_;
  const std::vector<Level>& levels_;
  const Expr& lhs_;
  const bool has_axes_;
  Graph& graph_;
  FactTable& facts_;
  State state_;
};

} // namespace

NodeId Match::operator[](char var) const { return vars[slot(var)]; }

PreparedRule::PreparedRule(const Rule& r) : rule(&r) {
  for (size_t i = 0; i < r.lhs.size(); ++i) {
    levels.push_back(level_of(r.lhs[i], levels));
    has_axes |= r.lhs[i].tag == Expr::Tag::Apply && kind_of(r.lhs[i].op) != Kind::Elementwise;
  }
}

std::optional<Match> match(const PreparedRule& rule, Graph& graph, NodeId root, FactTable& facts) {
  return Matcher(rule, graph, facts).run(root);
}

NodeId instantiate(const Rule& rule, const Match& m, Graph& graph, NodeId root) {
  const BuildLocation here(graph, m.locs);
  const Type type = graph.type(root);
  NodeId result;
  if (rule.rhs.root().tag == Expr::Tag::Constant) {
    result = build::number(graph, rule.rhs.root().constant, type.dtype, type.shape).id;
  } else {
    const auto value = [&](char var) { return m[var].valid() ? Value{&graph, m[var]} : Value{}; };
    result = build::instantiate(
                 rule.rhs, {value('x'), value('y'), value('z'), value('g'), value('r')}, m.axes)
                 .id;
    result = with_views(graph, m.views, result);
  }
  return result;
}

bool is_number(const Graph& graph, NodeId id, double value) {
  const Node& node = graph[id];
  if (node.kind() != Kind::Constant) return false;
  const Literal& literal = node.attrs.value(Key::value);
  if (!literal.is_splat() || in(literal.dtype(), Complexes)) return false;
  if (in(literal.dtype(), BoolsAndInts)) return literal.as_f64() == value;
  return literal == Literal::number(literal.dtype(), value);
}

std::optional<Spread> spread_of(const Graph& graph, NodeId id) {
  const Node& node = graph[id];
  if (node.op == Op::broadcast) return Spread{node.args[0], node.attrs.ints(Key::axes)};
  if (node.op != Op::reshape) return std::nullopt;
  const Shape &from = graph.type(node.args[0]).shape, &to = node.type.shape;
  IntList places;
  for (size_t i = 0; i < to.size(); ++i) {
    if (places.size() < from.size() && to[i] == from[places.size()])
      places.push_back(static_cast<int64_t>(i));
    else if (to[i] != Dim(1))
      return std::nullopt;
  }
  if (places.size() != from.size() || from.size() == to.size()) return std::nullopt;
  return Spread{node.args[0], std::move(places)};
}

IntList all_but(const IntList& axes, size_t rank) {
  IntList rest;
  for (size_t i = 0; i < rank; ++i)
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) == axes.end())
      rest.push_back(static_cast<int64_t>(i));
  return rest;
}

} // namespace tsc
