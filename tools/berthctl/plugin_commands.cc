#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernel/manifest/verified_plugin.h"
#include "tools/berthctl/commands.h"
#include "tools/berthctl/plugin_files.h"

namespace berth::berthctl {
namespace {

using nlohmann::ordered_json;

void make_key(Context& context, const std::string& file) {
  const auto made = new_plugin_key(file);
  if (!made) return context.fail(made.error());
  if (context.json) {
    std::cout << ordered_json{{"privateKey", made->private_key.string()},
                              {"publicKey", made->public_key.string()},
                              {"fingerprint", made->fingerprint}}
                     .dump(2)
              << '\n';
    return;
  }
  std::cout << made->private_key.string() << "  signs; lock it away\n"
            << made->public_key.string() << "  for plugins.trustedKeys of the hosts\n"
            << "fingerprint " << made->fingerprint << '\n';
}

void sign(Context& context, const std::string& manifest, const std::string& key) {
  const auto done = sign_plugin(manifest, key);
  if (!done) return context.fail(done.error());
  if (context.json) {
    std::cout << ordered_json{{"signature", done->signature.string()},
                              {"id", done->id},
                              {"version", done->version},
                              {"signedBy", done->fingerprint}}
                     .dump(2)
              << '\n';
    return;
  }
  std::cout << done->signature.string() << "  " << done->id << ' ' << done->version << " signed by "
            << done->fingerprint << '\n';
}

void verify(Context& context, const std::string& library, const std::vector<std::string>& files) {
  manifest::PluginTrust trust;
  for (const std::string& file : files) {
    auto key = manifest::PublicKey::read(file);
    if (!key) return context.fail(key.error());
    trust.keys.push_back(*std::move(key));
  }
  const auto verified = manifest::verify_plugin(library, trust);
  if (!verified) return context.fail(verified.error());
  const manifest::Manifest& manifest = *verified->manifest();
  const ordered_json facts{{"id", manifest.id},
                           {"kind", manifest.kind},
                           {"version", manifest.version},
                           {"provides", manifest.provides},
                           {"sha256", manifest::digits_of(verified->sha256())},
                           {"signedBy", verified->signed_by()}};
  if (context.json) {
    std::cout << facts.dump(2) << '\n';
    return;
  }
  std::cout << manifest.id << ' ' << manifest.version << " (" << manifest.kind << ") signed by "
            << verified->signed_by() << '\n';
}

}  // namespace

void add_plugin_commands(CLI::App& app, Context& context) {
  CLI::App* plugin = app.add_subcommand(
      "plugin", "Plugins: signatures, and those of a host: list, swap, watch, try");
  plugin->require_subcommand(1);
  CLI::App* key = plugin->add_subcommand("key", "Keys that sign plugins");
  key->require_subcommand(1);
  CLI::App* fresh = key->add_subcommand("new", "Make a key pair: FILE and FILE.pub");
  const auto file = std::make_shared<std::string>();
  fresh->add_option("FILE", *file, "New file for the private key")->required();
  fresh->callback([&context, file] { make_key(context, *file); });

  add_plugin_swap_commands(*plugin, context);

  CLI::App* signing = plugin->add_subcommand("sign", "Sign a plugin's manifest");
  const auto manifest = std::make_shared<std::string>();
  const auto with = std::make_shared<std::string>();
  signing->add_option("MANIFEST", *manifest, "x.manifest.json beside x.so")->required();
  signing->add_option("--key", *with, "Private key, PEM, mode 0600")->required();
  signing->callback([&context, manifest, with] { sign(context, *manifest, *with); });

  CLI::App* verifying = plugin->add_subcommand("verify", "Would a host load this plugin?");
  const auto library = std::make_shared<std::string>();
  const auto trusted = std::make_shared<std::vector<std::string>>();
  verifying->add_option("LIBRARY", *library, "x.so")->required();
  verifying->add_option("--trusted", *trusted, "Public key a host trusts; more than once for more")
      ->required()
      ->allow_extra_args(false);
  verifying->callback([&context, library, trusted] { verify(context, *library, *trusted); });
  add_plugin_try_commands(*plugin, context);
}

}  // namespace berth::berthctl
