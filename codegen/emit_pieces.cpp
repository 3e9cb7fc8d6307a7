// Long bodies: each piece is a loop over the points of a tile, and values that later pieces need
// stand in small arrays, v0, v1, ..., used again when their value is dead. A piece that is a single
// op is the call of a loop that all its uses share.
#include "codegen/kernel_emitter.h"
#include "ir/op.h"

#include <algorithm>
#include <utility>

namespace tsc {

namespace {

constexpr size_t tile_bytes = 16384; // all arrays of a tile, so that they stay in the L1 cache
constexpr size_t longest_tile = 256, shortest_tile = 8;

// Cheaper to write again in each piece than to keep.
bool is_repeated(const Instruction& i) {
  switch (i.action) {
  case Action::Constant:
  case Action::Result:
    return true;
  case Action::Position:
  case Action::Quotient:
  case Action::Modulus:
  case Action::InRange:
    return std::all_of(i.index.terms.begin(), i.index.terms.end(),
                       [](const IndexTerm& t) { return t.axis.valid(); });
  case Action::Apply:
  case Action::Checked:
  case Action::Load:
  case Action::Store:
    return false;
  }
  return false;
}

} // namespace

// A cut body: its pieces, which values are kept between them, and in which array.
struct KernelEmitter::Pieces {
  explicit Pieces(const Stage& s);

  struct Piece {
    size_t begin, end;         // of the body
    std::vector<ValueId> uses; // values from earlier pieces, in order of use
    bool call;                 // one op, over arrays
  };
  // Does the piece just define values that others write again?
  bool is_idle(const Piece& piece) const {
    for (size_t i = piece.begin; i < piece.end; ++i)
      if (!is_repeated(stage.body[i]) || array.count(stage.body[i].id)) return false;
    return piece.end > piece.begin;
  }
  const Instruction& definition(ValueId v) const { return stage.body[place.at(v)]; }
  size_t bytes_of_point() const;

  const Stage& stage;
  std::vector<Piece> list;              // reductions are folded in the last one
  std::map<ValueId, size_t> place;      // in the body
  std::map<ValueId, std::string> array; // of values that are kept
  std::vector<DType> array_types;

private:
  bool is_one_op(const Instruction& i) const;
  void add(size_t begin, size_t end);
  void use(Piece& piece, ValueId v);
  void choose_arrays();
};

KernelEmitter::Pieces::Pieces(const Stage& s) : stage(s) {
  for (size_t i = 0; i < s.body.size(); ++i)
    if (s.body[i].id.valid()) place[s.body[i].id] = i;
  size_t begin = 0;
  for (size_t cut : s.cuts)
    add(std::exchange(begin, cut), cut);
  add(begin, s.body.size());
  if (list.back().call && !s.reductions.empty()) add(s.body.size(), s.body.size());
  for (const Reduction& r : s.reductions)
    for_each_use(r, [&](ValueId v) { use(list.back(), v); });
  choose_arrays();
}

void KernelEmitter::Pieces::use(Piece& piece, ValueId v) {
  const bool known = std::find(piece.uses.begin(), piece.uses.end(), v) != piece.uses.end();
  if (place.at(v) < piece.begin && !known) piece.uses.push_back(v);
}

// An op whose operands have its result's dtype.
bool KernelEmitter::Pieces::is_one_op(const Instruction& i) const {
  return i.action == Action::Apply && std::all_of(i.args.begin(), i.args.end(), [&](ValueId arg) {
           return definition(arg).dtype == i.dtype;
         });
}

void KernelEmitter::Pieces::add(size_t begin, size_t end) {
  Piece piece{begin, end, {}, end - begin == 1 && is_one_op(stage.body[begin])};
  for (size_t i = begin; i < end; ++i)
    for_each_use(stage.body[i], [&](ValueId v) { use(piece, v); });
  list.push_back(std::move(piece));
}

// A linear scan: a value takes a free array of its type, which is free again after the piece that
// uses the value last.
void KernelEmitter::Pieces::choose_arrays() {
  std::map<ValueId, size_t> last_piece; // of kept values
  for (size_t p = 0; p < list.size(); ++p)
    for (ValueId v : list[p].uses) {
      const Instruction& i = definition(v);
      const bool kept = list[p].call ? i.action != Action::Constant : !is_repeated(i);
      if (kept) last_piece[v] = p;
    }
  std::map<DType, std::vector<size_t>> free;
  std::vector<std::vector<size_t>> ends(list.size()); // arrays that the piece uses last
  for (size_t p = 0; p < list.size(); ++p) {
    for (size_t i = list[p].begin; i < list[p].end; ++i) {
      const auto last = last_piece.find(stage.body[i].id);
      if (last == last_piece.end()) continue;
      const DType type = compute_type(stage.body[i].dtype);
      if (free[type].empty()) {
        free[type].push_back(array_types.size());
        array_types.push_back(type);
      }
      array[stage.body[i].id] = fmt::format("v{}", free[type].back());
      ends[last->second].push_back(free[type].back());
      free[type].pop_back();
    }
    for (size_t number : ends[p])
      free[array_types[number]].push_back(number);
  }
}

size_t KernelEmitter::Pieces::bytes_of_point() const {
  size_t bytes = 0;
  for (DType type : array_types)
    bytes += size_of(type);
  return bytes;
}

void KernelEmitter::choose_tile() {
  size_t most = 0;
  bool any = false;
  for (const Stage& s : k_.stages) {
    if (!is_cut(s)) continue;
    any = true;
    most = std::max(most, Pieces(s).bytes_of_point());
  }
  if (!any) {
    if (lanes_ && !e_.dialect.grid) tile_ = lanes_of_tile();
    return;
  }
  size_t tile = lanes_ ? static_cast<size_t>(tile_) : longest_tile;
  while (tile > shortest_tile && tile * most > tile_bytes)
    tile /= 2;
  tile_ = static_cast<int>(tile);
}

// The loop of one op over arrays, written at its first use. A constant operand is a number of the
// call.
std::string KernelEmitter::shared_loop(const Pieces& pieces, const Instruction& i) {
  std::string how, params;
  for (ValueId arg : i.args)
    how += pieces.definition(arg).action == Action::Constant ? 'n' : 'v';
  if (how.find('n') == std::string::npos) how.clear();
  const std::string function =
      fmt::format("each_{}_{}{}{}", name(i.op), name(i.dtype), how.empty() ? "" : "_", how);
  auto [loop, added] = e_.shared_loops.try_emplace(function);
  if (!added) return function;

  Writer& w = loop->second;
  Instruction generic = i;
  std::map<uint32_t, DType> dtypes;
  for (size_t a = 0; a < i.args.size(); ++a) {
    const Instruction& operand = pieces.definition(i.args[a]);
    params +=
        operand.action == Action::Constant
            ? fmt::format(", {} t{}", value_type(operand.dtype), a)
            : fmt::format(", const {}* {} x{}", value_type(operand.dtype), e_.dialect.restrict_, a);
    dtypes[static_cast<uint32_t>(a)] = operand.dtype;
    generic.args[a] = ValueId(a);
  }
  std::set<uint32_t> constants;
  std::swap(dtypes, dtypes_);
  std::swap(constants, constants_);
  {
    auto body = w.block("static void {}(tsc_i64 lanes{}, {}* {} r)", function, params,
                        value_type(i.dtype), e_.dialect.restrict_);
    over_tile(w, [&] {
      for (size_t a = 0; a < i.args.size(); ++a)
        if (pieces.definition(i.args[a]).action != Action::Constant)
          w.line("const {} t{} = x{}[l];", value_type(dtypes_.at(static_cast<uint32_t>(a))), a, a);
      w.line("r[l] = {};", item(generic));
    });
  }
  w.blank();
  std::swap(constants, constants_);
  std::swap(dtypes, dtypes_);
  return function;
}

void KernelEmitter::shared_call(Writer& w, const Pieces& pieces, const Instruction& i) {
  std::string args = "lanes";
  for (ValueId arg : i.args) {
    const Instruction& operand = pieces.definition(arg);
    args += ", ";
    args += operand.action == Action::Constant ? spelled(operand.literal) : pieces.array.at(arg);
  }
  w.line("{}({}, {});", shared_loop(pieces, i), args, pieces.array.at(i.id));
}

void KernelEmitter::piece(Writer& w, const Pieces& pieces, size_t number, AxisId tiled) {
  const Pieces::Piece& piece = pieces.list[number];
  over_tile(w, [&] {
    if (tiled.valid()) w.line("const tsc_i64 i{} = tile + l;", tiled.index);
    for (ValueId v : piece.uses) {
      const Instruction& i = pieces.definition(v);
      if (is_repeated(i))
        instruction(w, i);
      else
        w.line("const {} t{} = {}[l];", value_type(i.dtype), v.index, pieces.array.at(v));
    }
    for (size_t at = piece.begin; at < piece.end; ++at) {
      const Instruction& i = pieces.stage.body[at];
      instruction(w, i);
      if (const auto kept = pieces.array.find(i.id); kept != pieces.array.end())
        w.line("{}[l] = t{};", kept->second, i.id.index);
    }
    if (number + 1 < pieces.list.size()) return;
    for (const Reduction& r : pieces.stage.reductions)
      fold(w, r);
  });
}

void KernelEmitter::emit_pieces(Writer& w, const Stage& s, AxisId tiled) {
  const Pieces pieces(s);
  for (size_t i = 0; i < pieces.array_types.size(); ++i)
    w.line("alignas(64) {} v{}[{}];", value_type(pieces.array_types[i]), i, tile_);
  for (const Instruction& i : s.body)
    if (i.id.valid()) dtypes_[i.id.index] = i.dtype;
  for (size_t p = 0; p < pieces.list.size(); ++p)
    if (pieces.list[p].call)
      shared_call(w, pieces, s.body[pieces.list[p].begin]);
    else if (!pieces.is_idle(pieces.list[p]))
      piece(w, pieces, p, tiled);
}

} // namespace tsc
