// What was asked of a plugin and what came of it, for a person or for a program.

#pragma once

#include <string>
#include <vector>

#include "tools/berth-plugin-check/child.h"

namespace berth::plugin_check {

struct Finding {
  std::string check;
  bool ok = false;
  std::string detail;  // when not ok: what is wrong and what the author must do; may have lines
};

// Reads what a check told ("ok …" or "FAILED …") and how its process ended.
Finding finding_of(const std::string& check, const ChildEnd& end, std::chrono::milliseconds time);

// "ok      threads       640 rounds on 16 threads"; further lines of a detail stand below it.
std::string line_of(const Finding& finding);
// {"library": …, "ok": …, "checks": [{"check": …, "ok": …, "detail": …}]}
std::string json_of(const std::string& library, const std::vector<Finding>& findings);

}  // namespace berth::plugin_check
