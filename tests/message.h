// What an action complains of, to be compared whole.
#pragma once

#include "support/error.h"

#include <string>

// The text of the tsc::Error or tsc::InternalError that `action` throws, or "no error".
template <class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const tsc::Error& e) {
    return e.what();
  } catch (const tsc::InternalError& e) {
    return e.what();
  }
  return "no error";
}
