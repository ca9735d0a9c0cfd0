#include "kernel/routing/replaced_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <iterator>

#include "tests/kernel/tenancy/files_support.h"

namespace berth::routing {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

}  // namespace

TEST_CASE("a replaced file is another one, whole, with its mode", "[routing]") {
  const tenancy::test::Folder folder;
  const auto file = folder.path() / "shown";
  REQUIRE(replace_file(file, "one", 0640));
  std::ifstream reader(file);  // who has the file open reads on in the old one
  REQUIRE(replace_file(file, "two, longer", 0640));
  CHECK(std::string(std::istreambuf_iterator<char>(reader), {}) == "one");
  CHECK(text_of(file) == "two, longer");
  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0640);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("what cannot be written whole leaves what was there", "[routing]") {
  const tenancy::test::Folder folder;
  const auto missing = replace_file(folder.path() / "none/shown", "x", 0640);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().reason() == "routes.unwritable");
  CHECK(missing.error().message().find("none/shown") != std::string::npos);
  // A folder has the name.
  folder.write("shown/inside", std::string("kept"));
  CHECK_FALSE(replace_file(folder.path() / "shown", "x", 0640));
  CHECK(text_of(folder.path() / "shown/inside") == "kept");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "shown.new"));
}

}  // namespace berth::routing
