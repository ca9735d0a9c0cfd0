#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernel/base/secret_bytes.h"
#include "tools/berthctl/commands.h"
#include "tools/berthctl/test_pki_folder.h"
#include "tools/berthctl/usage.h"

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

struct Generate {
  std::string reference, curve = "p256", usage = "sign";
  bool next = false;
};

void generate_key(Context& context, const Generate& wish) {
  nlohmann::json body{{"reference", wish.reference}, {"usage", wish.usage}, {"next", wish.next}};
  body["curve"] = wish.curve;
  const auto answer = context.client().post("/v1/pki/keys/generate", body);
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
  } else {
    std::cout << "generated " << wish.reference << "; its public point is "
              << answer->at("publicPoint").get<std::string>() << '\n';
  }
}

struct Request {
  std::string reference, subject, oid, role, out;
};

// Complete or not at all, and never over another file.
Result<void> write_new_file(const std::string& path, std::string_view text) {
  std::FILE* file = std::fopen(path.c_str(), "wx");
  const bool written =
      file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int code = errno;
  const bool closed = file != nullptr && std::fclose(file) == 0;
  if (written && closed) return {};
  if (file != nullptr) std::remove(path.c_str());
  return Error(ErrorCode::kInvalidArgument, "berthctl.file",
               path + ": cannot be written anew: " + std::strerror(code));
}

void request_certificate(Context& context, const Request& wish) {
  nlohmann::json body{{"reference", wish.reference}, {"subject", wish.subject}};
  if (!wish.oid.empty()) body["oid"] = wish.oid;
  if (!wish.role.empty()) body["role"] = wish.role;
  const auto answer = context.client().post("/v1/pki/requests", body);
  if (!answer) return context.fail(answer.error());
  const std::string pem = answer->at("request");
  if (!wish.out.empty()) {
    if (const auto written = write_new_file(wish.out, pem); !written) {
      return context.fail(written.error());
    }
    std::cout << "wrote " << wish.out << "; send it to the certificate issuer\n";
  } else {
    std::cout << (context.json ? answer->dump(2) + "\n" : pem);
  }
}

void add_generate(CLI::App& pki, Context& context) {
  CLI::App* generate = pki.add_subcommand("generate", "Make a key pair in the host's HSM");
  const auto wish = std::make_shared<Generate>();
  generate->add_option("--reference", wish->reference, "The key's name, as configurations say it")
      ->required()
      ->check(not_blank());
  generate->add_option("--curve", wish->curve, "p256 or brainpoolP256r1")
      ->check(CLI::IsMember({"p256", "brainpoolP256r1"}));
  generate->add_option("--usage", wish->usage, "sign")->check(CLI::IsMember({"sign"}));
  generate->add_flag("--next", wish->next, "In the HSM of hsmNext");
  generate->callback([&context, wish] { generate_key(context, *wish); });
}

void add_request(CLI::App& pki, Context& context) {
  CLI::App* csr = pki.add_subcommand("csr", "Ask for a certificate (PKCS#10), signed in the HSM");
  const auto wish = std::make_shared<Request>();
  csr->add_option("--reference", wish->reference, "The key's name in the HSM")
      ->required()
      ->check(not_blank());
  csr->add_option("--subject", wish->subject, "\"CN=SM-DP+ of Example,O=Example,C=DE\"")
      ->required()
      ->check(not_blank());
  csr->add_option("--oid", wish->oid, "The SM-DP+'s own OID (subjectAltName)")->check(not_blank());
  csr->add_option("--role", wish->role, "dpauth or dppb")->check(CLI::IsMember({"dpauth", "dppb"}));
  csr->add_option("--out", wish->out, "New file for the request; else standard output")
      ->check(not_blank());
  csr->callback([&context, wish] { request_certificate(context, *wish); });
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
add_generate(*pki, context);
add_request(*pki, context);
}  // namespace berth::berthctl

}  // namespace berth::berthctl
