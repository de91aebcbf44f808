// schema_report.hpp - what a comparison has to say beside its result, as notices.
#pragma once

#include "pg/schema_engine.hpp"

namespace strata::pg {

// Of what may be a rename, of what the desired DDL does not speak of and of schemas that no check looks at later.
void tell_about(const Comparison& comparison);
// What the comparison leaves out because the desired DDL does not speak of it.
void tell_unsaid(const Comparison& comparison);
// What is there and was not compared.
void tell_not_compared(const schema::Model& model);

}  // namespace strata::pg
