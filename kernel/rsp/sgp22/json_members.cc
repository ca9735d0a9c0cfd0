#include "kernel/rsp/sgp22/json_members.h"

#include <array>
#include <nlohmann/json.hpp>

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {

using nlohmann::json;

class JsonMembersBuilder final : public nlohmann::json_sax<json> {
 public:
  explicit JsonMembersBuilder(std::size_t depth) : kept_depth_(depth) {}

  Result<JsonMembers> build(std::string_view text) {
    const bool complete = json::sax_parse(text.begin(), text.end(), this);
    if (reason_ != nullptr) return malformed(reason_, message_);
    if (!complete || !is_object_) return malformed("json.invalid", "the body is not a JSON object");
    return std::move(result_);
  }

  bool null() override { return keep({.kind = JsonValue::Kind::kNull, .text = {}}); }
  bool boolean(bool value) override {
    return keep({.kind = JsonValue::Kind::kBoolean, .text = {}, .boolean = value});
  }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t value) override {
    return keep({.kind = JsonValue::Kind::kNumber, .text = std::to_string(value)});
  }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool string(string_t& text) override {
    return keep({.kind = JsonValue::Kind::kText, .text = std::move(text)});
  }
  bool start_object(std::size_t) override {
    if (depth_ == 0) is_object_ = true;
    keep({.kind = JsonValue::Kind::kObject, .text = {}});
    return enter(true);
  }
  bool start_array(std::size_t) override { return enter(false); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (!in_kept_object()) return true;
    path_[depth_ - 1] = std::move(name);
    // Two readers of a repeated member may each believe another one.
    if (result_.members_.contains(path())) return refuse("json.duplicate", "a member comes twice");
    if (result_.members_.size() == kMaxJsonMembers) {
      return refuse("json.too_large", "too many members");
    }
    result_.members_.emplace(path(), JsonValue());
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

 private:
  // Every level from the outermost down is an object, and not below the depth to keep.
  bool in_kept_object() const {
    return depth_ != 0 && depth_ <= kept_depth_ && objects_down_to_ == depth_;
  }
  std::vector<std::string> path() const {
    return {path_.begin(), path_.begin() + static_cast<std::ptrdiff_t>(depth_)};
  }
  bool keep(JsonValue value) {
    if (in_kept_object()) result_.members_[path()] = std::move(value);
    return true;
  }
  bool enter(bool object) {
    if (depth_ == kMaxJsonDepth) return refuse("json.too_deep", "the body is nested too deeply");
    if (object && objects_down_to_ == depth_) ++objects_down_to_;
    ++depth_;
    return true;
  }
  bool leave() {
    if (objects_down_to_ == depth_) --objects_down_to_;
    --depth_;
    return true;
  }
  bool refuse(const char* reason, const char* message) {
    reason_ = reason;
    message_ = message;
    return false;
  }

  const std::size_t kept_depth_;
  JsonMembers result_;
  std::array<std::string, kMaxJsonDepth> path_;
  std::size_t depth_ = 0;
  std::size_t objects_down_to_ = 0;
  bool is_object_ = false;
  const char* reason_ = nullptr;
  const char* message_ = nullptr;
};

Result<JsonMembers> JsonMembers::read(std::string_view text, std::size_t depth) {
  BERTH_ASSERT(depth != 0 && depth <= kMaxJsonDepth);
  return JsonMembersBuilder(depth).build(text);
}

const JsonValue* JsonMembers::find(std::initializer_list<std::string_view> path) const {
  const auto found = members_.find(std::vector<std::string>(path.begin(), path.end()));
  return found == members_.end() ? nullptr : &found->second;
}

Result<std::string> JsonMembers::text(std::string_view name) const {
  const JsonValue* value = find({name});
  if (value == nullptr) return malformed("json.missing", std::string(name) + " is missing");
  if (value->kind != JsonValue::Kind::kText) {
    return malformed("json.type", std::string(name) + " is not a string");
  }
  return value->text;
}

Result<Bytes> JsonMembers::octets(std::string_view name) const {
  BERTH_TRY(encoded, text(name));
  Result<Bytes> decoded = from_base64(encoded);
  if (!decoded) return std::move(decoded).error().within(std::string(name));
  return decoded;
}

Result<TransactionId> JsonMembers::transaction_id() const {
  BERTH_TRY(hex, text("transactionId"));
  return TransactionId::parse_hex(hex);
}

}  // namespace berth::rsp::sgp22
