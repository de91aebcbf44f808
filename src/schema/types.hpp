// types.hpp - what a change of a column's type costs: can values be lost, is the table rewritten, which USING does it need.
//
// Types are text as format_type prints them. The surprise: what has no cast still converts, by way of text.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace strata::schema {

// The casts that the server knows besides those from and to text: (source, target), without modifiers.
using Casts = std::set<std::pair<std::string, std::string>>;

// numeric(10,2)[] -> numeric[]
std::string without_modifier(const std::string& type);
// Why values may be lost or refused when a column goes from one type to the other; empty: every value fits.
std::string narrowing(const std::string& from, const std::string& to);
// The table's rows are written anew (ATColumnChangeRequiresRewrite): all but a few changes of modifiers.
bool requires_rewrite(const std::string& from, const std::string& to);
// Goes over without USING, and then refuses what does not fit, where an explicit cast would cut it off.
bool is_assigned(const std::string& from, const std::string& to);
// The expression after USING.
std::string conversion(const std::string& column, const std::string& from, const std::string& to, const Casts& casts);

}  // namespace strata::schema
