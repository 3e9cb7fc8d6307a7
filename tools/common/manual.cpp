// The manual: as a page for man(1), and as Markdown.
#include "tools/common/command_doc.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tsc::cli {

namespace {

// "-o, --output FILE"
std::string term(const OptionDoc& option) {
  if (option.names.empty()) return option.value;
  const std::string names = fmt::format("{}", fmt::join(option.names, ", "));
  return option.value.empty() ? names : names + " " + option.value;
}

std::string doc_of(const OptionDoc& option) {
  if (option.choices.empty() || option.choices.size() > 20) return option.doc;
  return fmt::format("{}. One of: {}", option.doc, fmt::join(option.choices, ", "));
}

// Text for troff: no line is taken for a request, no hyphen for one that may break.
std::string troff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string troff_row(const std::string& term, const std::string& text) {
  return fmt::format(".TP\n.B {}\n{}\n", troff(term), troff(text));
}

std::string troff_options(const std::vector<OptionDoc>& options) {
  std::string out;
  for (const OptionDoc& option : options)
    out += troff_row(term(option), doc_of(option));
  return out;
}

std::string troff_verb(const CommandDoc& command, const VerbDoc& verb) {
  std::string out = fmt::format(".SS {}\n{}.\n.PP\n.nf\n{}\n.fi\n", verb.verb->name,
                                troff(verb.verb->doc), troff(usage(command, verb)));
  out += troff_options(verb.options);
  if (*verb.verb->json)
    out += fmt::format(".PP\n.B \\-\\-json\nprints:\n.PP\n.nf\n{}\n.fi\n", troff(verb.verb->json));
  return out + fmt::format(".PP\nExamples:\n.PP\n.nf\n{}\n.fi\n", troff(verb.verb->examples));
}

} // namespace

std::string man_page(const CommandDoc& command) {
  std::string out = fmt::format(".TH {} 1 \"\" \"{} {}\" \"User Commands\"\n", upper(command.name),
                                command.name, command.version);
  out += fmt::format(".SH NAME\n{} \\- {}\n", troff(command.name), troff(command.doc));
  out += fmt::format(".SH SYNOPSIS\n.B {}\nVERB [OPTIONS]\n.SH OPTIONS\n", troff(command.name));
  out += troff_options(command.options) + ".SH VERBS\n";
  for (const VerbDoc& verb : command.verbs)
    out += troff_verb(command, verb);
  for (const SectionDoc& section : command.sections) {
    out += fmt::format(".SH {}\n", upper(section.title));
    for (const auto& [term, text] : section.rows)
      out += troff_row(term, text);
  }
  return out;
}

namespace {

std::string cell(std::string_view text) {
  std::string out;
  for (char c : text)
    out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string table(const std::string& first, const std::string& second,
                  const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string out = fmt::format("| {} | {} |\n|---|---|\n", first, second);
  for (const auto& [term, text] : rows)
    out += fmt::format("| `{}` | {} |\n", cell(term), cell(text));
  return out + "\n";
}

std::string option_table(const std::vector<OptionDoc>& options) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const OptionDoc& option : options)
    rows.emplace_back(term(option), doc_of(option));
  return table("option", "meaning", rows);
}

} // namespace

std::string manual_markdown(const CommandDoc& command) {
  std::string out =
      fmt::format("# The command `{0}`\n\n"
                  "{1} Printed by `{0} manual --markdown`.\n\n"
                  "Data goes to stdout, messages to stderr. What `--json` prints is one line, an "
                  "object whose member `schema` "
                  "is raised when a member changes its meaning or goes; members may be added.\n\n",
                  command.name, command.doc);
  out += "Anywhere on the command line:\n\n" + option_table(command.options);
  for (const VerbDoc& verb : command.verbs) {
    out += fmt::format("## {}\n\n{}.\n\n```\n{}\n```\n\n{}", verb.verb->name, verb.verb->doc,
                       usage(command, verb), option_table(verb.options));
    if (*verb.verb->json)
      out += fmt::format("`--json` prints:\n\n```\n{}\n```\n\n", verb.verb->json);
    out += fmt::format("Examples:\n\n```\n{}\n```\n\n", verb.verb->examples);
  }
  for (const SectionDoc& section : command.sections)
    out += fmt::format("## {}\n\n{}", section.title, table("", "", section.rows));
  out.pop_back();
  return out;
}

} // namespace tsc::cli
