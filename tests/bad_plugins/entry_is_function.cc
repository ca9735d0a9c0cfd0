// Defect: the entry symbol names a function.

extern "C" __attribute__((visibility("default"))) int berth_plugin_entry_v1();
extern "C" int berth_plugin_entry_v1() { return 0; }
