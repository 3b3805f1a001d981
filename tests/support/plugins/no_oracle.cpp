// A library that has no oracle.
extern "C" __attribute__((visibility("default"))) int something_else();
int something_else() { return 7; }
