#include "tools/tsc/io.h"

#include "support/error.h"
#include "support/files.h"
#include "tools/common/colour.h"

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
  std::fputs(in_colour ? coloured(text).c_str() : std::string(text).c_str(), stderr);
}

void use_colour(bool colour) { in_colour = colour; }

void warn(std::string_view text) { message("warning", text); }
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

NamedText split_name(const std::string& argument, const std::vector<std::string>& names) {
  size_t length = argument.find('=');
  for (const std::string& name : names) // names may contain '='
    if (argument.starts_with(name) && argument.substr(name.size()).starts_with('='))
      length = name.size();
  if (length == std::string::npos) return {argument, ""};
  return {argument.substr(0, length), argument.substr(length + 1)};
}

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    const size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

} // namespace tsc::cli
