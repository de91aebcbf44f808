// lists.hpp - taking apart what the deparser prints: lists with commas, quotes and parentheses in their elements.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::schema {

// Cuts at the commas outside of quotes, parentheses and brackets; the parts are trimmed. An empty text has no parts.
std::vector<std::string> split_list(std::string_view text);
// Where `word` stands in `text` outside of quotes, parentheses and brackets; npos: nowhere.
std::size_t find_outside(std::string_view text, std::string_view word);
// public.t or "A"."b.c" -> schema and name.
std::pair<std::string, std::string> split_name(const std::string& qualified);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace strata::schema
