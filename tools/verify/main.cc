// berth-verify: rechecks what a Berth host proves, offline and without the host's code.

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tools/verify/proof_check.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Rechecks what a Berth host proves, offline and without the host's code."};
  app.require_subcommand(1);
  CLI::App* routes = app.add_subcommand("routes", "A proof of the routes, cell by cell");
  std::string document;
  std::string key;
  std::string proof;
  routes->add_option("PROOF", proof, "What berthctl route prove wrote")
      ->required()
      ->check(CLI::ExistingFile);
  routes->add_option("--routes", document, "The routes document it is of")
      ->required()
      ->check(CLI::ExistingFile);
  routes->add_option("--key", key, "The host's public key, PEM, from a source you trust")
      ->required()
      ->check(CLI::ExistingFile);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kExitUsage;
  }
  const auto verified = berth::verify::check_proof(content(document), content(proof), content(key));
  if (!verified) {
    std::cerr << "berth-verify: " << verified.error().message() << " [" << verified.error().reason()
              << "]\n";
    return kExitFailed;
  }
  std::cout << "proved: version " << verified->version << " of the routes, " << verified->tenants
            << " tenants, " << verified->cells << " cells, nothing outside of them\n";
  return 0;
}
