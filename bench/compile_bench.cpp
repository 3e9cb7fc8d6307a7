// Times of the CPU toolchain on sample programs: milliseconds to compile (first and fastest), to
// load, and nanoseconds an element of the code, in the first-level cache and beyond it.
//
//   compile_bench [NAME] [--asm | --ir]    one program; print its assembly or LLVM IR instead
#include "bench/sources.h"
#include "compiler/toolchain.h"
#include "runtime/loader.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

using namespace tsc;

namespace {

using Run = int (*)(const float* const*, float* const*, long, long);

struct Program {
  std::string name;
  std::string source;
  int repeats;
  bool runs; // worth timing
};

double now_ms() {
  const auto t = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(t).count();
}

template <class F>
double time_ms(F f) {
  const double start = now_ms();
  f();
  return now_ms() - start;
}

template <class F>
double fastest_ms(int repeats, F f) {
  double best = 1e30;
  for (int i = 0; i < repeats; ++i)
    best = std::min(best, time_ms(f));
  return best;
}

double ns_per_element(Run run, long rows, long columns) {
  const long count = rows * columns, calls = 400000 / count + 1;
  std::vector<float> a(count), b(count), y(count);
  for (long i = 0; i < count; ++i)
    a[i] = (i % 97) * 0.01f, b[i] = (i % 31) * 0.1f;
  const float* in[] = {a.data(), b.data()};
  float* out[] = {y.data()};
  const double ms = fastest_ms(40, [&] {
    for (long i = 0; i < calls; ++i)
      run(in, out, rows, columns);
  });
  return ms * 1e6 / (static_cast<double>(calls) * count);
}

void measure(const Program& program, const CpuTarget& target) {
  std::string object;
  const auto compile = [&] { object = compile_cpp(program.source, target); };
  const double first = time_ms(compile), best = fastest_ms(program.repeats, compile);
  const double load = fastest_ms(50, [&] { load_object(object, {}); });
  std::printf("%-12s %8.2f %8.2f %8.3f %9zu", program.name.c_str(), first, best, load,
              object.size());
  if (program.runs) {
    const auto code = load_object(object, {});
    const auto run = reinterpret_cast<Run>(code->symbol("tsc_run"));
    std::printf(" %8.4f %8.4f %8.4f", ns_per_element(run, 8, 256), ns_per_element(run, 8, 101),
                ns_per_element(run, 8, 4096));
  }
  std::printf("\n");
}

} // namespace

int main(int argc, char** argv) {
  using namespace samples;
  const std::vector<Program> programs = {
      {"empty", empty(), 40, false},
      {"loop", repeated(loop_kernel, 1), 30, true},
      {"chain", repeated(chain_kernel, 1), 30, true},
      {"softmax", repeated(softmax_kernel, 1), 20, true},
      {"loop x20", repeated(loop_kernel, 20), 4, false},
      {"chain x20", repeated(chain_kernel, 20), 4, false},
      {"softmax x20", repeated(softmax_kernel, 20), 4, false},
  };
  const CpuTarget target = host_target();
  const std::string_view only = argc > 1 ? argv[1] : "", mode = argc > 2 ? argv[2] : "";
  if (mode.empty()) {
    std::printf("%s on %s\n", toolchain_identity().substr(0, 40).c_str(), target.cpu.c_str());
    std::printf("%-12s %8s %8s %8s %9s %8s %8s %8s\n", "", "first ms", "best ms", "load ms",
                "bytes", "8x256 ns", "8x101 ns", "8x4096 ns");
  }
  for (const Program& program : programs) {
    if (!only.empty() && only != program.name) continue;
    if (mode.empty())
      measure(program, target);
    else
      std::puts(compile_cpp(program.source, target, mode == "--asm" ? Emit::Assembly : Emit::LlvmIr)
                    .c_str());
  }
}
