// Defect: the entry object is only as large as its magic.

extern "C" {
__attribute__((visibility("default"))) extern const unsigned berth_plugin_entry_v1;
const unsigned berth_plugin_entry_v1 = 0x42525448;
}
