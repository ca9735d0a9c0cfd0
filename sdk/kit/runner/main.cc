// The runner of one kind: berth-kit-KIND CHECK LIBRARY CONCURRENCY PREPARE RECORDED CONFIG…
//
// CONFIG and RECORDED are files, PREPARE and RECORDED may be empty. The verdict goes to descriptor
// 3, "ok" or "FAILED" and the detail, since the first two are the plugin's to write to. Started by
// berth-plugin-check.

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>

#include "kit/runner/checks.h"

namespace berth::kit::runner {
namespace {

constexpr int kVerdictDescriptor = 3;

const std::map<std::string, Verdict (*)(const Subject&)>& checks() {
  static const std::map<std::string, Verdict (*)(const Subject&)> all = {
      {"kit", check_kit},
      {"life", check_life},
      {"threads", check_threads},
      {"deadlines", check_deadlines},
      {"cancellation", check_cancellation},
      {"memory", check_memory},
      {"instances", check_instances},
      {"process", check_process},
      {"replay", check_replay}};
  return all;
}

void tell(const Verdict& verdict) {
  const std::string text = (verdict.ok ? "ok " : "FAILED ") + verdict.detail;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(kVerdictDescriptor, text.data() + done, text.size() - done);
    if (written <= 0) return;
    done += static_cast<std::size_t>(written);
  }
}

// Runs when somebody calls exit(), which the runner itself never does.
void ended_by_plugin() {
  tell({false, "it ended the process with exit(): the process is not the plugin's"});
}

Subject the_subject;

}  // namespace

const Subject& subject() { return the_subject; }

int run(int argc, char** argv) {
  if (argc < 7 || checks().count(argv[1]) == 0) return 2;
  the_subject.library = argv[2];
  the_subject.concurrency = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
  the_subject.prepare = argv[4];
  the_subject.recorded = argv[5];
  for (int i = 6; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    the_subject.configs.emplace_back(std::istreambuf_iterator<char>(file),
                                     std::istreambuf_iterator<char>());
  }
  std::atexit(ended_by_plugin);
  try {
    tell(checks().at(argv[1])(the_subject));
  } catch (const std::exception& failure) {
    tell({false, failure.what()});
  }
  ::_exit(0);
}

}  // namespace berth::kit::runner

int main(int argc, char** argv) { return berth::kit::runner::run(argc, argv); }
