// The data of constants and states in a graph file: numbers, nested lists, and files beside it.
#pragma once

#include "ir/lexer.h"
#include "ir/literal.h"
#include "ir/parse.h"
#include "ir/type.h"

namespace tsc {

class DataParser {
public:
  DataParser(Lexer& lexer, const ParseOptions& options) : lexer_(lexer), options_(options) {}

  struct Data {
    Literal value;
    std::string file;
  };
  // What stands behind "=" for a value of `type`: 0.5, [[1, 2], [3, 4]] or @weights.npy.
  Data data(const Type& type);

private:
  class ListReader;

  Literal file(const Token& token, const Type& type);
  std::string item(DType dtype);
  std::string part(DType dtype);
  void count_bytes(size_t bytes, const Token& token);

  Lexer& lexer_;
  const ParseOptions& options_;
  uint64_t inline_bytes_ = 0; // in the whole file so far
};

} // namespace tsc
