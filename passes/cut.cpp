#include "passes/cut.h"

#include "ir/op.h"

#include <algorithm>
#include <map>

namespace tsc {

namespace {

// For each place in the body, how many values are defined before it and used from there on.
std::vector<size_t> values_across(const Stage& stage) {
  const size_t n = stage.body.size();
  std::map<ValueId, size_t> last_use;
  for (size_t i = 0; i < n; ++i)
    for_each_use(stage.body[i], [&](ValueId v) { last_use[v] = i; });
  for (const Reduction& r : stage.reductions)
    for_each_use(r, [&](ValueId v) { last_use[v] = n; });
  std::vector<size_t> ends(n + 1), across(n + 1);
  size_t alive = 0;
  for (size_t i = 0; i < n; ++i) {
    across[i] = alive;
    const Instruction& now = stage.body[i];
    if (const auto it = last_use.find(now.id); now.id.valid() && it != last_use.end()) {
      ++alive;
      ++ends[it->second];
    }
    alive -= ends[i];
  }
  return across;
}

// Between called ops, runs up to this length are called one by one too: a loop of their own takes
// some milliseconds to compile.
constexpr size_t short_run = 4;

void cut_everywhere(size_t begin, size_t end, std::vector<size_t>& cuts) {
  for (size_t i = std::max<size_t>(begin, 1); i < end; ++i)
    cuts.push_back(i);
}

// Cuts body[begin, end) into pieces of half to all of the longest.
void cut_run(size_t begin, size_t end, size_t longest, const std::vector<size_t>& across,
             std::vector<size_t>& cuts) {
  while (end - begin > longest) {
    const auto at = [&](size_t offset) {
      return across.begin() + static_cast<ptrdiff_t>(begin + offset);
    };
    begin = static_cast<size_t>(std::min_element(at((longest + 1) / 2), at(longest + 1)) -
                                across.begin());
    cuts.push_back(begin);
  }
}

void cut(Stage& stage, const BodyLimits& limits) {
  const std::vector<Instruction>& body = stage.body;
  const auto expensive = std::count_if(body.begin(), body.end(), is_expensive);
  const bool call = static_cast<size_t>(expensive) > limits.inlined;
  if (!call && body.size() <= 2 * limits.piece) return;
  const std::vector<size_t> across = values_across(stage);
  if (!call) return cut_run(0, body.size(), limits.piece, across, stage.cuts);
  size_t begin = 0; // of the run before the op that is called
  for (size_t i = 0; i <= body.size(); ++i) {
    if (i < body.size() && !is_expensive(body[i])) continue;
    if (begin > 0 && begin < body.size()) stage.cuts.push_back(begin);
    if (i - begin <= short_run)
      cut_everywhere(begin + 1, i, stage.cuts);
    else
      cut_run(begin, i, limits.piece, across, stage.cuts);
    if (i > begin && i < body.size()) stage.cuts.push_back(i);
    begin = i + 1;
  }
}

} // namespace

void cut_long_bodies(Kernel& kernel, const BodyLimits& limits) {
  for (Stage& stage : kernel.stages)
    cut(stage, limits);
}

} // namespace tsc
