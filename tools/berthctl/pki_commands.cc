#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernel/base/secret_bytes.h"
#include "tools/berthctl/commands.h"
#include "tools/berthctl/test_pki_folder.h"

namespace berth::berthctl {
namespace {

constexpr std::size_t kMaxKeyBytes = 16 * 1024;

void create(Context& context, const TestPkiRequest& request) {
  const SystemClock clock;
  SystemRandom random;
  const auto written = create_test_pki(request, clock, random);
  if (!written) return context.fail(written.error());
  if (context.json) {
    nlohmann::json files = nlohmann::json::array();
    for (const auto& file : *written) files.push_back(file.string());
    std::cout << nlohmann::json{{"files", files}}.dump(2) << '\n';
    return;
  }
  for (const auto& file : *written) std::cout << file.string() << '\n';
}

struct Import {
  std::string reference, usage = "sign", file;
};

void import_key(Context& context, const Import& import) {
  Result<Bytes> pem = read_file(import.file, kMaxKeyBytes);
  if (!pem) return context.fail(pem.error());
  nlohmann::json body{{"reference", import.reference}, {"usage", import.usage}};
  body["pem"] = std::string(as_text(*pem));
  wipe(*pem);
  const auto answer = context.client().post("/v1/pki/keys", body);
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
  } else {
    std::cout << "imported " << import.reference << "; the HSM holds it now, remove " << import.file
              << " or lock it away\n";
  }
}

}  // namespace

void add_pki_commands(CLI::App& app, Context& context) {
  CLI::App* pki = app.add_subcommand("pki", "Certificates and keys");
  pki->require_subcommand(1);
  CLI::App* test = pki->add_subcommand("create-test", "Write a whole test PKI to a new folder");
  const auto request = std::make_shared<TestPkiRequest>();
  const auto curve = std::make_shared<std::string>("nist");
  test->add_option("FOLDER", request->folder, "New or empty folder")->required();
  test->add_option("--realm", request->realms, "Activation realm that needs a TLS certificate");
  test->add_option("--eid", request->eids, "eUICC that needs a certificate");
  test->add_option("--curve", *curve, "nist or brainpool")
      ->check(CLI::IsMember({"nist", "brainpool"}));
  test->callback([&context, request, curve] {
    request->curve = *curve == "nist" ? Curve::kP256 : Curve::kBrainpoolP256r1;
    create(context, *request);
  });

  CLI::App* import = pki->add_subcommand("import", "Put a private key into the host's HSM");
  const auto given = std::make_shared<Import>();
  import->add_option("--reference", given->reference, "The key's name in the configuration")
      ->required();
  import->add_option("--usage", given->usage, "sign or agree")
      ->check(CLI::IsMember({"sign", "agree"}));
  import->add_option("KEYFILE", given->file, "PEM private key")->required();
  import->callback([&context, given] { import_key(context, *given);
});
}  // namespace berth::berthctl

}  // namespace berth::berthctl
