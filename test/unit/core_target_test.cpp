#include <gtest/gtest.h>

#include "core/resolve.hpp"
#include "notation.hpp"

namespace strata {
namespace {

using namespace std::string_literals;

std::string read(std::string_view text) {
  const Target t = parse_target(text);
  EXPECT_EQ(t.text, text);
  Target again = parse_target(print_target(t));
  again.text = t.text;
  EXPECT_EQ(again, t) << print_target(t);
  std::string kind;
  switch (t.symbol) {
    case Symbol::none:
      kind = "none";
      break;
    case Symbol::head:
      kind = "HEAD";
      break;
    case Symbol::heads:
      kind = "HEADS";
      break;
    case Symbol::base:
      kind = "BASE";
      break;
    case Symbol::current:
      kind = "CURRENT";
      break;
    case Symbol::name:
      kind = t.name;
      break;
  }
  return (t.label.empty() ? "" : t.label + " | ") + kind + (t.steps ? " " + std::to_string(*t.steps) : "");
}

TEST(Target, WholeGrammar) {
  EXPECT_EQ(read("ae1027a6acf"), "ae1027a6acf");
  EXPECT_EQ(read("0086"), "0086");
  EXPECT_EQ(read("head"), "HEAD");
  EXPECT_EQ(read("heads"), "HEADS");
  EXPECT_EQ(read("base"), "BASE");
  EXPECT_EQ(read("current"), "CURRENT");
  EXPECT_EQ(read("+2"), "none 2");
  EXPECT_EQ(read("-1"), "none -1");
  EXPECT_EQ(read("-0"), "none 0");
  EXPECT_EQ(read("rev+2"), "rev 2");
  EXPECT_EQ(read("rev-1"), "rev -1");
  EXPECT_EQ(read("head-1"), "HEAD -1");
  EXPECT_EQ(read("current+1"), "CURRENT 1");
  EXPECT_EQ(read("lab@head"), "lab | HEAD");
  EXPECT_EQ(read("lab@heads"), "lab | HEADS");
  EXPECT_EQ(read("lab@base"), "lab | BASE");
  EXPECT_EQ(read("lab@rev"), "lab | rev");
  EXPECT_EQ(read("lab@+2"), "lab | none 2");
  EXPECT_EQ(read("lab@rev+1"), "lab | rev 1");
  EXPECT_EQ(read("rev@head"), "rev | HEAD");
  EXPECT_EQ(read("lab@2"), "lab | 2");
}

TEST(Target, GarbageIsRefused) {
  const std::vector<std::string> malformed{"",
                                           "@",
                                           "a@",
                                           "@a",
                                           "a@b@c",
                                           "a:b",
                                           ":",
                                           "a b",
                                           " a",
                                           "a\n",
                                           "\xFF",
                                           "a\0b"s,
                                           "+",
                                           "-",
                                           "a+",
                                           "lab@-",
                                           "+99999999999999999999",
                                           "\xC2\xA0",
                                           "a\xE2\x80\xA8"};
  for (const std::string& text : malformed) {
    EXPECT_EQ(raised([&] { parse_target(text); }).substr(0, 5), "22023") << text;
  }
  for (const char* text : {"a+b", "a+1+2", "+2abc", "--1", "a-b-c", "lab@x-y"}) {
    EXPECT_EQ(raised([&] { parse_target(text); }), "MG001 unknown revision \"" + std::string(text) + "\"");
  }
}

TEST(Target, LongGarbageIsNamedAbbreviated) {
  const std::string message = raised([] { parse_target(std::string(1 << 20, 'x') + "+y"); });
  EXPECT_LT(message.size(), 120u);
}

TEST(Target, Ranges) {
  EXPECT_EQ(parse_range("a:b").from->name, "a");
  EXPECT_EQ(parse_range("a:b").to->name, "b");
  EXPECT_FALSE(parse_range(":b").from);
  EXPECT_FALSE(parse_range("a:").to);
  EXPECT_EQ(parse_range("-3:current").from->steps, -3);
  EXPECT_EQ(parse_range(":"), Range{});
  for (const char* text : {"", "a", "a:b:c", "::", "a :b"})
    EXPECT_EQ(raised([&] { parse_range(text); }).substr(0, 5), "22023") << text;
}

std::string resolved(std::string_view notation, std::string_view target, std::string_view current = "") {
  const Graph graph = graph_of(notation);
  std::string result;
  const std::string error = raised([&] { result = spelled(graph, resolve(graph, target, indexes(graph, current))); });
  return error == "no error" ? result : error;
}

TEST(Resolve, NamesAndPrefixes) {
  constexpr auto graph = "abcd1->abcd2->xyzz[branch]";
  EXPECT_EQ(resolved(graph, "abcd1"), "abcd1");
  EXPECT_EQ(resolved(graph, "branch"), "xyzz");
  EXPECT_EQ(resolved(graph, "bran"), "xyzz");
  EXPECT_EQ(resolved(graph, "abcd"), "MG002 revision \"abcd\" is ambiguous");
  EXPECT_EQ(resolved(graph, "xyz"), "MG001 unknown revision \"xyz\"");
  EXPECT_EQ(resolved(graph, "nope"), "MG001 unknown revision \"nope\"");
}

TEST(Resolve, LabelsMustShareTheLineage) {
  constexpr auto graph = "a->b1->b2[one], a->c1[two]";
  EXPECT_EQ(resolved(graph, "one@b1"), "b1");
  EXPECT_EQ(resolved(graph, "one@a"), "a");
  EXPECT_EQ(resolved(graph, "one@c1"), "MG001 revision \"c1\" is not on branch \"one\" (target \"one@c1\")");
  EXPECT_EQ(resolved(graph, "three@c1"), "MG001 unknown branch \"three\" (target \"three@c1\")");
  EXPECT_EQ(resolved(graph, "one@head"), "b2");
  EXPECT_EQ(resolved(graph, "b1@head"), "b2");
  EXPECT_EQ(resolved(graph, "a@heads"), "b2 c1");
  EXPECT_EQ(resolved(graph, "head"), "MG003 target \"head\" stands for several heads");
  EXPECT_EQ(resolved(graph, "base"), "");
}

TEST(Resolve, ALabelNarrowsAPrefix) { EXPECT_EQ(resolved("base1->abcd1[one], base1->abcd2[two]", "two@abcd"), "abcd2"); }

TEST(Resolve, Steps) {
  constexpr auto graph = "a->b->c->d";
  EXPECT_EQ(resolved(graph, "b+2"), "d");
  EXPECT_EQ(resolved(graph, "d-3"), "a");
  EXPECT_EQ(resolved(graph, "+1", "b"), "c");
  EXPECT_EQ(resolved(graph, "current-1", "b"), "a");
  EXPECT_EQ(resolved(graph, "+1"), "a");
  EXPECT_EQ(resolved(graph, "current", "b"), "b");
  EXPECT_EQ(resolved(graph, "a-1"), "");
  EXPECT_EQ(resolved(graph, "a-2"), "MG004 target \"a-2\" cannot be reached from the current revisions");
}

TEST(Resolve, SeveralHeadsSayWhatToDo) {
  const Graph graph = graph_of("a->b, a->c");
  try {
    resolve_one(graph, "head");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.detail, R"(The heads are "b", "c".)");
    EXPECT_EQ(error.hint, R"(Use "heads" for all of them, name one as "label@head", or merge them with migrate_merge.)");
  }
}

}  // namespace
}  // namespace strata
