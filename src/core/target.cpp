#include "core/target.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace strata {

namespace {

constexpr std::string_view forms =
    R"(A target is a revision, a prefix of one, "head", "heads", "base" or "current", with a branch before it ("label@head") or steps after it ("ae10+2", "-1").)";

Error malformed(std::string_view text, std::string_view what) {
  return Error(sqlstate::invalid_parameter, fmt::format("invalid target {}: {}", quoted(text), what))
      .with_hint(std::string(forms));
}

Symbol symbol_of(std::string_view name) {
  if (name.empty()) return Symbol::none;
  if (name == "head") return Symbol::head;
  if (name == "heads") return Symbol::heads;
  if (name == "base") return Symbol::base;
  if (name == "current") return Symbol::current;
  return Symbol::name;
}

std::string_view spelling(Symbol symbol) {
  switch (symbol) {
    case Symbol::head:
      return "head";
    case Symbol::heads:
      return "heads";
    case Symbol::base:
      return "base";
    case Symbol::current:
      return "current";
    case Symbol::none:
    case Symbol::name:
      break;
  }
  return "";
}

bool has_blank(std::string_view text) {
  while (!text.empty()) {
    const auto [value, length] = first_code_point(text);
    if (is_blank(value)) return true;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return false;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// `text` is a sign and what follows it.
int parse_steps(std::string_view text, std::string_view whole) {
  const std::string_view digits = text.substr(1);
  if (digits.empty()) throw malformed(whole, fmt::format("a number must follow \"{}\"", text[0]));
  if (!all_digits(digits)) {
    throw Error(sqlstate::unknown_revision, fmt::format("unknown revision {}", quoted(whole)))
        .with_detail(
            "A revision id or branch label contains no \"+\" or \"-\", and after them only a number of steps can follow.")
        .with_hint(std::string(forms));
  }
  int steps = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), steps);
  if (failure != std::errc()) throw malformed(whole, "the number of steps is out of range");
  return text[0] == '-' ? -steps : steps;
}

}  // namespace

Target parse_target(std::string_view text) {
  if (text.empty()) { throw Error(sqlstate::invalid_parameter, "the target is empty").with_hint(std::string(forms)); }
  if (!is_utf8(text)) throw malformed(text, "it is not valid UTF-8");
  if (has_blank(text)) throw malformed(text, "it contains white space or a control character");
  if (text.find(':') != std::string_view::npos) throw malformed(text, "a range is not allowed here");

  Target target;
  target.text = text;
  std::string_view rest = text;
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    target.label = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    if (target.label.empty()) throw malformed(text, "no branch is named before \"@\"");
    if (rest.empty()) throw malformed(text, "nothing follows \"@\"");
    if (rest.find('@') != std::string_view::npos) throw malformed(text, "more than one \"@\"");
  }
  const auto sign = rest.find_first_of("+-");
  const std::string_view name = rest.substr(0, sign);
  target.symbol = symbol_of(name);
  if (target.symbol == Symbol::name) target.name = name;
  if (sign != std::string_view::npos) target.steps = parse_steps(rest.substr(sign), text);
  return target;
}

Range parse_range(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    throw Error(sqlstate::invalid_parameter, fmt::format("invalid range {}", quoted(text)))
        .with_hint("A range is \"from:to\", \"from:\" or \":to\".");
  }
  Range range;
  if (colon > 0) range.from = parse_target(text.substr(0, colon));
  if (colon + 1 < text.size()) range.to = parse_target(text.substr(colon + 1));
  return range;
}

std::string print_target(const Target& target) {
  std::string text;
  if (!target.label.empty()) text = target.label + "@";
  text += target.symbol == Symbol::name ? std::string_view(target.name) : spelling(target.symbol);
  if (target.steps) text += fmt::format("{:+}", *target.steps);
  return text;
}

std::string flaw_of_name(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > longest_name) return fmt::format("is longer than {} bytes", longest_name);
  if (!is_utf8(name)) return "is not valid UTF-8";
  if (has_blank(name)) return "contains white space or a control character";
  if (const auto at = name.find_first_of("@-+:"); at != std::string_view::npos) {
    return fmt::format("contains \"{}\"", name[at]);
  }
  if (symbol_of(name) != Symbol::name) return "is a reserved word";
  return {};
}

}  // namespace strata
