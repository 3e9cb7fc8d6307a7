// One kernel as text. emit_kernel.cpp writes values and loops, emit_grid.cpp what a thread of a
// grid does, emit_tiles.cpp loops over tiles, emit_pieces.cpp long bodies, emit_rows.cpp
// reductions of columns, emit_places.cpp places of the best, emit_stream.cpp stores past the
// caches.
#pragma once

#include "codegen/emitter.h"
#include "codegen/grid.h"

#include <functional>
#include <span>

namespace tsc {

class KernelEmitter {
public:
  KernelEmitter(Emitter& e, size_t number)
      : e_(e), k_(e.plan.kernels[number]), number_(number), grid_(grid_of(k_)),
        lanes_(k_.lanes && !e.dialect.grid) {}

  void run(Writer& out);

private:
  // Values.
  std::string dim(const Dim& d);
  std::string position(const Index& index);
  std::string item(const Instruction& i);
  void need_header(Op op, DType operand);
  std::string applied(const Instruction& i);
  std::string checked(const Instruction& i);
  std::string call(const char* function, const Instruction& i);
  std::string converted(const std::string& value, DType from, DType to);
  std::string lane(const std::string& name) const { return lanes_ ? name + "[l]" : name; }
  void instruction(Writer& w, const Instruction& i);

  // Loops.
  bool is_plain() const; // a store for each outer point and nothing else
  std::vector<AxisId> order_of_outer_loops() const;
  void outer_loops(Writer& w, std::span<const AxisId> axes);
  void over_tiles(Writer& w, const std::string& begin, const std::string& end,
                  const std::function<void()>& inside);
  void over_tile(Writer& w, const std::function<void()>& inside);
  void over_lanes(Writer& w, const std::function<void()>& inside);
  void stages(Writer& w);
  void stage(Writer& w, const Stage& s);
  std::string points(Writer& w, AxisId axis);
  bool sums_costly_items(const Stage& s) const;
  void inner_loops(Writer& w, const Stage& s, size_t depth);
  void body(Writer& w, const Stage& s);
  void one_point(Writer& w, const Stage& s);

  // Threads of a grid.
  void over_grid(Writer& w);
  void point(Writer& w, const char* number, const std::vector<AxisId>& axes);
  void serial_loops(Writer& w, size_t depth);
  void team_stages(Writer& w);
  void team_stage(Writer& w, const Stage& s);
  void team_folds(Writer& w, const Stage& s);

  // Tiles with loads that are turned.
  bool in_turned_tiles() const;
  int turned_tile() const;
  void turn_tiles(Writer& w);
  void tile_sizes(Writer& w);
  std::vector<AxisId> axes_of_tiles() const;
  Dim tiles_of_axis(AxisId axis) const;
  void place_of_tile(Writer& w);
  void ask_ahead(Writer& w);
  void over_turned_tiles(Writer& w);
  void over_grid_tiles(Writer& w);

  // Stores past the caches.
  AxisId run_axis(const Stage& s) const;
  bool is_in_runs(const Stage& s, const Instruction& i) const;
  Dim bytes_in_runs() const;
  void choose_streams(Writer& w);
  int line_length() const;
  int run_length() const;
  void in_run(Writer& w, const Stage& s, const char* first, const char* items, const char* place,
              const std::function<void()>& inside);
  void loop_in_runs(Writer& w, const Stage& s, AxisId axis, const std::string& begin,
                    const std::string& end, const std::function<void()>& inside);

  // Reductions.
  void declare_accumulators(Writer& w, const Stage& s);
  bool keeps_extremes(const Reduction& r) const;
  void declare_accumulator(Writer& w, const Reduction& r, const char* a);
  void combine(Writer& w, const Reduction& r, const std::string& a, const std::string& v);
  std::string accumulated(const Reduction& r, const std::string& a) const;
  void fold(Writer& w, const Reduction& r);
  const char* beats(const Reduction& r); // what compares items of a reduction to a place
  std::string step(const Reduction& r);  // what combines two values of any other
  void finish_results(Writer& w, const Stage& s);
  int lanes_of_tile() const;
  bool has_light_rows(const Stage& s, int64_t shortest) const;
  bool takes_rows_together(const Stage& s) const;
  bool seeks_best_first(const Stage& s) const;
  void compared(Writer& w, const Stage& s, const Reduction& r);
  void seek(Writer& w, const Stage& s, const Reduction& r, AxisId axis);
  void blocks_of_row(Writer& w, const Stage& s, AxisId axis, const std::string& extent);
  std::string if_rows_are_apart(const Stage& s, AxisId axis);
  void rows_of_lanes(Writer& w, const Stage& s, AxisId axis, const std::string& extent);

  // Long bodies.
  struct Pieces;
  bool is_cut(const Stage& s) const { return e_.dialect.pieces && !s.cuts.empty(); }
  void choose_tile();
  void emit_pieces(Writer& w, const Stage& s, AxisId tiled);
  void piece(Writer& w, const Pieces& pieces, size_t number, AxisId tiled);
  void shared_call(Writer& w, const Pieces& pieces, const Instruction& i);
  std::string shared_loop(const Pieces& pieces, const Instruction& i);

  std::string signature() const;
  std::string bounds() const;
  std::string summary() const;

  Emitter& e_;
  const Kernel& k_;
  size_t number_;
  Grid grid_;
  bool lanes_;
  std::string stores_if_; // a condition of all stores: which threads of a team store
  bool streams_ = false;  // some stores may stream
  std::pair<AxisId, const char*> first_of_run_{}; // an axis, and the name of its position now
  std::map<uint32_t, const char*> place_in_run_;  // by parameter that is stored in a run
  int tile_ = 64;                                 // points that run together in a tile
  std::vector<std::pair<Dim, std::string>> dims_; // sizes with a name, in order of first use
  std::map<uint32_t, DType> dtypes_;              // of values
  std::set<uint32_t> constants_;                  // values that are numbers of the program
};

} // namespace tsc
