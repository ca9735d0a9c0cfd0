// The members of a JSON body that SGP.22 functions need, taken without ever building what an
// attacker nests. Private to this room.
//
// Keeps strings, booleans and whole numbers of the outermost object and, down to a chosen depth, of
// the objects in it; walks past everything else. Failures are kInvalidArgument "json.*". Plain
// value, no state shared.

#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "kernel/base/result.h"

namespace berth::rsp::sgp22 {

// The functions need three levels; v3 clients send a few more, nobody needs a tower.
inline constexpr std::size_t kMaxJsonDepth = 16;
inline constexpr std::size_t kMaxJsonMembers = 64;  // kept ones

struct JsonValue {
  enum class Kind { kText = 1, kBoolean, kNull, kObject, kNumber, kOther };
  Kind kind = Kind::kOther;
  std::string text;      // kText; of kNumber its decimal digits, no sign
  bool boolean = false;  // kBoolean
};

class JsonMembers {
 public:
  // Keeps the members of objects nested at most `depth` deep; 1 is the outermost alone.
  static Result<JsonMembers> read(std::string_view text, std::size_t depth = 1);

  // nullptr when there is none.
  const JsonValue* find(std::initializer_list<std::string_view> path) const;

  // Of the outermost object, mandatory: "json.missing", "json.type", or what the form itself says.
  Result<std::string> text(std::string_view name) const;
  Result<Bytes> octets(std::string_view name) const;  // base64
  Result<TransactionId> transaction_id() const;

 private:
  friend class JsonMembersBuilder;
  std::map<std::vector<std::string>, JsonValue> members_;
};

}  // namespace berth::rsp::sgp22
