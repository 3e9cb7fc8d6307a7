#include "norm.h"
#include <stdio.h>

int main(void) {
  const float x[4] = {1, 2, 3, 4};
  float y[4];
  if (norm(x, y, NULL) != TSC_OK) return 1;
  printf("%.4f %.4f %.4f %.4f\n", y[0], y[1], y[2], y[3]);
}
