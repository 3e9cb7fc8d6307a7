// Derivatives of expressions, as expressions.
#pragma once

#include "frontend/tensor.h"

#include <array>
#include <concepts>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] tsc {

// d(cost)/d(w) for each w, with w's dtype and shape. `cost` is a floating scalar, each w a floating
// tensor: an input, a shared variable, or any value that the cost is computed from. A w that the
// cost does not depend on has the derivative 0, and so has one on which it depends through integers
// or comparisons only. Derivatives are expressions like others and have derivatives in turn. Throws
// NotDifferentiable.
//
//   auto [gw, gb] = grad(loss, {w, b});
//   auto gx = grad(loss, x);
//   std::vector<Tensor> all = grad(loss, parameters);
std::vector<Tensor> grad(const Operand& cost, const std::vector<Tensor>& wrt);

template <std::derived_from<Tensor> W>
Tensor grad(const Operand& cost, const W& wrt) {
  return grad(cost, std::vector<Tensor>{wrt})[0];
}

template <size_t N>
std::array<Tensor, N> grad(const Operand& cost, const Tensor (&wrt)[N]) {
  const std::vector<Tensor> all = grad(cost, std::vector<Tensor>(wrt, wrt + N));
  return [&]<size_t... i>(std::index_sequence<i...>) {
    return std::array<Tensor, N>{all[i]...};
  }(std::make_index_sequence<N>());
}

} // namespace tsc
