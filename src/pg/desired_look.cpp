#include "pg/desired_look.hpp"

#include <algorithm>

#include "pg/boundary.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "commands/defrem.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
}

namespace strata::pg {
namespace {

template <typename T>
const T* as(const Node* node) {
  return reinterpret_cast<const T*>(node);
}

const char* role_name(const RoleSpec* role) { return get_rolespec_name(role); }

bool changes_owner(const AlterTableStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->cmds)
    if (lfirst_node(AlterTableCmd, cell)->subtype == AT_ChangeOwner) return true;
  return false;
}

// Comments on extensions and what initdb has written tell nothing: dumps repeat them.
bool is_own_comment(const CommentStmt* statement) {
  if (statement->objtype == OBJECT_EXTENSION || statement->objtype == OBJECT_DATABASE) return false;
  return statement->objtype != OBJECT_SCHEMA || !statement->comment || strcmp(statement->comment, "standard public schema") != 0;
}

std::optional<std::string> option(List* options, const char* name) {
  ListCell* cell;
  foreach (cell, options)
    if (auto* element = lfirst_node(DefElem, cell); strcmp(element->defname, name) == 0) return to_utf8(call(defGetString, element));
  return std::nullopt;
}

ExtensionMention& mention_of(Desired& desired, const std::string& name) {
  const auto found = std::find_if(desired.extensions.begin(), desired.extensions.end(), [&](const ExtensionMention& known) { return known.name == name; });
  return found != desired.extensions.end() ? *found : desired.extensions.emplace_back(ExtensionMention{name, std::nullopt, std::nullopt});
}

void note_extension(const CreateExtensionStmt* statement, Desired& desired) {
  ExtensionMention& mention = mention_of(desired, to_utf8(statement->extname));
  if (auto schema = option(statement->options, "schema"); schema) mention.schema = schema;
  if (auto version = option(statement->options, "new_version"); version) mention.version = version;
}

void note_dropped(const DropStmt* statement, Desired& desired) {
  ListCell* cell;
  if (statement->removeType == OBJECT_EXTENSION)
    foreach (cell, statement->objects)
      std::erase_if(desired.extensions, [&](const ExtensionMention& known) { return known.name == to_utf8(strVal(lfirst(cell))); });
}

void note_schema(const Node* statement, Desired& desired) {
  desired.mentions_owner |= as<CreateSchemaStmt>(statement)->authrole != nullptr;
  desired.schemas_created.push_back(name_of_schema(statement));
  ListCell* cell;
  foreach (cell, as<CreateSchemaStmt>(statement)->schemaElts) note_mentions(static_cast<const Node*>(lfirst(cell)), desired);
}

}  // namespace

std::string name_of_schema(const Node* create_schema) {
  const auto* statement = as<CreateSchemaStmt>(create_schema);
  return to_utf8(statement->schemaname ? statement->schemaname : call(role_name, static_cast<const RoleSpec*>(statement->authrole)));
}

void note_mentions(const Node* statement, Desired& desired) {
  switch (nodeTag(statement)) {
    case T_CreateSchemaStmt: return note_schema(statement, desired);
    case T_CreateExtensionStmt: return note_extension(as<CreateExtensionStmt>(statement), desired);
    case T_AlterExtensionStmt:
      mention_of(desired, to_utf8(as<AlterExtensionStmt>(statement)->extname)).version = option(as<AlterExtensionStmt>(statement)->options, "new_version");
      return;
    case T_AlterObjectSchemaStmt:
      if (const auto* move = as<AlterObjectSchemaStmt>(statement); move->objectType == OBJECT_EXTENSION)
        mention_of(desired, to_utf8(strVal(move->object))).schema = to_utf8(move->newschema);
      return;
    case T_DropStmt: return note_dropped(as<DropStmt>(statement), desired);
    case T_AlterOwnerStmt: desired.mentions_owner = true; return;
    case T_AlterTableStmt: desired.mentions_owner |= changes_owner(as<AlterTableStmt>(statement)); return;
    case T_GrantStmt:
    case T_AlterDefaultPrivilegesStmt: desired.mentions_privileges = true; return;
    case T_CommentStmt: desired.mentions_comment |= is_own_comment(as<CommentStmt>(statement)); return;
    case T_CreatePublicationStmt:
    case T_AlterPublicationStmt: desired.mentions_publication = true; return;
    case T_CreateEventTrigStmt:
    case T_AlterEventTrigStmt: desired.mentions_event_trigger = true; return;
    case T_CreateFdwStmt:
    case T_AlterFdwStmt:
    case T_CreateForeignServerStmt:
    case T_AlterForeignServerStmt:
    case T_CreateUserMappingStmt:
    case T_AlterUserMappingStmt: desired.mentions_server = true; return;
    default: return;
  }
}

}  // namespace strata::pg
