// `completions` and `manual`, which all our programs have: what --help says, for shells and for
// readers.
#pragma once

#include "tools/common/command_doc.h"

namespace tsc::cli {

// What the program offers; `verb` is any of its verbs. Each program defines it.
CommandDoc this_command(const CLI::App& verb);

std::vector<std::string> shells(); // that completions are written for

// For the rows of a program's verbs.
std::function<int()> declare_completions(CLI::App& app);
std::function<int()> declare_manual(CLI::App& app);

} // namespace tsc::cli
