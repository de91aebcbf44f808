// schema_notation.hpp - small schemas in a few lines:
//
//     table t
//     column t.id: type integer; not_null
//     view v: definition SELECT t.id FROM public.t; columns id integer < column t.id, function f(integer)
//
// A kind with _ for its spaces, a name (of a part: table.name; without a schema it is in public), properties, and what it needs. Lines
// of columns count positions. The surprise: a line that goes on below ends with a backslash; `;` and ` < ` cannot stand in a property.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "schema/entity.hpp"
#include "schema/model.hpp"
#include "schema/plan.hpp"

namespace strata::schema {

// Raises 22023 for what is no notation.
Model model_of(std::string_view notation);
Key key_of(std::string_view notation);  // "column t.id"

// The statements, each on one line with single blanks.
std::vector<std::string> sql_of(const Statements& statements);
using Lines = std::vector<std::string>;
Lines migration(std::string_view from, std::string_view to, const PlanOptions& options = {"me", {}, Building::plain, Validation::at_once});

Migration migrated(std::string_view from, std::string_view to, const PlanOptions& options = {"me", {}, Building::plain, Validation::at_once});

// Where the first statement that begins so stands; -1: nowhere.
int place_of(const Lines& lines, std::string_view beginning);
// Do statements with these beginnings stand there in this order?
::testing::AssertionResult in_order(const Lines& lines, std::initializer_list<std::string_view> beginnings);

// Runs the steps on names alone: what is dropped must be there and unused, what is made or altered must not be there or be there and have
// what it needs, names must be free, and all of `to` must be there in the end. Empty, or what is wrong.
std::string flaw_of_steps(const Model& from, const Model& to);

}  // namespace strata::schema
