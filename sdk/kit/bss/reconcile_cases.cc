// The kit: what the BSS believes can be read page by page, each profile once.

#include <set>

#include "kit/bss/bss_kit.h"

namespace {

using namespace berth::bss_kit;

// Whether this connector reconciles at all; one that does not says so in one way.
bool reconciles(Connector& connector) {
  std::vector<std::string> records;
  std::string next;
  Outcome outcome = connector.reconcile("", 10, records, next);
  if (outcome.ok()) return true;
  CHECK(outcome.status == BERTH_UNSUPPORTED);
  CHECK(outcome.reason == "bss.unsupported");
  CHECK(records.empty());
  return false;
}

std::vector<std::string> all_pages(Connector& connector, std::size_t max) {
  std::vector<std::string> records;
  std::string cursor;
  for (int page = 0; page < 100; ++page) {
    std::size_t before = records.size();
    std::string next;
    CHECK(connector.reconcile(cursor, max, records, next).ok());
    CHECK(records.size() - before <= max);
    if (next.empty()) return records;
    CHECK(next != cursor);
    cursor = next;
  }
  FAIL("the pages never end");
  return records;
}

}  // namespace

TEST_CASE("nothing delivered is nothing believed, or what was believed before", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  if (!reconciles(connector)) return;
  CHECK(all_pages(connector, 10) == all_pages(connector, 10));
}

TEST_CASE("pages of any size give the same records, each profile once", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  CHECK(connector.deliver(events(1, 8)) == "DDDDDDDD");
  if (!reconciles(connector)) return;
  std::vector<std::string> whole = all_pages(connector, 1000);
  CHECK(std::set<std::string>(whole.begin(), whole.end()).size() == whole.size());
  for (const std::string& record : whole) {
    CAPTURE(record);
    CHECK(record.front() == '{');
    CHECK(record.find("\"iccid\"") != std::string::npos);
    CHECK(record.size() <= BERTH_BSS_RECORD_MAX);
  }
  for (std::size_t max : {1u, 2u, 3u, 4u}) CHECK(all_pages(connector, max) == whole);
}

TEST_CASE("a cursor that reconcile did not give is refused", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  CHECK(connector.deliver(events(1, 8)) == "DDDDDDDD");
  if (!reconciles(connector)) return;
  for (const std::string& cursor :
       {std::string("no such cursor!"), std::string(1, '\0'), std::string(1024, 'x')}) {
    std::vector<std::string> records;
    std::string next;
    Outcome outcome = connector.reconcile(cursor, 10, records, next);
    CHECK(outcome.status == BERTH_INVALID_ARGUMENT);
    CHECK(outcome.reason == "bss.cursor");
    CHECK(records.empty());
  }
}
