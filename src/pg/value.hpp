// value.hpp - Datum <-> C++ values, and the arguments and rows of SQL functions.
//
// Text is converted between the database's encoding and UTF-8 here and nowhere else. The surprise: a null element in
// a text[] argument is an error of the user, raised here with the argument's name.
#pragma once

#include "pg/boundary.hpp"

extern "C" {
#include "access/tupdesc.h"
#include "datatype/timestamp.h"
#include "utils/tuplestore.h"
}

namespace strata::pg {

using Texts = std::vector<std::string>;

std::string text_of(Datum text);
Texts texts_of(Datum text_array, const char* name);
Datum datum_of(std::string_view text);
Datum datum_of(const std::vector<std::string>& texts);
// psql adds one.
std::string without_final_newline(std::string text);

std::string bytes_of(Datum bytea);
Datum bytes_datum(std::string_view bytes);

// A timestamp as 'YYYY-MM-DD HH:MM:SS+00', whatever TimeZone and DateStyle are set to.
std::string timestamp_text(TimestampTz time);

// The arguments of a call.
class Arguments {
 public:
  explicit Arguments(FunctionCallInfo fcinfo) : fcinfo_(fcinfo) {}
  bool has(int position) const { return !fcinfo_->args[position].isnull; }
  // Raise 22004 where null is not allowed; `name` is the argument's, for the message.
  std::string text(int position, const char* name) const;
  std::optional<std::string> optional_text(int position) const;
  Texts texts(int position, const char* name) const;
  bool flag(int position, const char* name) const;

 private:
  FunctionCallInfo fcinfo_;
};

// One value of a result row: null, or something to make a Datum of.
struct Value {
  Value() = default;
  Value(std::nullopt_t) {}
  Value(Datum datum) : datum(datum), is_null(false) {}
  Datum datum = 0;
  bool is_null = true;
};

Value value(std::string_view text);
Value value(const char* text);
Value value(const std::string& text);
Value value(const std::optional<std::string>& text);
Value value(const Texts& texts);
Value value(bool flag);
Value value(int number);
// As the input function of the type reads it.
Value parsed_value(const std::optional<std::string>& text, Oid type);
Value interval_value(std::int64_t microseconds);

// The rows of a set-returning function, all kept before the first goes out.
class Rows {
 public:
  explicit Rows(FunctionCallInfo fcinfo);
  // As many values as the function has columns.
  void add(std::initializer_list<Value> values);

 private:
  Tuplestorestate* store_;
  TupleDesc columns_;
};

}  // namespace strata::pg
