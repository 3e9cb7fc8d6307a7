// What the verbs share of input and output.
#pragma once

#include "tools/common/io.h"

#include <vector>

namespace tsc::cli {

// "NAME=TEXT" split at the first '=' behind one of `names`, or at the first '=' where none fits.
struct NamedText {
  std::string name, text;
};
NamedText split_name(const std::string& argument, const std::vector<std::string>& names);

// The parts of "a,b,c".
std::vector<std::string> split_list(std::string_view list);

} // namespace tsc::cli
