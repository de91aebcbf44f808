// canonical.hpp - one spelling for what the deparser prints in two.
//
// The server keeps an expression as it was parsed. What it prints of `a IN ('x', 'y')` on a varchar casts the array; parsed again, that casts
// each element. The two mean the same, and a dump that was restored has the second.
#pragma once

#include <string>

namespace strata::schema {

// (ARRAY[a, b])::text[] -> ARRAY[(a)::text, (b)::text], everywhere in the text.
std::string canonical_text(const std::string& deparsed);

}  // namespace strata::schema
