#include "kernel/api/json_request.h"

#include <ctime>
#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"

namespace berth::api {

using nlohmann::json;

JsonRequest::JsonRequest(std::unique_ptr<const json> object) : object_(std::move(object)) {}
JsonRequest::JsonRequest(JsonRequest&& other) noexcept = default;
JsonRequest& JsonRequest::operator=(JsonRequest&& other) noexcept = default;
JsonRequest::~JsonRequest() = default;

namespace {

// Values are copied and written by recursion.
constexpr int kMaxNesting = 32;

Result<void> check_members(const json& object, const std::set<std::string_view>& known) {
  for (const auto& [name, value] : object.items()) {
    if (known.count(name) == 0) {
      std::string message = "unknown member; known are";
      for (const std::string_view one : known) message.append(" ").append(one);
      return bad_request(std::move(message));
    }
  }
  return {};
}

}  // namespace

Result<json> parse_request(std::string_view body, const std::set<std::string_view>& known) {
  // Without exceptions and without the parser's message, which quotes the input.
  bool deep = false;
  json object = json::parse(
      body,
      [&](int depth, json::parse_event_t, json&) {
        deep = deep || depth > kMaxNesting;
        return !deep;  // the rest is read and dropped
      },
      false);
  if (deep) return bad_request("the body is nested too deeply");
  if (!object.is_object()) return bad_request("the body must be a JSON object");
  BERTH_TRY_VOID(check_members(object, known));
  return object;
}

Result<JsonRequest> JsonRequest::parse(std::string_view body,
                                       const std::set<std::string_view>& known) {
  BERTH_TRY(object, parse_request(body, known));
  return JsonRequest(std::make_unique<const json>(std::move(object)));
}

Result<JsonRequest> JsonRequest::object(const char* name,
                                        const std::set<std::string_view>& known) const {
  const auto found = object_->find(name);
  if (found == object_->end() || !found->is_object()) {
    return bad_request("'" + std::string(name) + "' must be an object");
  }
  BERTH_TRY_VOID(check_members(*found, known));
  return JsonRequest(std::make_unique<const json>(*found));
}

Result<std::string> JsonRequest::optional_object(const char* name) const {
  const auto found = object_->find(name);
  if (found == object_->end()) return std::string();
  if (!found->is_object()) return bad_request("'" + std::string(name) + "' must be an object");
  // What is no UTF-8 is refused by the reader, so that it can be written again.
  return found->dump();
}

Result<bool> JsonRequest::boolean(const char* name, bool absent) const {
  const auto found = object_->find(name);
  if (found == object_->end()) return absent;
  if (!found->is_boolean()) return bad_request("'" + std::string(name) + "' is true or false");
  return found->get<bool>();
}

Result<std::int64_t> JsonRequest::number(const char* name, std::int64_t max) const {
  const auto found = object_->find(name);
  const bool whole = found != object_->end() && found->is_number_unsigned();
  if (!whole || found->get<std::uint64_t>() > static_cast<std::uint64_t>(max)) {
    return bad_request("'" + std::string(name) + "' must be a whole number of 0 to " +
                       std::to_string(max));
  }
  return found->get<std::int64_t>();
}

Result<UnixMs> JsonRequest::time(const char* name) const {
  BERTH_TRY(typed, text(name, 32));
  auto parsed = parse_rfc3339(typed);
  if (!parsed) return std::move(parsed).error().within("'" + std::string(name) + "'");
  return parsed;
}

Result<UnixMs> parse_rfc3339(std::string_view text) {
  std::tm parts{};
  const std::string whole(text);
  const char* end = ::strptime(whole.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end != nullptr && *end == 0) {
    const UnixMs time = static_cast<UnixMs>(::timegm(&parts)) * 1000;
    // What reads back otherwise was no date (the 31st of April), or of another form.
    if (to_rfc3339(time) == text) return time;
  }
  return bad_request("a time has the form 2026-05-07T08:41:23Z");
}

bool JsonRequest::has(const char* name) const { return object_->contains(name); }

Result<std::string> JsonRequest::text(const char* name, std::size_t max) const {
  BERTH_TRY(value, optional_text(name, max));
  if (value.empty()) return bad_request("'" + std::string(name) + "' is missing");
  return std::move(value);
}

Result<std::string> JsonRequest::optional_text(const char* name, std::size_t max) const {
  const auto found = object_->find(name);
  if (found == object_->end()) return std::string();
  const std::string* value = found->get_ptr<const std::string*>();
  if (value == nullptr || value->empty() || value->size() > max) {
    return bad_request("'" + std::string(name) + "' must be text of 1 to " + std::to_string(max) +
                       " octets");
  }
  return *value;
}

Result<Eid> parse_typed_eid(std::string_view text) {
  const Result<Eid> eid = Eid::parse(text);
  if (!eid) {
    return Error(
        ErrorCode::kInvalidArgument, "api.eid",
        "an EID has 32 decimal digits; this has " + std::to_string(text.size()) + " characters");
  }
  if (!eid->check_digits_ok()) {
    return Error(ErrorCode::kInvalidArgument, "api.eid",
                 "the last two digits of the EID do not fit the others (ISO 7064 MOD 97-10); check "
                 "it for a typing error");
  }
  return *eid;
}

Result<Iccid> parse_typed_iccid(std::string_view text) {
  const Result<Iccid> iccid = Iccid::parse(text);
  if (!iccid) {
    return Error(ErrorCode::kInvalidArgument, "api.iccid",
                 "an ICCID has 18 to 20 decimal digits; this has " + std::to_string(text.size()) +
                     " characters");
  }
  if (!iccid->luhn_ok()) {
    return Error(
        ErrorCode::kInvalidArgument, "api.iccid",
        "the last digit of the ICCID does not fit the others (Luhn); check it for a typing "
        "error");
  }
  return *iccid;
}

}  // namespace berth::api
