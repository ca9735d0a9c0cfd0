#include "tools/sample-profile/command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>

#include "kernel/saip/package.h"
#include "tools/sample-profile/identity.h"
#include "tools/sample-profile/sample_profile.h"
#include "tools/sample-profile/seeded_random.h"

namespace berth::sample_profile {
namespace {

constexpr std::uint64_t kMaxCount = 100'000;

struct Options {
  std::optional<std::string> iccid;
  std::optional<std::string> imsi;
  std::uint64_t number = 1;
  std::uint64_t count = 1;
  std::size_t mnc_digits = 2;
  std::string name = "Berth Sample";
  std::string gid1;
  std::string gid2;
  std::optional<std::string> seed;
  std::filesystem::path out;
  std::filesystem::path out_folder;
};

void declare(CLI::App& app, Options& options) {
  auto* iccid =
      app.add_option("--iccid", options.iccid,
                     "18 digits, or 19 or 20 with the check digit (default: of --number)");
  auto* imsi =
      app.add_option("--imsi", options.imsi, "6 to 15 digits (default: of --number, 00101)");
  app.add_option("--number", options.number, "the first sample subscriber's number")
      ->check(CLI::Range(std::uint64_t{0}, kMaxNumber));
  auto* count = app.add_option("--count", options.count, "how many packages, numbers rising by one")
                    ->check(CLI::Range(std::uint64_t{1}, kMaxCount));
  count->excludes(iccid)->excludes(imsi);
  app.add_option("--mnc-digits", options.mnc_digits, "digits of the IMSI's MNC")
      ->check(CLI::Range(2, 3))
      ->capture_default_str();
  app.add_option("--name", options.name, "profile type; 16 characters are the provider's name")
      ->capture_default_str();
  app.add_option("--gid1", options.gid1, "EF.GID1 in hexadecimal");
  app.add_option("--gid2", options.gid2, "EF.GID2 in hexadecimal");
  app.add_option("--seed", options.seed, "repeat the same keys (never for real use)");
  auto* out = app.add_option("--out", options.out, "the file to write, mode 0600");
  auto* out_folder = app.add_option("--out-folder", options.out_folder, "writes <ICCID>.der here");
  out->excludes(out_folder)->excludes(count);
}

Error failed(const std::filesystem::path& file) {
  return {ErrorCode::kUnavailable, "sample_profile.write_failed",
          file.string() + ": " + std::strerror(errno)};
}

// Readable by its owner alone: the package holds keys in clear.
Result<void> write_private(const std::filesystem::path& file, ByteView content) {
  const int descriptor =
      open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return failed(file);
  bool good = fchmod(descriptor, S_IRUSR | S_IWUSR) == 0;
  while (good && !content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    good = written > 0 || (written < 0 && errno == EINTR);
    if (written > 0) content = content.subspan(static_cast<std::size_t>(written));
  }
  if (!good) {
    Error error = failed(file);
    close(descriptor);
    return error;
  }
  if (close(descriptor) != 0) return failed(file);
  return {};
}

Result<Subscriber> subscriber(const Options& options, std::uint64_t number) {
  if (number > kMaxNumber) {
    return Error(ErrorCode::kInvalidArgument, "sample_profile.invalid",
                 "the numbers run beyond the last one, 9999999999");
  }
  Iccid iccid = numbered_iccid(number);
  if (options.iccid) {
    BERTH_TRY(given, complete_iccid(*options.iccid));
    iccid = given;
  }
  return Subscriber{.iccid = std::move(iccid),
                    .imsi = options.imsi.value_or(numbered_imsi(number)),
                    .mnc_digits = options.mnc_digits,
                    .name = options.name,
                    .gid1_hex = options.gid1,
                    .gid2_hex = options.gid2};
}

// One line for a script, then one for each element when there is one package.
void print(std::ostream& out, const saip::Package& package, const std::string& imsi,
           const std::filesystem::path& file, bool elements) {
  out << "iccid=" << package.iccid.text() << " imsi=" << imsi << " file=" << file.string() << '\n';
  if (!elements) return;
  for (const saip::Element& element : package.elements) {
    out << "  " << element.offset << '\t' << element.size_bytes << '\t' << element.name << '\n';
  }
}

Result<void> make(const Options& options, Random& random, std::ostream& out) {
  for (std::uint64_t i = 0; i < options.count; ++i) {
    BERTH_TRY(who, subscriber(options, options.number + i));
    BERTH_TRY(upp, build(who, random));
    const std::filesystem::path file =
        options.out.empty() ? options.out_folder / (who.iccid.text() + ".der") : options.out;
    BERTH_TRY_VOID(write_private(file, upp));
    BERTH_TRY(package, saip::validate(upp));
    print(out, package, who.imsi, file, options.count == 1);
  }
  return {};
}

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  Options options;
  CLI::App app("Builds profile packages for tests and demonstrations, with keys of no network.",
               "berth-sample-profile");
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong, out, err) == 0 ? 0 : 2;
  }
  if (options.out.empty() && options.out_folder.empty()) {
    err << "berth-sample-profile: give --out FILE or --out-folder FOLDER\n";
    return 2;
  }
  std::unique_ptr<Random> random;
  if (options.seed) {
    random = std::make_unique<SeededRandom>(*options.seed);
  } else {
    random = std::make_unique<SystemRandom>();
  }
  if (const auto made = make(options, *random, out); !made) {
    err << "berth-sample-profile: " << made.error().message() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace berth::sample_profile
