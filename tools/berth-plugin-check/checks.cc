#include "tools/berth-plugin-check/checks.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tools/berth-plugin-check/admission.h"

namespace berth::plugin_check {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 8> kChecks = {"life",         "kit",    "threads",   "deadlines",
                                                "cancellation", "memory", "instances", "process"};

std::string read(const std::string& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

// "berth.discovery.registrar/1" → "discovery".
std::string kind_of(const std::string& interface) {
  const std::size_t begin = interface.find('.') + 1;
  return interface.substr(begin, interface.find_first_of("./", begin) - begin);
}

// The runner of a kind, beside this program or in libexec; empty: it has none.
fs::path runner_of(const std::string& kind, const std::string& programs) {
  const fs::path here =
      programs.empty() ? fs::read_symlink("/proc/self/exe").parent_path() : fs::path(programs);
  const std::string name = "berth-kit-" + kind;
  for (const fs::path& folder : {here, here.parent_path() / "libexec" / "berth"}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  return {};
}

// A file that goes with this object, for those who give no configuration.
class EmptyConfig {
 public:
  EmptyConfig() {
    std::string pattern = (fs::temp_directory_path() / "berth-check-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
    std::ofstream(file()) << "{}";
  }
  ~EmptyConfig() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  EmptyConfig(const EmptyConfig&) = delete;
  EmptyConfig& operator=(const EmptyConfig&) = delete;
  std::string file() const { return (folder_ / "config.json").string(); }

 private:
  fs::path folder_;
};

// A record is replayed alone, unless other checks are named.
std::vector<std::string> wanted(const CheckRequest& request) {
  std::vector<std::string> names;
  for (const char* check : kChecks) {
    const bool named =
        std::find(request.only.begin(), request.only.end(), check) != request.only.end();
    if (named || (request.only.empty() && request.recorded.empty())) names.emplace_back(check);
  }
  if (!request.recorded.empty()) names.emplace_back("replay");
  return names;
}

}  // namespace

std::string with_place(std::string config, const std::string& folder) {
  constexpr std::string_view kWord = "@PLACE@";
  for (std::size_t at = config.find(kWord); at != config.npos; at = config.find(kWord, at)) {
    config.replace(at, kWord.size(), folder);
    at += folder.size();
  }
  return config;
}

std::vector<Finding> run_checks(const CheckRequest& request,
                                const std::function<void(const Finding&)>& say) {
  std::vector<Finding> findings;
  const auto found = [&](Finding finding) {
    say(finding);
    findings.push_back(std::move(finding));
  };
  const EmptyConfig empty;
  std::vector<std::string> files = request.configs;
  if (files.empty()) files.push_back(empty.file());
  AdmissionRequest admission{request.library, request.trusted, {}};
  for (const std::string& file : files) admission.configs.push_back(read(file));
  Admitted admitted;
  found(admit(admission, request.time, admitted));
  if (!findings.back().ok) return findings;
  bool asked = false;
  std::set<std::string> kinds;
  for (const std::string& interface : admitted.provides) kinds.insert(kind_of(interface));
  for (const std::string& kind : kinds) {
    const fs::path runner = runner_of(kind, request.programs);
    if (runner.empty()) continue;
    asked = true;
    for (const std::string& check : wanted(request)) {
      std::vector<std::string> arguments = {runner.string(), check,
                                            request.library, std::to_string(admitted.concurrency),
                                            request.prepare, request.recorded};
      arguments.insert(arguments.end(), files.begin(), files.end());
      found(finding_of(check, run_program(arguments, request.time), request.time));
    }
  }
  if (!asked) {
    found({"kit", false,
           "there is no kit for anything it provides: `provides` names the interface of its kind, "
           "such as berth.storage/1"});
  }
  return findings;
}

}  // namespace berth::plugin_check
