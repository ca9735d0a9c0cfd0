// The only file that includes valijson, whose templates are costly to compile.

// Without it a schema that is none ends the process.
#define VALIJSON_USE_EXCEPTIONS 1

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "kernel/base/assert.h"
#include "kernel/documents/documents.h"

namespace berth::documents {
namespace {

using nlohmann::json;

struct Place {
  std::string path;              // "tenantRoutes[3].eidPrefix"
  const json* value = nullptr;   // what stands there
  const json* schema = nullptr;  // what the schema says of it
};

const json* resolve(const json* schema, const json& root) {
  if (schema == nullptr || !schema->contains("$ref")) return schema;
  const auto reference = schema->at("$ref").get<std::string>();  // "#/definitions/plugin"
  return &root.at(json::json_pointer(reference.substr(1)));
}

const json* member(const json* object, const char* name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

// valijson's context is "<root>", "[tenantRoutes]", "[3]", "[eidPrefix]".
Place locate(const std::vector<std::string>& context, const json& document, const json& root) {
  Place place{"", &document, &root};
  for (std::size_t i = 1; i < context.size(); ++i) {
    if (context[i].size() < 3) break;
    const std::string step = context[i].substr(1, context[i].size() - 2);
    if (place.value->is_array()) {
      const std::size_t index = std::stoul(step);
      if (index >= place.value->size()) break;
      place.path += "[" + step + "]";
      place.value = &place.value->at(index);
      place.schema = resolve(member(place.schema, "items"), root);
    } else if (const json* next = member(place.value, step.c_str())) {
      place.path += (place.path.empty() ? "" : ".") + step;
      place.value = next;
      place.schema = resolve(member(member(place.schema, "properties"), step.c_str()), root);
    } else {
      break;
    }
  }
  return place;
}

std::string names_of(const json& properties) {
  std::string names;
  for (const auto& [name, schema] : properties.items()) {
    if (name.starts_with('$')) continue;
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

// An object's own faults, said better than a validator can: the member by name.
std::string explain_members(const Place& place, const json& root) {
  const json* properties = member(place.schema, "properties");
  if (properties == nullptr || !place.value->is_object()) return "";
  for (const auto& [name, value] : place.value->items()) {
    if (!properties->contains(name)) {
      return "unknown member " + shown(name) + "; the members here are " + names_of(*properties);
    }
  }
  const json* required = member(place.schema, "required");
  if (required == nullptr) return "";
  for (const json& name : *required) {
    const auto text = name.get<std::string>();
    if (place.value->contains(text)) continue;
    const json* wanted = member(resolve(member(properties, text.c_str()), root), "description");
    return "the member '" + text + "' is missing" +
           (wanted != nullptr ? "; it is " + wanted->get<std::string>() : "");
  }
  return "";
}

std::string explain(const Place& place, const json& root, bool confidential) {
  if (std::string members = explain_members(place, root); !members.empty()) return members;
  const json* wanted = member(place.schema, "description");
  return (confidential ? "what stands here" : shown(*place.value)) + " does not fit" +
         (wanted != nullptr ? "; what belongs here: " + wanted->get<std::string>() : "");
}

Result<void> check(const json& value, const Document& document) {
  const json schema_json = json::parse(document.schema);
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json),
                                          schema);
  valijson::ValidationResults results;
  // Strong types: a number is not taken for a string of digits, since 01 and 1 differ in an MNC.
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(value), &results)) {
    return {};
  }
  // The deepest fault is the cause; those above it only repeat that something below is wrong.
  const std::vector<std::string>* deepest = nullptr;
  for (const auto& error : results) {
    if (deepest == nullptr || error.context.size() > deepest->size()) deepest = &error.context;
  }
  BERTH_ASSERT(deepest != nullptr);
  const Place place = locate(*deepest, value, schema_json);
  return refuse(document, place.path, explain(place, schema_json, document.confidential));
}

}  // namespace

Result<void> check_schema(const json& value, const Document& document) {
  try {
    return check(value, document);
  } catch (const std::exception& failure) {  // not JSON, or nothing the validator understands
    return refuse(document, "", std::string("the schema cannot be used: ") + failure.what());
  }
}

}  // namespace berth::documents
