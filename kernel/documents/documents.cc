#include "kernel/documents/documents.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "kernel/base/identifiers.h"

namespace berth::documents {
namespace {

// Thrown out of the parser's callback and caught in parse_document.
struct Unacceptable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Watches the parser: nlohmann keeps the last of two equal members silently, and a route that
// says tenantId twice must not pick one.
class Watch {
 public:
  bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > static_cast<int>(kMaxDocumentDepth)) {
      throw Unacceptable("nested deeper than " + std::to_string(kMaxDocumentDepth) + " levels");
    }
    if (event == Event::object_start) members_.emplace_back();
    if (event == Event::object_end) members_.pop_back();
    if (event == Event::key || event == Event::value) check_length(parsed);
    if (event == Event::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!members_.back().insert(name).second) {
        throw Unacceptable("the member " + shown(name) + " stands twice in one object");
      }
    }
    return true;
  }

 private:
  static void check_length(const nlohmann::json& parsed) {
    if (!parsed.is_string()) return;
    if (parsed.get_ref<const std::string&>().size() > kMaxDocumentString) {
      throw Unacceptable("a string is longer than " + std::to_string(kMaxDocumentString) +
                         " octets");
    }
  }

  std::vector<std::set<std::string>> members_;
};

std::string place_of(std::string_view json, std::size_t offset) {
  const std::string_view before = json.substr(0, std::min(offset, json.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return "line " + std::to_string(line) + ", column " +
         std::to_string(std::max<std::size_t>(1, before.size() - line_start));
}

}  // namespace

std::string shown(const nlohmann::json& value) {
  constexpr std::size_t kShown = 60;
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

bool is_https_url(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme)) return false;
  text.remove_prefix(kScheme.size());
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && std::string_view("?#@\\\"<>").find(c) == std::string_view::npos;
  });
  return plain && HostName::parse(text.substr(0, text.find('/'))).ok();
}

Error refuse(const Document& document, std::string_view path, std::string_view message) {
  std::string text(document.source);
  if (!path.empty()) text.append(": ").append(path);
  return {ErrorCode::kInvalidArgument, document.invalid_reason, text.append(": ").append(message)};
}

Result<std::string> read_document(const std::filesystem::path& file, std::size_t limit,
                                  std::string_view unreadable_reason) {
  const auto unreadable = [&](const std::string& why) {
    return Error(ErrorCode::kNotFound, unreadable_reason, file.string() + ": " + why);
  };
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) {
    return unreadable("there is no such file; check the path and what names it");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string content(limit + 1, '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (stream.bad() || (stream.fail() && !stream.eof())) {
    return unreadable("cannot be read; check its permissions");
  }
  content.resize(static_cast<std::size_t>(stream.gcount()));
  if (content.size() > limit) {
    return unreadable("is larger than " + std::to_string(limit) + " octets; split or shorten it");
  }
  return content;
}

Result<nlohmann::json> parse_document(std::string_view json, const Document& document) {
  try {
    return nlohmann::json::parse(json.begin(), json.end(), Watch());
  } catch (const nlohmann::json::parse_error& failure) {
    return refuse(document, place_of(json, failure.byte),
                  "this is not JSON here; look for a missing comma, quote or bracket just before");
  } catch (const nlohmann::json::out_of_range&) {
    return refuse(document, "", "a number in it is too large for any use; correct it");
  } catch (const Unacceptable& failure) {
    return refuse(document, "", failure.what());
  }
}

}  // namespace berth::documents
