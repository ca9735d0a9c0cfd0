// What berth-lpa prints: lines for a person, or one JSON object.

#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "tools/berth-lpa/lpa.h"

namespace berth::lpa {

class Report {
 public:
  // With `json`, progress goes to `err` and one object to `out` at the end.
  Report(std::ostream& out, std::ostream& err, bool json) : out_(out), err_(err), json_(json) {}

  void step(const Step& step, bool ok);
  void card_made(const euicc::CardState& state);
  void profiles(const euicc::CardState& state);
  void profile_changed(const std::string& command, const euicc::CardState& state,
                       const Iccid& iccid);
  void downloaded(const DownloadReport& report);
  void pending(const euicc::CardState& state);
  void sent(const std::vector<NotificationReport>& reports);
  void failed(const std::string& command, const Failure& failure);

 private:
  std::ostream& out_;
  std::ostream& err_;
  bool json_;
};

}  // namespace berth::lpa
