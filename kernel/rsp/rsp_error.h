// The standard's own refusal: subject code, reason code (SGP.22 §5.2.6), and words for a person.

#pragma once

#include <string>
#include <string_view>

namespace berth::rsp {

struct RspError {
  std::string subject_code;  // "8.2.6"
  std::string reason_code;   // "3.8"
  std::string message;       // never a secret; LPAs may show it

  std::string pair() const { return subject_code + "/" + reason_code; }
};

}  // namespace berth::rsp
