/* What the functions of a library take and say. C and C++; each library's header holds this text.
   Structs that begin with `size` may grow at their end: set it to sizeof. */
#ifndef TSC_LIBRARY_H
#define TSC_LIBRARY_H

#include "host.h"

#define TSC_LIBRARY_ABI 1

/* What went wrong in a call. The caller's; written only when a function fails. */
struct tsc_error {
  uint64_t size;    /* sizeof(struct tsc_error), set by the caller */
  int32_t code;     /* what the function returned */
  int32_t argument; /* which one, counted as in tsc_function.arguments; -1: none */
  int32_t axis;     /* of this argument; -1: none */
  int32_t reserved;
  int64_t expected, actual; /* sizes or counts, where the error is about two of them */
  char text[256];           /* one line that names the line of the graph; ends with 0 */
};

/* What a call may be given. Zero stands for a member's default. */
struct tsc_options {
  uint64_t size;               /* sizeof(struct tsc_options), set by the caller */
  const struct tsc_host* host; /* default: one thread, malloc and free */
  void* workspace;             /* default: allocated for the call */
  uint64_t workspace_bytes;    /* how large it is; any alignment will do */
  struct tsc_error* error;
};

/* Tensors as DLPack has them. Include <dlpack/dlpack.h>, where you do, before this file. */
#ifndef DLPACK_DLPACK_H_
typedef struct {
  int32_t device_type; /* 1: the CPU */
  int32_t device_id;
} DLDevice;
typedef struct {
  uint8_t code; /* 0: signed, 1: unsigned, 2: float, 4: bfloat, 5: complex, 6: bool */
  uint8_t bits;
  uint16_t lanes; /* 1 */
} DLDataType;
typedef struct {
  void* data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t* shape;
  int64_t* strides; /* in elements; null: dense and row-major */
  uint64_t byte_offset;
} DLTensor;
#endif

enum { TSC_ROLE_INPUT = 0, TSC_ROLE_STATE = 1, TSC_ROLE_UPDATED_STATE = 2, TSC_ROLE_RESULT = 3 };

struct tsc_argument {
  const char* name; /* as the graph has it */
  const char* type; /* "f32[n, 64]" */
  int32_t role;     /* TSC_ROLE_... */
  int32_t rank;
  DLDataType dtype;
};

/* A function without its types. `sizes`: one number for each entry of `size_names`. */
struct tsc_function {
  uint64_t size; /* of this struct, as the library has it */
  const char* name;
  int32_t argument_count, size_count;
  const struct tsc_argument* arguments; /* inputs, states, results: the order of `call` */
  const char* const* size_names;

  /* Bytes of workspace for a call with these sizes; -1 where they do not fit the graph. */
  int64_t (*workspace)(const int64_t* sizes);
  /* Writes the sizes of all arguments, axis after axis. */
  int32_t (*shapes)(const int64_t* sizes, int64_t* extents);
  int32_t (*call)(const DLTensor* const* arguments, int32_t count,
                  const struct tsc_options* options);
};

struct tsc_library {
  uint64_t size; /* of this struct, as the library has it */
  uint32_t abi;  /* TSC_LIBRARY_ABI */
  int32_t function_count;
  const struct tsc_function* const* functions;
  const char* target;   /* "x86_64-unknown-linux-gnu znver4" */
  const char* features; /* instruction sets that calls need, "avx2 fma"; checked at each call */
  const char* metadata; /* one line of JSON: what `tsc describe --json` prints */
};

#endif
