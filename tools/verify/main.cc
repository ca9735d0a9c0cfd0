// berth-verify: rechecks what a Berth host proves, offline and without the host's code.

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tools/verify/proof_check.h"
#include "tools/verify/tenant_exit.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int fail(const berth::Error& error) {
  std::cerr << "berth-verify: " << error.message() << " [" << error.reason() << "]\n";
  return kExitFailed;
}

struct Files {
  std::string document, proof, key, folder, certificate;
};

int verify_routes(const Files& files) {
  const auto verified =
      berth::verify::check_proof(content(files.document), content(files.proof), content(files.key));
  if (!verified) return fail(verified.error());
  std::cout << "proved: version " << verified->version << " of the routes, " << verified->tenants
            << " tenants, " << verified->cells << " cells, nothing outside of them\n";
  return 0;
}

int verify_export(const Files& files) {
  const auto verified = berth::verify::check_export(files.folder, content(files.key));
  if (!verified) return fail(verified.error());
  std::cout << "whole: tenant " << verified->tenant << ", " << verified->files << " files, "
            << verified->rows << " rows, " << verified->history << " records of its history\n";
  return 0;
}

int verify_certificate(const Files& files) {
  const std::string manifest =
      files.folder.empty() ? std::string() : content(files.folder + "/manifest.jsonl");
  const auto verified =
      berth::verify::check_certificate(content(files.certificate), manifest, content(files.key));
  if (!verified) return fail(verified.error());
  std::cout << "certified: tenant " << verified->tenant << ", " << verified->keys
            << " data keys destroyed, " << verified->objects << " objects removed\n";
  return 0;
}

void add_key(CLI::App& command, Files& files) {
  command.add_option("--key", files.key, "The host's public key, PEM, from a source you trust")
      ->required()
      ->check(CLI::ExistingFile);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Rechecks what a Berth host proves, offline and without the host's code."};
  app.require_subcommand(1);
  Files files;
  CLI::App* routes = app.add_subcommand("routes", "A proof of the routes, cell by cell");
  routes->add_option("PROOF", files.proof, "What berthctl route prove wrote")
      ->required()
      ->check(CLI::ExistingFile);
  routes->add_option("--routes", files.document, "The routes document it is of")
      ->required()
      ->check(CLI::ExistingFile);
  add_key(*routes, files);
  CLI::App* exported = app.add_subcommand("export", "What a tenant that leaves was given");
  exported->add_option("FOLDER", files.folder, "What berthctl tenant exit --export wrote")
      ->required()
      ->check(CLI::ExistingDirectory);
  add_key(*exported, files);
  CLI::App* certificate =
      app.add_subcommand("certificate", "What was destroyed of a tenant that left");
  certificate
      ->add_option("CERTIFICATE", files.certificate,
                   "What berthctl tenant exit --certificate wrote")
      ->required()
      ->check(CLI::ExistingFile);
  certificate->add_option("--export", files.folder, "The export it has to be about")
      ->check(CLI::ExistingDirectory);
  add_key(*certificate, files);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kExitUsage;
  }
  if (*routes) return verify_routes(files);
  return *exported ? verify_export(files) : verify_certificate(files);
}
