// Shared by the parts of the emitter: names, and the headers that a program needs.
#pragma once

#include "codegen/emit.h"
#include "codegen/spelling.h"
#include "support/writer.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace tsc {

// Names: k0 kernels, b0 buffers, p0 parameters, i0 axes, t0 values, a0 accumulators, r0 results,
// s0 symbols, d0 other sizes.
struct Emitter {
  const Plan& plan;
  const Dialect& dialect;
  std::set<std::string_view> headers{"base.h", "size.h"};
  bool calls_blas = false;
  std::map<std::string, Writer> shared_loops;           // by name: one op over the items of arrays
  std::vector<std::pair<size_t, size_t>> kernel_places; // Source::kernels
  std::map<size_t, std::string> streams;                // by kernel that may stream: when it does
  std::map<size_t, Dim> tiles; // by kernel whose range counts tiles: how many there are
  // The functions around the kernels: a program of its own exports them under these names.
  std::string linkage = "extern \"C\"", bind = "tsc_bind", run = "tsc_run";

  std::string symbol(const std::string& name) const {
    for (size_t i = 0; i < plan.symbols.size(); ++i)
      if (plan.symbols[i] == name) return fmt::format("s{}", i);
    throw InternalError("unbound size symbol");
  }
  std::string size(const Dim& dim) const {
    return spelled(dim, [this](const std::string& name) { return symbol(name); });
  }
};

// The functions of all kernels, after the loops that they share.
void emit_kernels(Emitter& e, Writer& out);

// The matrix products, where a grid's threads compute them.
void emit_products(Emitter& e, Writer& out);

// tsc_bind and tsc_run: both, or one of them, where they are compiled apart.
void emit_entry(Emitter& e, Writer& out);
void emit_bind(Emitter& e, Writer& out);
void emit_run(Emitter& e, Writer& out);

} // namespace tsc
