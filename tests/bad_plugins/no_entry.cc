// Defect: it exports something, but no entry.

extern "C" {
__attribute__((visibility("default"))) extern const int berth_plugin_entry;
const int berth_plugin_entry = 1;
}
