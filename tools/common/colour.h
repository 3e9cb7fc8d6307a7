// Colour for messages on a terminal: NO_COLOR, CLICOLOR_FORCE, TERM=dumb and --color decide. The
// text is the same with and without.
#pragma once

#include <string>
#include <string_view>

namespace tsc::cli {

// Is stderr to have colour? `when` is "auto", "always" or "never".
bool wants_colour(std::string_view when);

// A diagnostic with its kind, its marks and its hint highlighted.
std::string coloured(std::string_view message);

} // namespace tsc::cli
