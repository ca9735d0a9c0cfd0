// The bounded reader of S3's answers.

#include "xml.h"

#include <catch2/catch.hpp>
#include <vector>

namespace {

std::vector<std::string> elements(std::string_view document, bool* whole = nullptr) {
  std::vector<std::string> found;
  const bool ok = s3::read_xml(document, [&](const s3::XmlElement& element) {
    found.push_back(std::string(element.path) + "=" + element.text);
  });
  if (whole != nullptr) *whole = ok;
  return found;
}

bool accepts(std::string_view document) {
  bool whole = false;
  elements(document, &whole);
  return whole;
}

}  // namespace

TEST_CASE("elements are told with their text as they end", "[s3]") {
  CHECK(elements(R"(<?xml version="1.0"?><A x="1"><B>one</B><C/><B>t&amp;w&#x6f;&#233;</B></A>)") ==
        std::vector<std::string>{"A/B=one", "A/C=", "A/B=t&wo\xc3\xa9", "A="});
}

TEST_CASE("what is not whole, not nested or not plain is refused", "[s3]") {
  CHECK(accepts("<A></A>"));
  for (const char* document :
       {"", "text", "<A>", "<A", "<A></B>", "</A>", "<A/><B/>", "<A></A></A>", "<A>&lt</A>",
        "<A>&nbsp;</A>", "<A>&#0;</A>", "<A>&#x110000;</A>", "<A>&#xfffffffff;</A>", "<></>",
        "<A><![CDATA[x]]></A>", "<A><!-- x --></A>", "<A/>trailing",
        R"(<!DOCTYPE A [<!ENTITY b "c">]><A>&b;</A>)",
        R"(<!DOCTYPE A SYSTEM "file:///etc/passwd"><A/>)"}) {
    CAPTURE(document);
    CHECK_FALSE(accepts(document));
  }
}

TEST_CASE("depth and size have bounds", "[s3]") {
  auto nested = [](std::size_t depth) {
    std::string open;
    std::string close;
    for (std::size_t i = 0; i < depth; ++i) {
      open += "<a>";
      close += "</a>";
    }
    return open + close;
  };
  CHECK(accepts(nested(s3::kMaxXmlDepth)));
  CHECK_FALSE(accepts(nested(s3::kMaxXmlDepth + 1)));
  CHECK_FALSE(accepts(nested(100'000)));
  const std::string most = "<a>" + std::string(s3::kMaxXmlOctets - 7, 'x') + "</a>";
  CHECK(accepts(most));
  CHECK_FALSE(accepts(most + " "));
}
