// tsc: a tensor compiler. Include this and link `tsc`.
//
//   #include <tsc/tsc.h>
//   using namespace tsc;
//
//   auto x = matrix<float>("x");
//   auto y = vector<int64_t>("y");
//   auto w = shared("w", zeros<float>({64, 10}));
//   auto b = shared("b", zeros<float>({10}));
//   auto loss = mean(cross_entropy(matmul(x, w) + b, y));
//   auto [gw, gb] = grad(loss, {w, b});
//   auto train = function({x, y}, {loss}, {.updates = {{w, w - 0.5f * gw}, {b, b - 0.5f * gb}}});
//   float l = train(images, labels).scalar<float>();
//
// Expressions are checked as they are written, compiled by function(), and run by calling what it
// returns. Errors are tsc::Error (support/error.h), and name the line that wrote the expression.
#pragma once

#include "frontend/arrays.h"    // zeros<float>({2, 3}), array<float>({{1, 2}, {3, 4}})
#include "frontend/function.h"  // function, eval
#include "frontend/functions.h" // sum, matmul, softmax, take, ...
#include "frontend/grad.h"      // grad
#include "frontend/index.h"     // x(slice(1, 5), -1)
#include "frontend/inputs.h"    // matrix<float>("x")
#include "frontend/math.h"      // + - * /, exp, maximum, ...
#include "frontend/shared.h"    // shared
#include "frontend/tensor.h"    // Tensor
