#include "tools/berthctl/plugin_watch.h"

#include <algorithm>

#include "kernel/manifest/manifest.h"
#include "tools/berthctl/commands.h"

namespace berth::berthctl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestEnd = ".manifest.json";
constexpr std::size_t kMaxLibrary = std::size_t{256} << 20;

// What a manifest and the library beside it say together; an error while they do not fit.
Result<BuiltPlugin> read_plugin(const fs::path& manifest_file) {
  BERTH_TRY(text, read_file(manifest_file.string(), manifest::kMaxManifestBytes));
  BERTH_TRY(manifest, manifest::parse_manifest(as_text(text), manifest_file.string()));
  const fs::path library = manifest_file.parent_path() / manifest.library.file;
  BERTH_TRY(octets, read_file(library.string(), kMaxLibrary));
  if (sha256(octets) != manifest.library.sha256) {
    return Error(ErrorCode::kAborted, "plugin.altered", library.string() + " is being built");
  }
  return BuiltPlugin{manifest.id, manifest.version, fs::absolute(library),
                     manifest::digits_of(manifest.library.sha256)};
}

}  // namespace

Result<PluginWatch> PluginWatch::begin(const fs::path& folder) {
  std::error_code failed;
  const fs::directory_iterator probe(folder, failed);
  if (failed) {
    return Error(ErrorCode::kNotFound, "berthctl.file",
                 folder.string() + " cannot be watched: " + failed.message() +
                     "; name the folder where plugins are built");
  }
  PluginWatch watch(folder);
  static_cast<void>(watch.changed());
  return watch;
}

std::vector<BuiltPlugin> PluginWatch::look() const {
  std::vector<BuiltPlugin> found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder_, failed)) {
    if (!entry.path().string().ends_with(kManifestEnd)) continue;
    auto plugin = read_plugin(entry.path());
    if (plugin) found.push_back(*std::move(plugin));
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.library < b.library; });
  return found;
}

std::vector<BuiltPlugin> PluginWatch::changed() {
  std::vector<BuiltPlugin> anew;
  for (BuiltPlugin& plugin : look()) {
    std::string& seen = seen_[plugin.library];
    if (seen == plugin.sha256) continue;
    seen = plugin.sha256;
    anew.push_back(std::move(plugin));
  }
  return anew;
}

}  // namespace berth::berthctl
