#include <gtest/gtest.h>

#include "core/draw.hpp"
#include "notation.hpp"

namespace strata {
namespace {

std::string drawn(std::string_view notation, const Drawing& drawing = {}) {
  return "\n" + draw_text(graph_of(notation), drawing);
}

TEST(DrawText, Empty) { EXPECT_EQ(drawn(""), "\n"); }

TEST(DrawText, ChainWithMarks) {
  const Drawing drawing{{"create users", "add email\nsecond line"}, {1, 1, 0}, {1}};
  EXPECT_EQ(drawn("a->b->c[lab]", drawing), R"(
* c (head) (lab)
* b (current) add email
* a (base) create users
)");
}

TEST(DrawText, BranchAndMerge) {
  EXPECT_EQ(drawn("a->b, a->c, b+c->d"), R"(
* d (head)
|\
| * c
* | b
|/
* a (base)
)");
}

TEST(DrawText, TwoHeads) {
  EXPECT_EQ(drawn("a->b, a->c, a->d"), R"(
* d (head)
| * c (head)
|/
| * b (head)
|/
* a (base)
)");
}

TEST(DrawText, Octopus) {
  EXPECT_EQ(drawn("a->b, a->c, a->d, b+c+d->e"), R"(
* e (head)
|\
|\ \
| | * d
| * | c
| |/
* | b
|/
* a (base)
)");
}

TEST(DrawText, BasesAndDependencies) {
  EXPECT_EQ(drawn("a->b, x->y, b~>y"), R"(
* y (head) [depends on b]
| * b (head)
| * a (base)
* x (base)
)");
}

TEST(DrawText, ALaneThatEndsMovesTheOthersUp) {
  EXPECT_EQ(drawn("a->m, b+m->n, a->o, n+o->p"), R"(
* p (head)
|\
| * o
* | n
|\ \
| * | m
| |/
| * a (base)
* b (base)
)");
}

TEST(DrawText, LargeGraphs) {
  std::vector<Lineage> star{{"root", {}, {}, {}}};
  for (int i = 0; i < 10'000; ++i) star.push_back({"r" + std::to_string(i), {"root"}, {}, {}});
  EXPECT_LT(draw_text(Graph::build(std::move(star)), {}).size(), 400'000u);
}

TEST(DrawDot, EscapesAndDashes) {
  const Drawing drawing{{"say \"hi\" \\ there\nnext"}, {1}, {0}};
  EXPECT_EQ(draw_dot(graph_of("a->b, a~>c"), drawing), R"dot(digraph revisions {
  rankdir=BT;
  node [shape=box, style="rounded", fontname="sans-serif"];
  r2 [label="c\n(head) (base)"];
  r1 [label="b\n(head)"];
  r0 [label="a\nsay \"hi\" \\ there\nnext\n(current) (base)", style="rounded,filled", fillcolor="#d5e8d4", penwidth=2];
  r0 -> r1;
  r0 -> r2 [style=dashed];
}
)dot");
  EXPECT_EQ(draw_dot(Graph(), {}).back(), '\n');
}

TEST(DrawMermaid, EscapesAndDashes) {
  const Drawing drawing{{"\"x\"; <b> #1 `y`"}, {1}, {}};
  EXPECT_EQ(draw_mermaid(graph_of("a->b, a~>c"), drawing), R"mmd(flowchart BT
  r2["c<br/>(head) (base)"]
  r1["b<br/>(head)"]
  r0["a<br/>#34;x#34;#59; #60;b#62; #35;1 #96;y#96;<br/>(base)"]:::applied
  r0 --> r1
  r0 -.-> r2
  classDef applied fill:#d5e8d4,stroke:#82b366
)mmd");
  EXPECT_EQ(draw_mermaid(Graph(), {}), "flowchart BT\n");
}

}  // namespace
}  // namespace strata
