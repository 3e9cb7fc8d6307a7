// The parts of a library's wrapper that stand in the prelude, compiled here as they are there.
#include "codegen/cpu_features.h"
#include "tests/catch.h"

#include <cstdint>
#include <cstring>
#include <string>

// Behind <cstdint>, as in the header of a library.
#include "codegen/prelude/wrapper.h"

namespace {

std::string spelled(DLDataType dtype) {
  char text[16];
  tsc_spell(text, dtype);
  return text;
}

std::string said(const char* words, tsc_i64 a, tsc_i64 b, tsc_i64 c) {
  const tsc_i64 values[] = {a, b, c};
  tsc_line line;
  line.say(words, values);
  line.end();
  return line.text;
}

// What the CPU lacks of one feature, by the table and by CPUID.
bool has(const char* name) {
  const std::string wanted[] = {std::string("+") + name};
  const auto rows = tsc::needed_features(wanted);
  REQUIRE(rows.size() == 1);
  tsc_cpu_feature feature{rows[0].leaf, rows[0].subleaf, rows[0].word,
                          rows[0].bit,  rows[0].state,   ""};
  return tsc_missing_feature(&feature, 1) < 0;
}

} // namespace

TEST_CASE("errors of a library are put into words without any library") {
  CHECK(said("{0} and {1} on {2}, not {3} or {", -7, INT64_MIN, 0) ==
        "-7 and -9223372036854775808 on 0, not {3} or {");
  CHECK(said("", 0, 0, 0).empty());
  CHECK(said(std::string(300, 'x').c_str(), 0, 0, 0) == std::string(254, 'x'));
  const std::string cut = said(("x" + std::string(253, 'y') + "\xc3\xa4").c_str(), 0, 0, 0);
  CHECK(cut == "x" + std::string(253, 'y')); // not half of a letter
}

TEST_CASE("dtypes of DLPack as errors spell them") {
  CHECK(spelled({2, 32, 1}) == "f32");
  CHECK(spelled({5, 128, 1}) == "c128");
  CHECK(spelled({4, 16, 1}) == "bf16");
  CHECK(spelled({6, 8, 1}) == "bool");
  CHECK(spelled({0, 8, 1}) == "i8");
  CHECK(spelled({1, 0, 1}) == "u0");
  CHECK(spelled({255, 255, 1}) == "?255");
}

TEST_CASE("features of the CPU are those that the compiler's own library finds") {
#ifdef __x86_64__
  __builtin_cpu_init();
#define SAME(name) CHECK(has(name) == bool(__builtin_cpu_supports(name)))
  SAME("sse3");
  SAME("ssse3");
  SAME("sse4.1");
  SAME("sse4.2");
  SAME("sse4a");
  SAME("popcnt");
  SAME("avx");
  SAME("avx2");
  SAME("fma");
  SAME("fma4");
  SAME("xop");
  SAME("bmi");
  SAME("bmi2");
  SAME("gfni");
  SAME("avx512f");
  SAME("avx512dq");
  SAME("avx512cd");
  SAME("avx512bw");
  SAME("avx512vl");
  SAME("avx512ifma");
  SAME("avx512vbmi");
  SAME("avx512vbmi2");
  SAME("avx512vnni");
  SAME("avx512bitalg");
  SAME("avx512vpopcntdq");
  SAME("avx512bf16");
  SAME("avx512vp2intersect");
#undef SAME
#endif
  const std::string unknown[] = {"+no-such", "-avx2", "avx2"};
  CHECK(tsc::needed_features(unknown).empty());
}

TEST_CASE("bytes of an array do not wrap around") {
  tsc_argument a{};
  a.dtype = {2, 32, 1};
  const tsc_i64 large[] = {tsc_i64(1) << 40, tsc_i64(1) << 40, 3},
                empty[] = {tsc_i64(1) << 62, 8, 0};
  a.rank = 3;
  CHECK(tsc_bytes(a, large) == INT64_MAX);
  CHECK(tsc_bytes(a, empty) == 0);
  a.rank = 1;
  CHECK(tsc_bytes(a, large) == tsc_i64(1) << 42);
  a.rank = 0;
  CHECK(tsc_bytes(a, nullptr) == 4);
}
