// What S3 answers in XML, read in one bounded pass: elements and their text, nothing else. No
// document types, no entities beyond the five that XML defines and characters by number; attributes
// are skipped. Pure; thread-safe.

#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace s3 {

inline constexpr std::size_t kMaxXmlOctets = 4 * 1024 * 1024;
inline constexpr std::size_t kMaxXmlDepth = 16;

struct XmlElement {
  std::string_view path;  // "ListBucketResult/Contents/Key"
  std::string text;       // what stands directly in it, entities resolved
};

// Calls `ended` as each element ends, inner ones first. False: not well-formed, cut short, too deep
// or too large; elements may have been told before that showed.
bool read_xml(std::string_view document, const std::function<void(const XmlElement&)>& ended);

}  // namespace s3
