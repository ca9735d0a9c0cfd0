// A library that loads and is no PKCS#11 module.

extern "C" __attribute__((visibility("default"))) int berth_test_no_module() { return 1; }
