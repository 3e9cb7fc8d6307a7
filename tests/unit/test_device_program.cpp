// Sizes, grids and blocks of programs for devices.
#include "runtime/device_program.h"
#include "tests/catch.h"
#include "tests/message.h"

using namespace tsc;
using Do = SizeCode::Do;

namespace {

std::string shape(const DeviceLaunch& launch, const std::vector<int64_t>& numbers, int64_t row = 1,
                  const DeviceLimits& limits = {.blocks = 100}) {
  const auto s = shape_of(launch, numbers, row, limits);
  if (!s) return "none";
  const auto text = [](GridSize size) {
    return std::to_string(size.x) + "x" + std::to_string(size.y) + "x" + std::to_string(size.z);
  };
  return text(s->grid) + " of " + text(s->block);
}

} // namespace

TEST_CASE("sizes are postfix code, which overflows with an error") {
  const std::vector<int64_t> symbols = {7, -2};
  const auto value = [&](std::vector<SizeCode::Step> steps) {
    return evaluate({std::move(steps)}, symbols);
  };
  CHECK(value({{Do::Number, -5}}) == -5);
  CHECK(value({{Do::Symbol, 0}, {Do::Symbol, 1}, {Do::Multiply}, {Do::Number, 3}, {Do::Add}}) ==
        -11);
  CHECK(value({{Do::Symbol, 0}, {Do::Symbol, 1}, {Do::Quotient}}) == -4); // rounded down
  CHECK(value({{Do::Symbol, 0}, {Do::Number, 0}, {Do::Quotient}}) == 0);
  const std::string overflow = "error[E0404] size-overflow: a size of this call exceeds 63 bits";
  CHECK(message_of([&] { value({{Do::Number, INT64_MAX}, {Do::Number, 1}, {Do::Add}}); }) ==
        overflow);
  CHECK(message_of([&] { value({{Do::Number, 1LL << 62}, {Do::Number, 2}, {Do::Multiply}}); }) ==
        overflow);
  CHECK(message_of([&] { value({{Do::Number, INT64_MIN}, {Do::Number, -1}, {Do::Quotient}}); }) ==
        overflow);
  CHECK(message_of([&] { value({{Do::Symbol, 2}}); }).find("broken invariant") !=
        std::string::npos);
  CHECK(message_of([&] { value({{Do::Number, 2}, {Do::Add}}); }) != "no error");
  CHECK(message_of([&] { value({}); }) != "no error");
}

TEST_CASE("points are shared among blocks, no more than keep the device busy") {
  const DeviceLaunch alone{.spread = Spread::Blocks, .threads = {256, 1, 1}, .share = 256};
  CHECK(shape(alone, {0}) == "none");
  CHECK(shape(alone, {1}) == "1x1x1 of 256x1x1");
  CHECK(shape(alone, {257}) == "2x1x1 of 256x1x1");
  CHECK(shape(alone, {INT64_MAX}) == "100x1x1 of 256x1x1");
}

TEST_CASE("teams and columns are as large as their rows ask for") {
  const DeviceLaunch teams{.spread = Spread::Teams, .threads = {512, 1, 1}};
  CHECK(shape(teams, {64}, 0) == "1x1x1 of 1x256x1");
  CHECK(shape(teams, {64}, 9) == "1x1x1 of 4x64x1");
  CHECK(shape(teams, {64}, 31) == "2x1x1 of 8x32x1");
  CHECK(shape(teams, {64}, 32) == "8x1x1 of 32x8x1"); // a warp
  CHECK(shape(teams, {64}, 200) == "64x1x1 of 64x1x1");
  CHECK(shape(teams, {64}, INT64_MAX) == "64x1x1 of 512x1x1");
  const DeviceLaunch columns{.spread = Spread::Columns, .threads = {32, 16, 1}, .share = 32};
  CHECK(shape(columns, {33}, 1) == "2x1x1 of 32x1x1");
  CHECK(shape(columns, {33}, 20) == "2x1x1 of 32x8x1");
  CHECK(shape(columns, {33}, 5000) == "2x1x1 of 32x16x1");
}

TEST_CASE("a product has a block for each tile, but few along the grid's other axes") {
  const DeviceLaunch product{.spread = Spread::Products, .threads = {256, 1, 1}, .share = 64};
  CHECK(shape(product, {2, 65, 128, 5}) == "2x2x2 of 256x1x1");
  CHECK(shape(product, {2, 65, 128, 0}) == "2x2x2 of 256x1x1"); // which gives zeros
  CHECK(shape(product, {2, 0, 128, 5}) == "none");
  CHECK(shape(product, {100000, 1 << 30, 1 << 30, 5}) == "16777216x65535x65535 of 256x1x1");
}
