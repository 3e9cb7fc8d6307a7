// What a command offers, read off the options that its verbs declare, and written as completions
// for shells and as manuals. Whatever --help shows is in all of them.
#pragma once

#include "tools/common/parse.h"

#include <string>
#include <vector>

namespace tsc::cli {

struct OptionDoc {
  std::vector<std::string> names; // "-o", "--output"; empty for an argument without a name
  std::string value;              // "FILE", or the argument's name; empty for a flag
  std::string doc;
  bool repeated = false; // takes several values
  bool required = false;
  std::vector<std::string> choices; // what the value may be; empty where it is free
};

struct VerbDoc {
  const Verb* verb;
  std::vector<OptionDoc> options; // arguments without a name first
};

// A part of the manual that is no verb: settings, exit codes, files.
struct SectionDoc {
  std::string title;
  std::vector<std::pair<std::string, std::string>> rows; // a term and what it means
};

struct CommandDoc {
  std::string name, doc, version;
  std::vector<OptionDoc> options; // before or behind any verb
  std::vector<VerbDoc> verbs;     // without those that are hidden
  std::vector<SectionDoc> sections;
};

// The values that options taking a `value` ("SHELL") may have; empty where they are free.
using Choices = std::function<std::vector<std::string>(const std::string& value)>;

CommandDoc read_command(const CLI::App& app, Verbs verbs, const Choices& choices);

// Scripts that complete verbs, options and values.
std::string bash_completion(const CommandDoc& command);
std::string zsh_completion(const CommandDoc& command);
std::string fish_completion(const CommandDoc& command);

std::string man_page(const CommandDoc& command);        // troff, section 1
std::string manual_markdown(const CommandDoc& command); // for docs/

// "tsc run GRAPH [VALUES...] [OPTIONS]"
std::string usage(const CommandDoc& command, const VerbDoc& verb);

} // namespace tsc::cli
