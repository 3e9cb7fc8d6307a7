// Text of programs: lines, indentation and braces. A block closes itself when its scope ends, so
// that emitted text cannot be unbalanced.
#pragma once

#include <fmt/format.h>
#include <string>
#include <utility>

namespace tsc {

class Writer {
public:
  class Block {
  public:
    explicit Block(Writer* w, std::string close) : writer_(w), close_(std::move(close)) {}
    Block(Block&& other) noexcept
        : writer_(std::exchange(other.writer_, nullptr)), close_(std::move(other.close_)) {}
    Block& operator=(Block&&) = delete;
    ~Block() {
      if (writer_) writer_->leave(close_);
    }

  private:
    Writer* writer_;
    std::string close_;
  };

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    raw(fmt::format(format, std::forward<Args>(args)...));
  }

  // Writes "HEAD {" and indents until the returned scope ends; then writes `close`.
  template <class... Args>
  [[nodiscard]] Block block(fmt::format_string<Args...> format, Args&&... args) {
    return open(fmt::format(format, std::forward<Args>(args)...), "}");
  }
  [[nodiscard]] Block open(const std::string& head, std::string close) {
    raw(head.empty() ? "{" : head + " {");
    depth_ += 2;
    return Block(this, std::move(close));
  }

  void blank() { text_ += '\n'; }
  void append(const Writer& other) { text_ += other.text_; } // as it stands
  explicit Writer(int indentation = 0) : depth_(indentation) {}
  const std::string& text() const { return text_; }

private:
  void raw(const std::string& line) {
    text_.append(static_cast<size_t>(depth_), ' ');
    text_ += line;
    text_ += '\n';
  }
  void leave(const std::string& close) {
    depth_ -= 2;
    raw(close);
  }

  std::string text_;
  int depth_;
};

} // namespace tsc
