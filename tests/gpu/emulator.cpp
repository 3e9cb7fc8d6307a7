#include "tests/gpu/emulator.h"

#include "compiler/toolchain.h"
#include "support/files.h"

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <functional>
#include <regex>
#include <stdexcept>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

namespace tsc::emulator {

namespace {

struct Place {
  Size thread, block, block_size, grid_size;
};

enum class Waits { No, AtBarrier, AtWarpBarrier, ForValue, Ended };

struct Fiber {
  ucontext_t context;
  std::vector<char> stack = std::vector<char>(1 << 16);
  Place place;
  Waits waits = Waits::No;
  uint32_t lanes = 0; // that it waits with
  uint64_t value = 0; // that it gives, then gets
  int step = 0;
};

// The block that runs.
class Block {
public:
  Block(Size grid, Size size, Order order, const std::function<void()>& body);
  void run(Size block);
  void wait(Waits reason);
  Fiber* now = nullptr;

private:
  static void enter();
  bool resume_all();
  bool release_barrier();
  bool release_warps();
  bool release(size_t warp, uint32_t lanes);

  const std::function<void()>& body_;
  std::vector<Fiber> fibers_;
  std::vector<Fiber*> order_;
  ucontext_t scheduler_;
};

thread_local Block* running = nullptr;
thread_local sigjmp_buf escape;

extern "C" const Place* emulated_here() { return &running->now->place; }
extern "C" void emulated_barrier() { running->wait(Waits::AtBarrier); }
extern "C" void emulated_warp_barrier(unsigned lanes) {
  running->now->lanes = lanes;
  running->wait(Waits::AtWarpBarrier);
}
extern "C" unsigned long long emulated_exchange(unsigned lanes, unsigned long long bits, int step) {
  Fiber& me = *running->now;
  me.lanes = lanes;
  me.value = bits;
  me.step = step;
  running->wait(Waits::ForValue);
  return me.value;
}

Block::Block(Size grid, Size size, Order order, const std::function<void()>& body)
    : body_(body), fibers_(size_t{size.x} * size.y * size.z) {
  for (size_t i = 0; i < fibers_.size(); ++i) {
    const auto n = static_cast<unsigned>(i);
    fibers_[i].place = {{n % size.x, n / size.x % size.y, n / size.x / size.y}, {}, size, grid};
    order_.push_back(&fibers_[i]);
  }
  if (order == Order::Backward) std::reverse(order_.begin(), order_.end());
}

void Block::enter() {
  running->body_();
  running->wait(Waits::Ended);
}

void Block::wait(Waits reason) {
  now->waits = reason;
  swapcontext(&now->context, &scheduler_);
}

// Each fiber that may run does so until it waits. Is there one that has not ended?
bool Block::resume_all() {
  bool left = false;
  for (Fiber* f : order_) {
    if (f->waits == Waits::No) {
      now = f;
      swapcontext(&scheduler_, &f->context);
    }
    left |= f->waits != Waits::Ended;
  }
  return left;
}

// Lets all go on where every thread that has not ended has come to the block's barrier.
bool Block::release_barrier() {
  for (const Fiber& f : fibers_)
    if (f.waits != Waits::AtBarrier && f.waits != Waits::Ended) return false;
  for (Fiber& f : fibers_)
    if (f.waits == Waits::AtBarrier) f.waits = Waits::No;
  return true;
}

// The same for these lanes of a warp, when all of them wait for one thing.
bool Block::release(size_t warp, uint32_t lanes) {
  Fiber* const first = &fibers_[warp * 32];
  const Fiber* one = nullptr;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if (!(lanes >> lane & 1)) continue;
    if (warp * 32 + lane >= fibers_.size()) throw std::runtime_error("lanes that the block lacks");
    const Fiber& f = first[lane];
    if (!one) one = &f;
    if (f.waits != one->waits || f.lanes != lanes || f.step != one->step) return false;
  }
  const bool values = one->waits == Waits::ForValue;
  const int step = one->step;
  uint64_t given[32] = {};
  for (unsigned lane = 0; lane < 32; ++lane)
    if (lanes >> lane & 1) given[lane] = first[lane].value;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if (!(lanes >> lane & 1)) continue;
    const unsigned other = lane ^ static_cast<unsigned>(step);
    if (values && !(lanes >> other & 1))
      throw std::runtime_error("a value of a lane that waits not");
    if (values) first[lane].value = given[other];
    first[lane].waits = Waits::No;
  }
  return true;
}

bool Block::release_warps() {
  bool any = false;
  for (size_t i = 0; i < fibers_.size(); ++i)
    if (fibers_[i].waits == Waits::ForValue || fibers_[i].waits == Waits::AtWarpBarrier)
      any |= release(i / 32, fibers_[i].lanes);
  return any;
}

void Block::run(Size block) {
  for (Fiber& f : fibers_) {
    f.place.block = block;
    f.waits = Waits::No;
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.data();
    f.context.uc_stack.ss_size = f.stack.size();
    f.context.uc_link = nullptr;
    makecontext(&f.context, enter, 0);
  }
  running = this;
  while (resume_all())
    if (!release_warps() && !release_barrier())
      throw std::runtime_error("threads of a block wait for each other in different places");
}

// Turns a touch of a guard page into an exception of the thread that launched the kernel.
class FaultHandler {
public:
  FaultHandler() {
    stack_t stack{};
    stack.ss_sp = stack_.data();
    stack.ss_size = stack_.size();
    sigaltstack(&stack, &old_stack_);
    struct sigaction action{};
    action.sa_handler = [](int) { siglongjmp(escape, 1); };
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, &old_);
  }
  ~FaultHandler() {
    sigaction(SIGSEGV, &old_, nullptr);
    sigaltstack(&old_stack_, nullptr);
  }
  FaultHandler(const FaultHandler&) = delete;
  FaultHandler& operator=(const FaultHandler&) = delete;

private:
  std::vector<char> stack_ = std::vector<char>(1 << 16);
  stack_t old_stack_{};
  struct sigaction old_{};
};

// Each kernel with a function that takes its arguments as an array.
std::string with_callers(const std::string& source) {
  std::string text = read_file(TSC_SOURCE_DIR "/tests/gpu/cuda_on_cpu.h") + source;
  static const std::regex kernel(R"(__global__ void __launch_bounds__\(\d+\) (\w+)\()");
  for (std::sregex_iterator i(source.begin(), source.end(), kernel), end; i != end; ++i)
    text += fmt::format("template <class... A> static void apply_{0}(void (*f)(A...), void** a) {{ "
                        "emulated_apply(f, a, __make_integer_seq<emulated_sequence, unsigned long, "
                        "sizeof...(A)>()); }}\n"
                        "extern \"C\" void call_{0}(void** a) {{ apply_{0}({0}, a); }}\n",
                        (*i)[1].str());
  return text;
}

size_t page() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

} // namespace

Memory::Memory(size_t bytes, Tight tight) {
  const size_t whole = (bytes + page() - 1) / page() * page();
  length_ = whole + 2 * page();
  pages_ = mmap(nullptr, length_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages_ == MAP_FAILED) throw std::bad_alloc();
  char* const begin = static_cast<char*>(pages_) + page();
  if (whole) mprotect(begin, whole, PROT_READ | PROT_WRITE);
  if (whole) std::memset(begin, 0xa5, whole);
  data_ = tight == Tight::AtBeginning ? begin : begin + (whole - bytes);
}

Memory::~Memory() { munmap(pages_, length_); }

Module::Module(const std::string& cuda_source) {
  const SymbolTable services = {
      {"emulated_here", reinterpret_cast<void*>(emulated_here)},
      {"emulated_barrier", reinterpret_cast<void*>(emulated_barrier)},
      {"emulated_warp_barrier", reinterpret_cast<void*>(emulated_warp_barrier)},
      {"emulated_exchange", reinterpret_cast<void*>(emulated_exchange)},
  };
  code_ = load_object(compile_cpp(with_callers(cuda_source), host_target()), services);
}

void Module::launch(const std::string& kernel, Size grid, Size size, void** arguments,
                    Order order) const {
  const auto call = reinterpret_cast<void (*)(void**)>(code_->symbol("call_" + kernel));
  if (!call) throw std::runtime_error("no kernel " + kernel);
  const std::function<void()> body = [call, arguments] { call(arguments); };
  Block block(grid, size, order, body);
  const FaultHandler handler;
  if (sigsetjmp(escape, 1))
    throw std::runtime_error(kernel + ": touches memory that is not its own");
  try {
    for (unsigned z = 0; z < grid.z; ++z)
      for (unsigned y = 0; y < grid.y; ++y)
        for (unsigned x = 0; x < grid.x; ++x)
          block.run({x, y, z});
  } catch (const std::runtime_error& e) {
    throw std::runtime_error(fmt::format("{}: {}", kernel, e.what()));
  }
}

} // namespace tsc::emulator
