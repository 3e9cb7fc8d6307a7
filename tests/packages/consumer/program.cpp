// The C++ API from an installed tsc: a compiled function, and an error caught across the library's
// border.
#include <cstdio>
#include <tsc/tsc.h>

extern "C" int run() {
  auto x = tsc::vector<float>("x");
  auto f = tsc::function({x}, {sum(exp(x) * x)});
  std::printf("%.3f\n", static_cast<double>(f(tsc::array<float>({1, 2, 3})).scalar<float>()));
  try {
    tsc::matmul(tsc::matrix<float>("a"), tsc::scalar<float>("b"));
  } catch (const tsc::Error&) {
    std::puts("caught");
  }
  std::fflush(stdout);
  return 0;
}

int main() { return run(); }
