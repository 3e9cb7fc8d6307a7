#include "tools/common/io.h"

#include "support/error.h"
#include "support/files.h"
#include "tools/common/colour.h"
#include "tools/common/program_name.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>

namespace tsc::cli {

namespace {

bool in_colour = false;

void message(const char* kind, std::string_view text) {
  error_text(fmt::format("{}: {}\n", kind, text));
}

// The library's hints name our programs.
std::string with_names_in_hints(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const bool ends = line.size() < text.size();
    const bool hint =
        line.substr(std::min(line.find_first_not_of(' '), line.size())).starts_with("hint:");
    out += hint ? with_tool_names(line) : std::string(line);
    if (ends) out += '\n';
    text.remove_prefix(line.size() + ends);
  }
  return out;
}

extern "C" void end_by_signal(int number) {
  remove_unfinished_files();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

} // namespace

void put(std::string_view data, const std::string& path) {
  if (path != "-" && !path.empty()) return write_file(path, data);
  std::fwrite(data.data(), 1, data.size(), stdout);
}

void error_text(std::string_view text) {
  const std::string named = with_names_in_hints(text);
  std::fputs(in_colour ? coloured(named).c_str() : named.c_str(), stderr);
}

void use_colour(bool colour) { in_colour = colour; }

void warn(std::string_view text) { message("warning", text); }
void warn(Diag diag, std::string_view text) {
  message(fmt::format("warning[{}]", row(diag).code).c_str(), text);
}
void note(std::string_view text) { message("note", text); }

void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    throw Error(Diag::CannotWrite, "cannot write to standard output");
}

void clean_up_on_signals() {
  std::signal(SIGXFSZ, SIG_IGN); // a file over `ulimit -f` is an error like a full disk
  struct sigaction action = {};
  action.sa_handler = end_by_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before = {};
    ::sigaction(number, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(number, &action, nullptr);
  }
}

} // namespace tsc::cli
