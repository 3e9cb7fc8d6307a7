// Does this CPU have the instruction sets that a program was compiled for?
#ifndef TSC_PRELUDE_CPU_H
#define TSC_PRELUDE_CPU_H

#include "base.h"

// A row of codegen/cpu_features.def. The name is inside, for a resolver runs before the pointers of
// its library are in place.
struct tsc_cpu_feature {
  tsc_u32 leaf, subleaf, word, bit, state;
  char name[20];
};

#ifdef __x86_64__

TSC_FN void tsc_cpuid(tsc_u32 leaf, tsc_u32 subleaf, tsc_u32 words[4]) {
  __asm__ volatile("cpuid"
                   : "=a"(words[0]), "=b"(words[1]), "=c"(words[2]), "=d"(words[3])
                   : "0"(leaf), "2"(subleaf));
}

// Which registers the system saves for its processes (XCR0).
TSC_FN tsc_u32 tsc_saved_registers() {
  tsc_u32 words[4], low, high;
  tsc_cpuid(1, 0, words);
  if (!(words[2] >> 27 & 1)) return 0; // OSXSAVE
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

// The first of `count` features, sorted by leaf, that this CPU lacks, or -1. CPUID takes a
// microsecond, and ten on a virtual machine, which traps it: each leaf is asked for once.
TSC_COLD tsc_i32 tsc_missing_feature(const tsc_cpu_feature* features, tsc_i32 count) {
  const tsc_u32 saved = tsc_saved_registers();
  tsc_u32 leaf = 0, subleaf = 0, words[4] = {}, most[4] = {};
  for (tsc_i32 i = 0; i < count; ++i) {
    const tsc_cpu_feature& f = features[i];
    if (most[0] == 0 || (f.leaf ^ leaf) >> 31) tsc_cpuid(f.leaf & 0x80000000, 0, most);
    if (most[0] < f.leaf) return i;
    if (f.leaf != leaf || f.subleaf != subleaf) tsc_cpuid(f.leaf, f.subleaf, words);
    leaf = f.leaf;
    subleaf = f.subleaf;
    if (!(words[f.word] >> f.bit & 1) || (saved & f.state) != f.state) return i;
  }
  return -1;
}

#else

TSC_FN tsc_i32 tsc_missing_feature(const tsc_cpu_feature*, tsc_i32) { return -1; }

#endif

#endif
