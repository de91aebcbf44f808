// text_form.hpp - a model as text, to be kept and read again.
//
// One line for an object and one for each of its properties; the words are those of the model, so a text that another version has
// written can be read as far as it is known. Dependencies are left out: what is kept is compared, not planned from.
#pragma once

#include <string>
#include <string_view>

#include "schema/model.hpp"

namespace strata::schema {

std::string to_text(const Model& model);
// Raises 55000 for a text that to_text() has not written.
Model model_of_text(std::string_view text);

}  // namespace strata::schema
