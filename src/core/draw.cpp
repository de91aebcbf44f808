#include "core/draw.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/history.hpp"
#include "core/text.hpp"

namespace strata {

namespace {

std::string message_of(const Drawing& drawing, Index i) { return i < drawing.messages.size() ? drawing.messages[i] : ""; }

bool is_applied(const Drawing& drawing, Index i) { return i < drawing.applied.size() && drawing.applied[i]; }

// Everything a drawing says of a revision beside its id and message.
std::vector<std::string> marks_of(const Graph& graph, const std::vector<char>& current, Index i) {
  std::vector<std::string> marks;
  if (graph.children(i).empty()) marks.emplace_back("head");
  if (current[i]) marks.emplace_back("current");
  if (graph.parents(i).empty()) marks.emplace_back("base");
  for (const std::string& label : graph.lineage(i).branch_labels) marks.push_back(label);
  return marks;
}

std::vector<char> current_marks(const Graph& graph, const Drawing& drawing) {
  std::vector<char> marks(graph.size());
  for (const Index i : drawing.current) marks[i] = 1;
  return marks;
}

// The first line, without characters that would move the cursor.
std::string one_line(std::string_view text) {
  std::string line(text.substr(0, text.find_first_of("\r\n")));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return line;
}

// The lanes of the text drawing: lane i stands in column 2i and waits for one revision; no two wait for the same.
class Lanes {
 public:
  explicit Lanes(std::string& out) : out_(out) {}

  // The lane of a revision; a new one at the right when nothing above leads to it.
  std::size_t lane_of(Index revision) {
    const auto found = std::find(waiting_.begin(), waiting_.end(), revision);
    if (found != waiting_.end()) return static_cast<std::size_t>(found - waiting_.begin());
    waiting_.push_back(revision);
    return waiting_.size() - 1;
  }

  std::string with_star(std::size_t lane) const {
    std::string row = row_of(waiting_.size());
    row[2 * lane] = '*';
    return row;
  }

  // The revision in the lane is drawn: the lane goes on to its parents.
  void go_on(std::size_t lane, std::span<const Index> parents) {
    if (parents.empty()) return close(lane);
    waiting_[lane] = parents[0];
    // From the last one on, so that they stand in the order written.
    for (std::size_t i = parents.size(); i-- > 1;) open(lane, parents[i]);
    std::size_t last = lane + parents.size() - 1;
    for (std::size_t at = lane; at <= last;) {
      if (join(at))
        --last;
      else
        ++at;
    }
  }

 private:
  static std::string row_of(std::size_t lanes) {
    std::string row;
    for (std::size_t i = 0; i < lanes; ++i) row += "| ";
    return row;
  }

  void print(std::string row) {
    while (!row.empty() && row.back() == ' ') row.pop_back();
    out_ += row;
    out_ += '\n';
  }

  void open(std::size_t lane, Index revision) {
    std::string row = row_of(lane + 1);
    for (std::size_t i = lane; i < waiting_.size(); ++i) row.replace(2 * i + 1, 1, "\\ ");
    print(std::move(row));
    waiting_.insert(waiting_.begin() + static_cast<std::ptrdiff_t>(lane) + 1, revision);
  }

  void close(std::size_t lane) {
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(lane));
    if (lane == waiting_.size()) return;
    std::string row = row_of(lane);
    row += std::string(1, ' ');
    for (std::size_t i = lane; i < waiting_.size(); ++i) row += "/ ";
    print(std::move(row));
  }

  // Leads the lane into another one that waits for the same revision. True when the lane `at` is gone or has taken one in from
  // its left side.
  bool join(std::size_t at) {
    for (std::size_t other = 0; other < waiting_.size(); ++other) {
      if (other == at || waiting_[other] != waiting_[at]) continue;
      bend(std::min(at, other), std::max(at, other));
      return other < at;
    }
    return false;
  }

  // Lane `from` bends left into lane `to`; the lanes right of it move up.
  void bend(std::size_t to, std::size_t from) {
    std::string row = row_of(from);
    for (std::size_t i = to + 1; i + 1 < from; ++i) row[2 * i + 1] = '_';
    row[2 * from - 1] = '/';
    for (std::size_t i = from + 1; i < waiting_.size(); ++i) row += " /";
    print(std::move(row));
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(from));
    if (from - to < 2) return;
    row = row_of(waiting_.size());
    row[2 * to + 1] = '/';
    print(std::move(row));
  }

  std::string& out_;
  Indexes waiting_;
};

std::string escaped_dot(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n')
      result += "\\n";
    else if (static_cast<unsigned char>(c) >= 0x20)
      result += c;
  }
  return result;
}

// Mermaid knows HTML entities written with # instead of &; letters, digits and text beyond ASCII are safe in quotes.
std::string escaped_mermaid(std::string_view text) {
  constexpr std::string_view safe = " .,_/()+*=@:";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain || safe.find(c) != std::string_view::npos)
      result += c;
    else if (byte >= 0x20)
      result += fmt::format("#{};", byte);
  }
  return result;
}

std::string bracketed(const std::vector<std::string>& marks) {
  std::string text;
  for (const std::string& mark : marks) text += fmt::format("{}({})", text.empty() ? "" : " ", mark);
  return text;
}

}  // namespace

std::string draw_text(const Graph& graph, const Drawing& drawing) {
  std::string out;
  Lanes lanes(out);
  const auto current = current_marks(graph, drawing);
  for (const Index i : history(graph, std::nullopt, {})) {
    const std::size_t lane = lanes.lane_of(i);
    out += lanes.with_star(lane);
    out += graph.id(i);
    if (const auto marks = marks_of(graph, current, i); !marks.empty()) out += ' ' + bracketed(marks);
    if (const std::string message = one_line(message_of(drawing, i)); !message.empty()) out += ' ' + message;
    if (const auto& needs = graph.lineage(i).depends_on; !needs.empty()) {
      out += " [depends on";
      for (std::size_t k = 0; k < needs.size(); ++k) out += (k == 0 ? " " : ", ") + needs[k];
      out += ']';
    }
    out += '\n';
    lanes.go_on(lane, graph.parents(i));
  }
  return out;
}

std::string draw_dot(const Graph& graph, const Drawing& drawing) {
  std::string out = "digraph revisions {\n  rankdir=BT;\n  node [shape=box, style=\"rounded\", fontname=\"sans-serif\"];\n";
  const auto current = current_marks(graph, drawing);
  for (const Index i : history(graph, std::nullopt, {})) {
    std::string label = escaped_dot(graph.id(i));
    if (const std::string message = message_of(drawing, i); !message.empty()) label += "\\n" + escaped_dot(message);
    if (const auto marks = marks_of(graph, current, i); !marks.empty()) label += "\\n" + escaped_dot(bracketed(marks));
    out += fmt::format("  r{} [label=\"{}\"", i, label);
    if (is_applied(drawing, i)) out += ", style=\"rounded,filled\", fillcolor=\"#d5e8d4\"";
    if (current[i]) out += ", penwidth=2";
    out += "];\n";
  }
  for (Index i = 0; i < graph.size(); ++i) {
    for (const Index parent : graph.parents(i)) out += fmt::format("  r{} -> r{};\n", parent, i);
    for (const Index needed : graph.dependencies(i)) out += fmt::format("  r{} -> r{} [style=dashed];\n", needed, i);
  }
  return out + "}\n";
}

std::string draw_mermaid(const Graph& graph, const Drawing& drawing) {
  std::string out = "flowchart BT\n";
  const auto current = current_marks(graph, drawing);
  bool any_applied = false;
  for (const Index i : history(graph, std::nullopt, {})) {
    std::string label = escaped_mermaid(graph.id(i));
    if (const std::string message = one_line(message_of(drawing, i)); !message.empty())
      label += "<br/>" + escaped_mermaid(message);
    if (const auto marks = marks_of(graph, current, i); !marks.empty()) label += "<br/>" + escaped_mermaid(bracketed(marks));
    out += fmt::format("  r{}[\"{}\"]{}\n", i, label, is_applied(drawing, i) ? ":::applied" : "");
    any_applied = any_applied || is_applied(drawing, i);
  }
  for (Index i = 0; i < graph.size(); ++i) {
    for (const Index parent : graph.parents(i)) out += fmt::format("  r{} --> r{}\n", parent, i);
    for (const Index needed : graph.dependencies(i)) out += fmt::format("  r{} -.-> r{}\n", needed, i);
  }
  if (any_applied) out += "  classDef applied fill:#d5e8d4,stroke:#82b366\n";
  return out;
}

}  // namespace strata
