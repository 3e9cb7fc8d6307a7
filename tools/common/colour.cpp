#include "tools/common/colour.h"

#include "tools/common/program_name.h"

#include <cstdlib>
#include <unistd.h>

namespace tsc::cli {

namespace {

constexpr std::string_view bold = "\x1b[1m", red = "\x1b[1;31m", magenta = "\x1b[1;35m",
                           green = "\x1b[1;32m", cyan = "\x1b[1;36m", plain = "\x1b[0m";

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value;
}

std::string painted(std::string_view colour, std::string_view text) {
  return std::string(colour).append(text).append(plain);
}

// "error[E0204] shape-mismatch: text": the kind, then the rest in bold.
std::string headline(std::string_view line, std::string_view colour) {
  const size_t end = line.find(": ");
  return painted(colour, line.substr(0, end + 1)) + painted(bold, line.substr(end + 1));
}

std::string coloured_line(std::string_view line) {
  const size_t text = line.find_first_not_of(' ');
  if (text == std::string_view::npos) return std::string(line);
  const std::string_view rest = line.substr(text);
  if (text == 0 && rest.find(": ") != std::string_view::npos) {
    if (rest.starts_with("error[") || rest.starts_with("internal error"))
      return headline(line, red);
    if (rest.starts_with("warning")) return headline(line, magenta);
    if (rest.starts_with(tool_name())) return headline(line, red);
  }
  const std::string space(line.substr(0, text));
  if (rest.starts_with("| ") && rest.find('^') != std::string_view::npos)
    return space + "| " + painted(green, rest.substr(2));
  if (rest.starts_with("hint:"))
    return space + painted(cyan, "hint:") + std::string(rest.substr(5));
  return std::string(line);
}

} // namespace

std::vector<std::pair<std::string, std::string>> colour_settings() {
  return {{"NO_COLOR", "no colour in messages, whatever it is"},
          {"CLICOLOR_FORCE", "colour in messages where stderr is no terminal too"}};
}

std::vector<std::string> colour_choices() { return {"auto", "always", "never"}; }

std::string colour_option(int argc, const char* const* argv) {
  std::string when = "auto";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("--color=")) when = word.substr(8);
    if (word == "--color" && i + 1 < argc) when = argv[i + 1];
  }
  return when;
}

bool wants_colour(std::string_view when) {
  if (when == "always") return true;
  if (when == "never" || is_set("NO_COLOR")) return false;
  const char* force = std::getenv("CLICOLOR_FORCE");
  if (force && *force && std::string_view(force) != "0") return true;
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) && !(terminal && std::string_view(terminal) == "dumb");
}

std::string coloured(std::string_view message) {
  std::string out;
  while (true) {
    const size_t end = message.find('\n');
    out += coloured_line(message.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += '\n';
    message.remove_prefix(end + 1);
  }
}

} // namespace tsc::cli
