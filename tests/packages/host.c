/* Loads libraries in the order given, each seeing the names of those before it, and calls the last one's run(). */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
  void* last = 0;
  for (int i = 1; i < argc; ++i)
    if (!(last = dlopen(argv[i], RTLD_NOW | RTLD_GLOBAL))) return fprintf(stderr, "%s\n", dlerror()), 1;
  int (*run)(void) = 0;
  for (int i = 1; i < argc && !run; ++i)
    *(void**)&run = dlsym(dlopen(argv[i], RTLD_NOW), "run");
  return run ? run() : 2;
}
