#include HEADER
#include <stdio.h>

int main(void) {
  const double x[4] = {0, 1, -1, -2};
  double y[4];
  if (logistic(2, 2, x, y, NULL) != 0) return 1;
  printf("%g %g %g %g\n", y[0], y[1], y[2], y[3]);
}
