#include <gtest/gtest.h>

#include "core/history.hpp"
#include "notation.hpp"

namespace strata {
namespace {

std::string listed(std::string_view notation, std::optional<std::string_view> range, std::string_view current = "") {
  const Graph graph = graph_of(notation);
  std::string text;
  const std::string error = raised([&] { text = spelled(graph, history(graph, range, indexes(graph, current))); });
  return error == "no error" ? text : error;
}

constexpr auto chain = "a->b->c->d";

TEST(History, Everything) {
  EXPECT_EQ(listed(chain, std::nullopt), "d c b a");
  EXPECT_EQ(listed("", std::nullopt), "");
  EXPECT_EQ(listed("a->b, a->c, b+c->d, x->y", std::nullopt), "y x d c b a");
}

TEST(History, Ranges) {
  EXPECT_EQ(listed(chain, "b:c"), "c b");
  EXPECT_EQ(listed(chain, ":b"), "b a");
  EXPECT_EQ(listed(chain, "b:"), "d c b");
  EXPECT_EQ(listed(chain, ":"), "d c b a");
  EXPECT_EQ(listed(chain, "base:head"), "d c b a");
  EXPECT_EQ(listed(chain, "c:b"), "MG004 range \"c:b\" is empty: its lower side is no ancestor of its upper side");
  EXPECT_EQ(listed(chain, "b").substr(0, 5), "22023");
}

TEST(History, Current) {
  EXPECT_EQ(listed(chain, "current:", "b"), "d c b");
  EXPECT_EQ(listed(chain, ":current", "b"), "b a");
  EXPECT_EQ(listed(chain, "current:current", "b"), "b");
  EXPECT_EQ(listed(chain, "current:"), "d c b a");
  EXPECT_EQ(listed(chain, ":current"), "");
}

TEST(History, Relative) {
  EXPECT_EQ(listed(chain, "-1:current", "c"), "c b");
  EXPECT_EQ(listed(chain, "current-1:current", "c"), "c b");
  EXPECT_EQ(listed(chain, "-2:d"), "d c b");
  EXPECT_EQ(listed(chain, "-9:c"), "c b a");
  EXPECT_EQ(listed(chain, "-1:"), "d c");
  EXPECT_EQ(listed(chain, "a:+2"), "c b a");
  EXPECT_EQ(listed(chain, "current:+1", "b"), "c b");
  EXPECT_EQ(listed(chain, ":+2"), "b a");
  EXPECT_EQ(listed(chain, "-1:+1", "b"), "c b a");
  EXPECT_EQ(listed(chain, "b:c+1"), "d c b");
}

TEST(History, LowerSideCutsOffOtherBranches) {
  EXPECT_EQ(listed("a->b, a->c, b+c->d", "b:d"), "d b");
  EXPECT_EQ(listed("a->b, a->c, b+c->d", "a:d"), "d c b a");
}

TEST(History, LowerLabelKeepsItsBranch) { EXPECT_EQ(listed("a->b[one], a->c[two]", "one@base:"), "b a"); }

TEST(SqlRange, Sides) {
  const Graph graph = graph_of(chain);
  const auto range = [&](std::string_view text, Operation operation = Operation::upgrade) {
    const SqlRange r = sql_range(graph, text, indexes(graph, "b"), operation);
    return spelled(graph, r.from) + " to " + r.target;
  };
  EXPECT_EQ(range("head"), "b to head");
  EXPECT_EQ(range("a:c"), "a to c");
  EXPECT_EQ(range("base:+2"), " to +2");
  EXPECT_EQ(range(":c"), " to c");
  EXPECT_EQ(range("a:"), "a to head");
  EXPECT_EQ(range("current:"), "b to head");
  EXPECT_EQ(range("d:", Operation::downgrade), "d to base");
  EXPECT_EQ(range(":a", Operation::downgrade), "d to a");
  EXPECT_EQ(raised([&] { range("a:b:c"); }), "22023 invalid range \"a:b:c\"");
}

}  // namespace
}  // namespace strata
