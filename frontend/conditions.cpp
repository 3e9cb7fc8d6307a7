#include "frontend/conditions.h"

#include <algorithm>

namespace tsc::frontend {

namespace {

// Of more conditions than this only function() looks at all, so that building stays linear.
constexpr size_t most = 256;

using List = std::shared_ptr<const Conditions>;

std::vector<List> lists_of(const std::vector<Tensor>& operands) {
  std::vector<List> lists;
  for (const Tensor& operand : operands) {
    const List& list = operand.node().conditions;
    if (list && std::find(lists.begin(), lists.end(), list) == lists.end()) lists.push_back(list);
  }
  return lists;
}

} // namespace

std::shared_ptr<const Conditions> joined(const std::vector<Tensor>& operands, const Graph& built) {
  const std::vector<List> lists = lists_of(operands);
  if (built.requirements().empty() && lists.size() <= 1) return lists.empty() ? nullptr : lists[0];
  Graph all;
  auto result = std::make_shared<Conditions>();
  const auto take = [&](const Requirement& r, Loc where) {
    if (result->items.size() == most) return;
    const size_t before = all.requirements().size();
    try {
      all.require(r.left, r.relation, r.right, r.what, LocsId());
    } catch (Error& e) {
      e.note("needed", where.text());
      throw;
    }
    if (all.requirements().size() > before) result->items.push_back({r, where});
  };
  for (const List& list : lists)
    for (const Conditions::Item& item : list->items)
      take(item.requirement, item.where);
  for (const Requirement& r : built.requirements())
    take(r, built.first_location(r.locs));
  return result;
}

} // namespace tsc::frontend
