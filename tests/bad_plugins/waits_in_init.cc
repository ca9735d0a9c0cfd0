// Defect: its init lasts, whatever its deadline, until the file that BERTH_TEST_WAIT_FOR names is
// there. It makes another beside it, ".here", when it begins to wait.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "skeleton.h"

namespace {

berth_status init(const berth_host*, const berth_op*) noexcept {
  const char* wanted = std::getenv("BERTH_TEST_WAIT_FOR");
  if (wanted == nullptr) return BERTH_OK;
  const int here = ::open((std::string(wanted) + ".here").c_str(), O_CREAT | O_WRONLY, 0600);
  if (here >= 0) ::close(here);
  while (::access(wanted, F_OK) != 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return BERTH_OK;
}

}  // namespace

BERTH_TEST_PLUGIN((entry.init = &init));
