/* What a compiled program and whoever calls it agree on: result codes, and services of the host.
   C and C++; the header of each library starts with it. Members are only ever added, at the end. */
#ifndef TSC_HOST_H
#define TSC_HOST_H

#ifdef __INT64_TYPE__
#ifndef INT64_MAX /* <stdint.h> says them, where it is included */
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
#endif
#else /* NVRTC */
typedef int int32_t;
typedef long long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned uint32_t;
typedef unsigned long long uint64_t;
#endif

/* What functions return. Numbers never change. */
enum {
  TSC_OK = 0,
  TSC_E_SHAPE = 1,      /* sizes that do not fit each other or the graph */
  TSC_E_INDEX = 2,      /* an index of the data is out of range */
  TSC_E_NOMEM = 3,      /* out of memory, or sizes too large for any */
  TSC_E_NULL = 4,       /* a pointer is null */
  TSC_E_COUNT = 5,      /* another number of tensors than the function takes */
  TSC_E_RANK = 6,       /* a tensor has another number of axes */
  TSC_E_DTYPE = 7,      /* a tensor has elements of another type */
  TSC_E_LAYOUT = 8,     /* a tensor is not dense and row-major */
  TSC_E_ALIGNMENT = 9,  /* a tensor's elements are not aligned to their size */
  TSC_E_DEVICE = 10,    /* a tensor is not in the CPU's memory */
  TSC_E_OVERLAP = 11,   /* a result shares memory with another tensor */
  TSC_E_WORKSPACE = 12, /* the workspace given is too small */
  TSC_E_CPU = 13,       /* this CPU lacks an instruction set that the library was compiled for */
  TSC_E_OPTIONS = 14    /* a struct whose member `size` cannot be right */
};

/* Services of the host. Every member but `size` may be null and then has a plain default. */
struct tsc_host {
  uint64_t size; /* sizeof(struct tsc_host) */
  void* context; /* handed to each function */

  /* Calls body(argument, begin, end) on disjoint ranges that cover [0, count), possibly on several
     threads, and returns when all have ended. No range is shorter than `grain` but the last.
     Default: body(argument, 0, count). */
  void (*parallel_for)(void* context, int64_t count, int64_t grain,
                       void (*body)(void* argument, int64_t begin, int64_t end), void* argument);

  /* Memory for one call; null when there is none. Default: malloc and free. One is not given
     without the other. */
  void* (*allocate)(void* context, uint64_t bytes);
  void (*release)(void* context, void* memory, uint64_t bytes);

  /* Told the text of every error, a line without its end. */
  void (*log)(void* context, const char* text);
};

#endif
