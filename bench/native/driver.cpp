// What the harness calls of tsc, as C functions for ctypes: graph files compiled, bound to memory
// of Python's, and timed without Python in between. No function throws; errors are texts.
#include "compiler/compile.h"
#include "compiler/tensor_array.h"
#include "ir/parse.h"
#include "ir/plan_sizes.h"
#include "runtime/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <map>

using namespace tsc;

namespace {

using Clock = std::chrono::steady_clock;

double nanoseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// The memory of one call. Several take turns, for steps whose outputs are the next one's inputs.
struct Buffers {
  std::vector<Array> inputs, outputs;
};

struct Bound {
  Graph graph;
  CompileReport report;
  double compile_ns = 0; // all of compile()
  std::shared_ptr<const Executable> executable;
  std::vector<Buffers> buffers;
  std::string description;

  void run(int64_t calls) {
    for (int64_t i = 0; i < calls; ++i) {
      Buffers& b = buffers[static_cast<size_t>(i) % buffers.size()];
      executable->run_into(b.inputs, b.outputs);
    }
  }
};

Array view_of(DType dtype, void* data, Sizes shape) {
  switch (dtype) {
  case DType::F32:
    return Array::view(static_cast<float*>(data), shape);
  case DType::F64:
    return Array::view(static_cast<double*>(data), shape);
  case DType::I64:
    return Array::view(static_cast<int64_t*>(data), shape);
  default:
    throw InternalError("the harness knows f32, f64 and i64 alone");
  }
}

std::vector<Array> views(const std::vector<Port>& ports, void* const* data, const int64_t*& dims) {
  std::vector<Array> arrays;
  for (size_t i = 0; i < ports.size(); ++i) {
    const auto rank = static_cast<size_t>(ports[i].rank);
    arrays.push_back(view_of(ports[i].dtype, data[i], Sizes(dims, rank)));
    dims += rank;
  }
  return arrays;
}

// Inside a slice of the pool a call runs on its thread alone: how one process times one thread
// beside all of them.
void on_one_thread(const std::function<void()>& work) {
  const tsc_host* host = default_host();
  const auto body = [](void* argument, int64_t begin, int64_t) {
    if (begin == 0) (*static_cast<const std::function<void()>*>(argument))();
  };
  host->parallel_for(host->context, 2, 1, body, const_cast<std::function<void()>*>(&work));
}

// Bytes that live at once, at most, in the steps of the plan: what no arena can be smaller than.
int64_t largest_live_bytes(const Plan& plan, const std::function<int64_t(const Dim&)>& number) {
  std::map<size_t, std::pair<size_t, size_t>> lives; // first and last step of a workspace buffer
  const auto used = [&](BufferId id, size_t step) {
    if (plan.buffers[id.index].home != Home::Workspace) return;
    lives.try_emplace(id.index, step, step).first->second.second = step;
  };
  for (size_t step = 0; step < plan.steps.size(); ++step) {
    if (const auto* product = std::get_if<Product>(&plan.steps[step])) {
      for (BufferId id : {product->a, product->b, product->c})
        used(id, step);
    } else {
      for (const KernelParam& p : plan.kernels[std::get<Launch>(plan.steps[step]).kernel].params)
        used(p.buffer, step);
    }
  }
  int64_t most = 0;
  for (size_t step = 0; step < plan.steps.size(); ++step) {
    int64_t live = 0;
    for (const auto& [index, life] : lives) {
      if (step < life.first || step > life.second) continue;
      const Type& type = plan.buffers[index].type;
      int64_t bytes = static_cast<int64_t>(size_of(type.dtype));
      for (const Dim& d : type.shape)
        bytes *= number(d);
      live += (bytes + 63) / 64 * 64; // slots are aligned
    }
    most = std::max(most, live);
  }
  return most;
}

template <class F>
bool guarded(char* error, int64_t room, F f) {
  try {
    f();
    return true;
  } catch (const std::exception& e) {
    const std::string text = e.what();
    std::strncpy(error, text.c_str(), static_cast<size_t>(room) - 1);
    return false;
  }
}

} // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

// Null when there is an error.
EXPORT void* bench_compile(const char* text, int cache, char* error, int64_t room) {
  auto bound = std::make_unique<Bound>();
  const bool good = guarded(error, room, [&] {
    bound->graph = parse(text, "bench.tsc").graph;
    CompileOptions options;
    options.cache = cache != 0;
    const auto start = Clock::now();
    bound->executable = compile(bound->graph, options, &bound->report);
    bound->compile_ns = nanoseconds_since(start);
    for (const auto* ports :
         {&bound->executable->manifest().inputs, &bound->executable->manifest().outputs})
      for (const Port& port : *ports)
        bound->description += fmt::format(
            "{} {} {} {}\n", ports == &bound->executable->manifest().inputs ? "in" : "out",
            port.name, name(port.dtype), port.rank);
  });
  return good ? bound.release() : nullptr;
}

EXPORT void bench_free(void* bound) { delete static_cast<Bound*>(bound); }

// "in NAME DTYPE RANK" and "out NAME DTYPE RANK", a line each.
EXPORT const char* bench_describe(void* bound) {
  return static_cast<Bound*>(bound)->description.c_str();
}

// Milliseconds: all, key, optimise, lower, emit, toolchain, load; and whether the cache had it.
EXPORT void bench_report(void* bound, double* numbers) {
  const auto& [b, r] = std::tie(*static_cast<Bound*>(bound), static_cast<Bound*>(bound)->report);
  const double all[] = {b.compile_ns / 1e6, r.key_ms,       r.optimise_ms, r.lower_ms,
                        r.emit_ms,          r.toolchain_ms, r.load_ms,     r.cache_hit ? 1.0 : 0.0};
  std::copy(std::begin(all), std::end(all), numbers);
}

// Adds the memory of one call. `dims`: sizes of all inputs, then of all outputs.
EXPORT int bench_bind(void* bound, void* const* inputs, void* const* outputs, const int64_t* dims,
                      char* error, int64_t room) {
  return guarded(error, room, [&] {
    Bound& b = *static_cast<Bound*>(bound);
    Buffers buffers;
    buffers.inputs = views(b.executable->manifest().inputs, inputs, dims);
    buffers.outputs = views(b.executable->manifest().outputs, outputs, dims);
    b.buffers.push_back(std::move(buffers));
  });
}

// Nanoseconds of so many calls, on one thread or as many as there are; below 0 when one fails.
EXPORT double bench_time(void* bound, int64_t calls, int one_thread, char* error, int64_t room) {
  double took = -1;
  guarded(error, room, [&] {
    Bound& b = *static_cast<Bound*>(bound);
    std::exception_ptr failure; // none may leave a slice
    const auto work = [&] {
      try {
        const auto start = Clock::now();
        b.run(calls);
        took = nanoseconds_since(start);
      } catch (...) {
        failure = std::current_exception();
      }
    };
    if (one_thread)
      on_one_thread(work);
    else
      work();
    if (failure) std::rethrow_exception(failure);
  });
  return took;
}

// One call, as cheap as ctypes can make it.
EXPORT int bench_call(void* bound) {
  try {
    static_cast<Bound*>(bound)->run(1);
    return 0;
  } catch (...) {
    return 1;
  }
}

// Bytes of the workspace, and of what lives in it at once; `sizes`: of all axes of all inputs.
EXPORT int bench_memory(void* bound, const int64_t* sizes, int64_t* workspace, int64_t* live,
                        char* error, int64_t room) {
  return guarded(error, room, [&] {
    const Bound& b = *static_cast<Bound*>(bound);
    const Plan plan = planned(optimised(b.graph));
    std::map<std::string, int64_t> symbols;
    for (size_t i = 0; i < plan.symbols.size(); ++i) {
      const auto [input, axis] = plan.bound_at[i];
      symbols[plan.symbols[i]] = sizes[flat_axis(plan, input, axis)];
    }
    const auto number = [&](const Dim& dim) {
      return dim.evaluate([&](const std::string& symbol) { return symbols.at(symbol); });
    };
    *workspace = 0;
    for (const Dim& slot : plan.slots)
      *workspace += (number(slot) + 63) / 64 * 64;
    *live = largest_live_bytes(plan, number);
  });
}
