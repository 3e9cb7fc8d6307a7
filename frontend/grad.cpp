#include "frontend/grad.h"

#include "frontend/lower.h"
#include "passes/grad.h"

namespace tsc {

std::vector<Tensor> grad(const Operand& cost, const std::vector<Tensor>& wrt) {
  try {
    frontend::Lowering lowering(frontend::Lowering::Leaves::Any);
    const NodeId root = lowering.lower(cost.tensor());
    std::vector<NodeId> ids;
    for (const Tensor& w : wrt)
      ids.push_back(lowering.lower(w));
    return lowering.lift(grad(lowering.graph(), root, ids));
  } catch (Error& e) {
    e.at(cost.loc()); // the request's line; the notes name the values'
    throw;
  }
}

} // namespace tsc
