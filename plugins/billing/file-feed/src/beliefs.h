// What the feed says of each profile: the last event of its ICCID.
//
// Reads whole files; what is being appended meanwhile may be seen or not.

#pragma once

#include <functional>
#include <map>
#include <string>

#include "lane_file.h"

namespace file_feed {

struct Belief {
  Position position;
  std::string event_id;
  std::string type;
};

// By ICCID, over all lanes. Throws RESOURCE_EXHAUSTED "file_feed.too_many" past a million. `poll`
// is called now and then and may throw.
std::map<std::string, Belief> read_beliefs(const std::string& folder,
                                           const std::function<void()>& poll);

}  // namespace file_feed
