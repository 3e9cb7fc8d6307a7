#include "tools/tsc/phases.h"

#include "tools/common/json.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fmt/format.h>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace tsc::cli {

namespace {

using Clock = std::chrono::steady_clock;

struct Event {
  std::string name, category;
  Clock::time_point begin, end;
};

// A line on the terminal that says what takes so long, from the first second on.
class Progress {
public:
  void begin(const std::string& phase) {
    if (!terminal_) return;
    std::lock_guard lock(mutex_);
    phase_ = phase;
    began_ = Clock::now();
    clear();
    if (!thread_.joinable()) thread_ = std::jthread([this](std::stop_token stop) { watch(stop); });
  }
  void end() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    changed_.notify_all();
    thread_.join();
    clear();
  }

private:
  void watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      changed_.wait_for(lock, stop, std::chrono::milliseconds(250), [] { return false; });
      const auto seconds =
          std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_).count();
      if (seconds < 1 || stop.stop_requested()) continue;
      fmt::print(stderr, "\rtsc: {} ... {} s\x1b[K", phase_, seconds);
      shown_ = true;
    }
  }
  void clear() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
    shown_ = false;
  }

  const bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string phase_;
  Clock::time_point began_;
  bool shown_ = false;
  std::jthread thread_;
};

struct Phases {
  std::vector<Event> events;
  std::string open; // the phase that goes on
  Clock::time_point begin = Clock::now(), opened = begin, last = begin;
  Progress progress;
};

Phases& phases() {
  static auto* all = new Phases; // leaked: exit() may come while the progress thread runs
  return *all;
}

void close_phase(Phases& p) {
  const auto now = Clock::now();
  if (!p.open.empty()) p.events.push_back({p.open, "phase", p.opened, now});
  p.open.clear();
  p.opened = p.last = now;
}

double microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

} // namespace

void enter_phase(const char* name) {
  Phases& p = phases();
  close_phase(p);
  p.open = name;
  p.progress.begin(name);
}

CompileOptions with_phases(CompileOptions options) {
  options.entering = enter_phase;
  options.after = [next = options.after](const Pass& pass, const Graph& graph) {
    Phases& p = phases();
    const auto now = Clock::now();
    p.events.push_back({pass.name, "pass", p.last, now});
    if (next) next(pass, graph);
    p.last = Clock::now();
  };
  return options;
}

std::string trace_json() {
  Phases& p = phases();
  Json events = Json::array();
  for (const Event& e : p.events)
    events.push_back({{"name", e.name},
                      {"cat", e.category},
                      {"ph", "X"},
                      {"ts", microseconds(e.begin - p.begin)},
                      {"dur", microseconds(e.end - e.begin)},
                      {"pid", 1},
                      {"tid", 1}});
  return Json{{"displayTimeUnit", "ms"}, {"traceEvents", events}}.dump() + "\n";
}

void end_phases() {
  close_phase(phases());
  phases().progress.end();
}

} // namespace tsc::cli
