// Colour for messages on a terminal: NO_COLOR, CLICOLOR_FORCE, TERM=dumb and --color decide. The
// text is the same with and without.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tsc::cli {

// The variables that have a say, and what they do: rows of a manual.
std::vector<std::pair<std::string, std::string>> colour_settings();

// What --color may be.
std::vector<std::string> colour_choices();

// The last --color of the command line, unchecked: errors in the command line itself have colour,
// too. "auto" where there is none.
std::string colour_option(int argc, const char* const* argv);

// Is stderr to have colour? `when` is "auto", "always" or "never".
bool wants_colour(std::string_view when);

// A diagnostic with its kind, its marks and its hint highlighted.
std::string coloured(std::string_view message);

} // namespace tsc::cli
