// Errors that only a call can find name the user's line, whatever the optimiser made of it:
// compiled, from the cache, and interpreted.
#include "tests/e2e/cli.h"
#include "tests/jit.h"

using namespace tsc;
using namespace tsc::test;

namespace {

struct Mistake {
  const char* what;
  std::string body;
  std::vector<std::string> arguments;
  std::string place; // the line and column that the message names
};

const std::vector<Mistake> mistakes = {
    {"a size that is no multiple of 3",
     "input x: f32[n]\ny = reshape(x, [3, -1])\noutput s = sum(exp(y))\n",
     {"x=[1,2,3,4]"},
     "g.tsc:3:5"},
    {"sizes that differ, fused into a sum",
     "input x: f32[n]\ninput z: f32[m]\ny = x + z\noutput s = sum(exp(y))\n",
     {"x=[1,2]", "z=[1]"},
     "g.tsc:4:7"},
    {"a slice past the end",
     "input x: f32[n]\ny = x[5:8]\noutput s = exp(y)\n",
     {"x=[1,2,3,4]"},
     "g.tsc:3:6"},
    {"a slice of a slice, merged",
     "input x: f32[n]\ny = x[1:n]\nz = y[0:4]\noutput s = exp(z)\n",
     {"x=[1,2,3,4]"},
     "g.tsc:4:6"},
    {"an index computed in the same loop",
     "input x: f32[n]\ninput i: i64[m]\nj = i * 2 + 1\ny = exp(gather(x, j, axis=0)) * 2\noutput s "
     "= sum(y)\n",
     {"x=[1,2,3,4]", "i=[0,7]"},
     "g.tsc:5:9"},
    {"an index of a node that simplifies",
     "input x: f32[n]\ninput i: i64[m]\ny = log(exp(gather(x, i, axis=0)))\noutput y\n",
     {"x=[1,2]", "i=[2]"},
     "g.tsc:4:13"},
    {"an index to write to",
     "input x: f32[n]\ninput i: i64[m]\ny = scatter_add(x, i, x)\noutput s = exp(y)\n",
     {"x=[1,2]", "i=[0,5]"},
     "g.tsc:4:5"},
    {"a condition of the user's",
     "input x: f32[n]\nrequire n <= 3, \"small\"\noutput s = exp(x)\n",
     {"x=[1,2,3,4]"},
     "g.tsc:3:11"},
    {"a product",
     "input x: f32[n, k]\ninput w: f32[m, 2]\ny = matmul(x, w)\noutput s = exp(y)\n",
     {"x=[[1,2,3,4]]", "w=[[1,2]]"},
     "g.tsc:4:5"},
    {"a join",
     "input x: f32[n, 2]\ninput w: f32[m, 2]\ny = concat([x, w], axis=1)\noutput s = exp(y)\n",
     {"x=[[1,2]]", "w=[[1,2],[3,4]]"},
     "g.tsc:4:5"},
    {"the largest of nothing",
     "input x: f32[n]\ny = max(x)\noutput s = exp(y)\n",
     {"x=[]"},
     "g.tsc:3:5"},
    {"a label that is no class",
     "input x: f32[n, 3]\ninput y: i64[n]\nl = cross_entropy(x, y)\noutput s = mean(l)\n",
     {"x=[[1,2,3]]", "y=[3]"},
     "g.tsc:4:5"},
};

} // namespace

TEST_CASE("an error at a call names the user's line") {
  NEEDS_JIT();
  for (const Mistake& mistake : mistakes) {
    Place place;
    place.graph("g.tsc", mistake.body);
    std::vector<std::string> command = {"run", "g.tsc"};
    command.insert(command.end(), mistake.arguments.begin(), mistake.arguments.end());
    const Output compiled = place.tsc(command), cached = place.tsc(command);
    command.push_back("--interpret");
    const Output interpreted = place.tsc(command);
    INFO(mistake.what << "\n" << compiled << interpreted);
    CHECK(compiled.status == 1);
    CHECK(compiled.err.starts_with("error[E050"));
    CHECK(contains(compiled.err, "\n  --> " + mistake.place + "\n"));
    CHECK(cached == compiled);
    CHECK(interpreted.status == 1);
    CHECK(contains(interpreted.err, mistake.place + "\n"));
  }
}
