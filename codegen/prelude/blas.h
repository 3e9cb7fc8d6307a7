// Matrix products by a BLAS with the C interface.
#ifndef TSC_PRELUDE_BLAS_H
#define TSC_PRELUDE_BLAS_H

#include "base.h"

extern "C" void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k,
                            float alpha, const float* a, int lda, const float* b, int ldb,
                            float beta, float* c, int ldc);
extern "C" void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k,
                            double alpha, const double* a, int lda, const double* b, int ldb,
                            double beta, double* c, int ldc);

TSC_FN void tsc_gemm(int ta, int tb, int m, int n, int k, const float* a, int lda, const float* b,
                     int ldb, float* c) {
  cblas_sgemm(101, ta, tb, m, n, k, 1.0f, a, lda, b, ldb, 0.0f, c, n);
}
TSC_FN void tsc_gemm(int ta, int tb, int m, int n, int k, const double* a, int lda, const double* b,
                     int ldb, double* c) {
  cblas_dgemm(101, ta, tb, m, n, k, 1.0, a, lda, b, ldb, 0.0, c, n);
}

// c = a * b for `batch` row-major matrices that follow each other; a is stored k x m and b n x k
// where transposed. Sizes fit in 31 bits: bind has checked it.
template <class T>
TSC_FN void tsc_product(bool transpose_a, bool transpose_b, tsc_i64 batch, tsc_i64 m, tsc_i64 n,
                        tsc_i64 k, const T* a, const T* b, T* c) {
  if (m <= 0 || n <= 0) return;
  for (tsc_i64 i = 0; i < batch; ++i, a += m * k, b += n * k, c += m * n) {
    if (k == 0) {
      for (tsc_i64 j = 0; j < m * n; ++j)
        c[j] = 0;
      continue;
    }
    tsc_gemm(transpose_a ? 112 : 111, transpose_b ? 112 : 111, (int)m, (int)n, (int)k, a,
             (int)(transpose_a ? m : k), b, (int)(transpose_b ? k : n), c);
  }
}

#endif
