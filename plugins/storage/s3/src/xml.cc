#include "xml.h"

#include <charconv>
#include <vector>

namespace s3 {
namespace {

bool append_character(std::string& out, std::string_view number, int base) {
  unsigned code = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), code, base);
  if (error != std::errc() || end != number.data() + number.size() || code == 0 ||
      code > 0x10ffff) {
    return false;
  }
  auto put = [&](unsigned octet) { out += static_cast<char>(octet); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
  return true;
}

bool append_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t ampersand = text.find('&');
    out += text.substr(0, ampersand);
    if (ampersand == std::string_view::npos) return true;
    const std::size_t semicolon = text.find(';', ampersand);
    if (semicolon == std::string_view::npos) return false;
    const std::string_view name = text.substr(ampersand + 1, semicolon - ampersand - 1);
    if (name == "amp") {
      out += '&';
    } else if (name == "lt") {
      out += '<';
    } else if (name == "gt") {
      out += '>';
    } else if (name == "quot") {
      out += '"';
    } else if (name == "apos") {
      out += '\'';
    } else if (name.starts_with("#x")) {
      if (!append_character(out, name.substr(2), 16)) return false;
    } else if (!name.starts_with('#') || !append_character(out, name.substr(1), 10)) {
      return false;
    }
    text.remove_prefix(semicolon + 1);
  }
  return true;
}

class Reader {
 public:
  explicit Reader(const std::function<void(const XmlElement&)>& ended) : ended_(ended) {}

  bool read(std::string_view rest) {
    while (!rest.empty()) {
      const std::size_t open = rest.find('<');
      if (!text(rest.substr(0, open))) return false;
      if (open == std::string_view::npos) break;
      const std::size_t close = rest.find('>', open);
      if (close == std::string_view::npos || !tag(rest.substr(open + 1, close - open - 1))) {
        return false;
      }
      rest.remove_prefix(close + 1);
    }
    return seen_ && levels_.empty();
  }

 private:
  struct Level {
    std::size_t parent_path;  // octets of path_ that name the parent
    std::string text;
  };

  bool text(std::string_view octets) {
    if (!levels_.empty()) return append_text(levels_.back().text, octets);
    return octets.find_first_not_of(" \t\r\n") == std::string_view::npos;
  }

  bool tag(std::string_view inside) {
    if (inside.starts_with('?')) return levels_.empty() && inside.ends_with('?');
    if (inside.starts_with('!')) return false;  // no document type, no CDATA, no comment
    if (inside.starts_with('/')) return end(inside.substr(1));
    const bool empty = inside.ends_with('/');
    if (empty) inside.remove_suffix(1);
    const std::string_view name = inside.substr(0, inside.find_first_of(" \t\r\n"));
    if (name.empty() || levels_.size() == kMaxXmlDepth || (levels_.empty() && seen_)) return false;
    seen_ = true;
    levels_.push_back({path_.size(), {}});
    if (!path_.empty()) path_ += '/';
    path_ += name;
    return !empty || end(name);
  }

  bool end(std::string_view name) {
    name = name.substr(0, name.find_last_not_of(" \t\r\n") + 1);
    if (levels_.empty()) return false;
    Level level = std::move(levels_.back());
    const std::size_t begin = level.parent_path == 0 ? 0 : level.parent_path + 1;
    if (std::string_view(path_).substr(begin) != name) return false;
    levels_.pop_back();
    ended_({path_, std::move(level.text)});
    path_.resize(level.parent_path);
    return true;
  }

  const std::function<void(const XmlElement&)>& ended_;
  std::string path_;
  std::vector<Level> levels_;
  bool seen_ = false;
};

}  // namespace

bool read_xml(std::string_view document, const std::function<void(const XmlElement&)>& ended) {
  return document.size() <= kMaxXmlOctets && Reader(ended).read(document);
}

}  // namespace s3
