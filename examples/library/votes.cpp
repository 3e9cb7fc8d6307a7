// Votes counted from C++: states, memory of the caller's own, and an error in words.
#include <votes.h> // what tsc compile writes

#include <cstdio>
#include <vector>

int main() {
  float counted[4];
  int64_t calls, leader;
  const votes_state state = {counted, &calls};
  votes_initial_state(&state);

  tsc_error error{};
  error.size = sizeof error;
  std::vector<char> workspace(votes_workspace(3)); // enough for all calls of three votes
  const tsc_options options = {sizeof options, nullptr, workspace.data(), workspace.size(), &error};

  const int64_t choices[] = {1, 2, 1}, nobody[] = {0, 1, 7};
  const float weights[] = {4, 1, 8};
  if (votes(3, choices, weights, &state, &leader, &options) != TSC_OK) return 1;
  std::printf("candidate %d leads with %g votes\n", int(leader), counted[leader]);

  if (votes(3, nobody, weights, &state, &leader, &options) == TSC_E_INDEX) std::puts(error.text);
  std::printf("%d call counted\n", int(calls)); // a call that fails changes no state
}
