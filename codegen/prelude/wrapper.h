// The C functions of a library (codegen/wrapper.h), but for what differs between them, which is in
// tables: they check what the caller gives, find memory, run the program, and put errors into
// words. Compiled for the plainest CPU, whatever the program is compiled for.
#ifndef TSC_PRELUDE_WRAPPER_H
#define TSC_PRELUDE_WRAPPER_H

#include "abi.h"
#include "cpu.h"
#include "library.h"
#include "size.h"

// The words for a check of the program, {0} and {1} standing for what it records, and the user's
// line, or "".
struct tsc_check {
  tsc_i32 argument, axis;
  const char* message;
  const char* where;
};

// State `input`, whose sizes are in_dims[axes], is replaced by the next output behind the results.
struct tsc_update {
  tsc_i32 input, axes;
};

// What a state starts with: all of it, or one item for every place.
struct tsc_initial {
  const void* items;
  tsc_i32 axes; // as in tsc_update
  bool one;
};

// A function of the library. Its arguments are inputs (states among them), then results.
struct tsc_wrapped {
  const tsc_function* function;
  tsc_i32 inputs, states, results, updates;
  tsc_i32 in_axes, out_axes; // axes of all inputs; of all outputs, next states among them
  void (*dims)(const tsc_i64* sizes, tsc_i64* in_dims);
  tsc_i32 (*bind)(const tsc_i64*, tsc_i64*, tsc_i64*, tsc_i64*, tsc_report*);
  tsc_i32 (*run)(const tsc_call*);
  const void* const* constants;
  const tsc_update* update;
  const tsc_initial* initial; // one for each state, or null
  const tsc_check* checks;
  bool (*supported)(); // can this CPU run the program? null: any can
  const tsc_cpu_feature* features;
  tsc_i32 feature_count;
};

// One call. The arrays live on the stack of whoever makes it.
struct tsc_frame {
  const tsc_wrapped* wrapped;
  tsc_options options;
  tsc_host host;
  tsc_i64 *in_dims, *sizes, *out_dims;
  tsc_i64 bytes; // of workspace, for the program itself
};

// ---- Errors ----

// What is wrong. {0}, {1} and {2} in the words stand for actual, expected and axis.
struct tsc_problem {
  tsc_i32 code, argument = -1, axis = -1;
  tsc_i64 actual = 0, expected = 0;
  const char* words = "";
  const char* tail = "";  // said behind the words
  const char* where = ""; // the user's line
  bool titled = true;     // the words go on where the argument's name ends
};

struct tsc_line {
  char text[sizeof(tsc_error::text)];
  tsc_u64 count = 0;

  void say(char c) {
    if (count + 1 < sizeof text) text[count++] = c;
  }
  void say(const char* words) {
    while (*words)
      say(*words++);
  }
  void say(tsc_i64 number) {
    char digits[20];
    int n = 0;
    tsc_u64 rest = number < 0 ? -tsc_u64(number) : tsc_u64(number);
    do {
      digits[n++] = char('0' + rest % 10);
      rest /= 10;
    } while (rest);
    if (number < 0) say('-');
    while (n > 0)
      say(digits[--n]);
  }
  void say(const char* words, const tsc_i64 values[3]) {
    for (; *words; ++words) {
      const bool hole = words[0] == '{' && words[1] >= '0' && words[1] <= '2' && words[2] == '}';
      if (hole)
        say(values[*++words - '0']), ++words;
      else
        say(*words);
    }
  }
  // Ends it, at a whole character where it had to be cut.
  void end() {
    if (count + 1 == sizeof text)
      while (count > 0 && (text[--count] & 0xc0) == 0x80) {
      }
    text[count] = 0;
  }
};

// Tells the caller and the host; returns the code.
TSC_COLD tsc_i32 tsc_refuse(const tsc_frame& frame, const tsc_problem& p) {
  const tsc_function& f = *frame.wrapped->function;
  tsc_line line;
  const tsc_i64 values[] = {p.actual, p.expected, p.axis};
  line.say(f.name);
  line.say(": ");
  if (p.argument >= 0 && p.titled) {
    line.say('\'');
    line.say(f.arguments[p.argument].name);
    line.say("' (");
    line.say(f.arguments[p.argument].type);
    line.say(") ");
  }
  line.say(p.words, values);
  line.say(p.tail);
  if (*p.where) {
    line.say(" (");
    line.say(p.where);
    line.say(')');
  }
  line.end();
  if (tsc_error* error = frame.options.error) {
    error->code = p.code;
    error->argument = p.argument;
    error->axis = p.axis;
    error->reserved = 0;
    error->expected = p.expected;
    error->actual = p.actual;
    __builtin_memcpy(error->text, line.text, line.count + 1);
  }
  if (frame.host.log) frame.host.log(frame.host.context, line.text);
  return p.code;
}

// What the program reported.
TSC_COLD tsc_i32 tsc_refuse_report(const tsc_frame& frame, const tsc_report& report) {
  tsc_problem p{report.code};
  p.titled = false;
  if (report.check < 0) {
    p.words = "the sizes ask for more memory than there can be";
  } else {
    const tsc_check& check = frame.wrapped->checks[report.check];
    p.argument = check.argument;
    p.axis = check.axis;
    p.actual = report.values[0];
    p.expected = report.values[1];
    p.words = check.message;
    p.where = check.where;
  }
  return tsc_refuse(frame, p);
}

TSC_COLD tsc_i32 tsc_refuse_cpu(const tsc_frame& frame) {
  const tsc_wrapped& w = *frame.wrapped;
  const tsc_i32 missing = tsc_missing_feature(w.features, w.feature_count);
  tsc_problem p{TSC_E_CPU};
  p.words = "this CPU lacks ";
  p.tail = missing < 0 ? "an instruction set" : w.features[missing].name;
  return tsc_refuse(frame, p);
}

// ---- What the caller gives ----

// A struct that the caller made, as this library knows it: what the caller does not know is zero.
template <class T>
TSC_FN bool tsc_take(T& to, const T* from) {
  if (from->size < 2 * sizeof(tsc_u64) || from->size > 4096) return false; // never set
  __builtin_memcpy(&to, from, from->size < sizeof to ? from->size : sizeof to);
  return true;
}

TSC_FN tsc_i32 tsc_open(tsc_frame& frame, const tsc_wrapped* wrapped, const tsc_options* options) {
  frame.wrapped = wrapped;
  frame.options = {};
  frame.host = {};
  if (!options) return TSC_OK;
  if (!tsc_take(frame.options, options)) return TSC_E_OPTIONS; // and nobody to tell
  const char* wrong = nullptr;
  if (frame.options.host && !tsc_take(frame.host, frame.options.host))
    wrong = "the member size of options->host is not set";
  else if (!frame.host.allocate != !frame.host.release)
    wrong = "options->host has one of allocate and release, not both";
  const tsc_error* error = frame.options.error;
  if (error && (error->size < sizeof *error || error->size > 4096)) {
    frame.options.error = nullptr;
    wrong = "the member size of options->error is not set";
  }
  if (!wrong) return TSC_OK;
  tsc_problem p{TSC_E_OPTIONS};
  p.words = wrong;
  return tsc_refuse(frame, p);
}

// How many bytes an array takes; INT64_MAX for more.
TSC_FN tsc_i64 tsc_bytes(const tsc_argument& argument, const tsc_i64* dims) {
  tsc_i64 bytes = argument.dtype.bits / 8;
  bool over = false, empty = false;
  for (tsc_i32 axis = 0; axis < argument.rank; ++axis) {
    empty |= dims[axis] == 0;
    over |= __builtin_mul_overflow(bytes, dims[axis], &bytes);
  }
  return empty ? 0 : over ? 0x7fffffffffffffff : bytes;
}

// Sizes that fit the graph, and the bytes that the program asks for.
TSC_FN tsc_i32 tsc_bound(tsc_frame& frame) {
  tsc_report report = {};
  if (frame.wrapped->bind(frame.in_dims, frame.sizes, frame.out_dims, &frame.bytes, &report) ==
      TSC_OK)
    return TSC_OK;
  return tsc_refuse_report(frame, report);
}

// The same from the values of the graph's sizes.
TSC_FN tsc_i32 tsc_bound(tsc_frame& frame, const tsc_i64* sizes) {
  const tsc_function& f = *frame.wrapped->function;
  for (tsc_i32 i = 0; i < f.size_count; ++i) {
    if (sizes[i] >= 0 && sizes[i] <= tsc_i64(1) << 48) continue;
    tsc_problem p{TSC_E_SHAPE};
    p.actual = sizes[i];
    p.words = "there can be no size {0} for ";
    p.tail = f.size_names[i];
    return tsc_refuse(frame, p);
  }
  frame.wrapped->dims(sizes, frame.in_dims);
  return tsc_bound(frame);
}

// Gives a frame its arrays.
#define TSC_FRAME_ARRAYS(frame, w)                                                                 \
  (frame).in_dims = (tsc_i64*)__builtin_alloca(8 * (tsc_u64((w)->in_axes) + 1));                   \
  (frame).out_dims = (tsc_i64*)__builtin_alloca(8 * (tsc_u64((w)->out_axes) + 1));                 \
  (frame).sizes = (tsc_i64*)__builtin_alloca(8 * (tsc_u64((w)->function->size_count) + 1))

// ---- Calls ----

// What a call needs of workspace: the program's own, room for the next states, and to align it all.
// -1 for more than there can be.
TSC_FN tsc_i64 tsc_total(const tsc_frame& frame) {
  const tsc_wrapped& w = *frame.wrapped;
  tsc_i64 total = frame.bytes;
  for (tsc_i32 i = 0; i < w.updates; ++i) {
    const tsc_i64 bytes =
        tsc_bytes(w.function->arguments[w.update[i].input], frame.in_dims + w.update[i].axes);
    if (bytes > tsc_i64(1) << 56 || total > tsc_i64(1) << 56) return -1;
    total += tsc_round_up(bytes);
  }
  return total > 0 ? total + 63 : total;
}

TSC_FN void* tsc_allocate(const tsc_host& host, tsc_i64 bytes) {
  return host.allocate ? host.allocate(host.context, tsc_u64(bytes))
                       : __builtin_malloc(tsc_u64(bytes));
}

TSC_FN void tsc_release(const tsc_host& host, void* memory, tsc_i64 bytes) {
  if (host.release)
    host.release(host.context, memory, tsc_u64(bytes));
  else
    __builtin_free(memory);
}

TSC_COLD tsc_i32 tsc_refuse_workspace(const tsc_frame& frame, tsc_i64 total) {
  tsc_problem p{frame.options.workspace ? TSC_E_WORKSPACE : TSC_E_NOMEM};
  p.expected = total;
  p.actual = frame.options.workspace ? tsc_i64(frame.options.workspace_bytes) : 0;
  p.words = total < 0                 ? "the sizes ask for more memory than there can be"
            : frame.options.workspace ? "the workspace has {0} bytes, and the call needs {1}"
                                      : "{1} bytes of workspace cannot be had";
  return tsc_refuse(frame, p);
}

// Runs the program on arrays that were checked. `outputs` has room for the next states.
static inline tsc_i32 tsc_invoke(tsc_frame& frame, const void* const* inputs, void** outputs) {
  const tsc_wrapped& w = *frame.wrapped;
  if (w.supported && !w.supported()) return tsc_refuse_cpu(frame);
  const tsc_i64 total = tsc_total(frame);
  const bool given = frame.options.workspace != nullptr;
  if (total < 0 || (given && frame.options.workspace_bytes < tsc_u64(total)))
    return tsc_refuse_workspace(frame, total);
  void* memory = frame.options.workspace;
  if (!given && total > 0) {
    memory = tsc_allocate(frame.host, total);
    if (!memory) return tsc_refuse_workspace(frame, total);
  }
  char* const workspace = (char*)(((__UINTPTR_TYPE__)memory + 63) & ~(__UINTPTR_TYPE__)63);

  const auto state_bytes = [&](tsc_i32 i) {
    return tsc_bytes(w.function->arguments[w.update[i].input], frame.in_dims + w.update[i].axes);
  };
  tsc_i64 place = frame.bytes;
  for (tsc_i32 i = 0; i < w.updates; ++i) {
    outputs[w.results + i] = workspace + place;
    place += tsc_round_up(state_bytes(i));
  }
  tsc_report report = {};
  const tsc_call call = {inputs,      outputs,     w.constants, workspace,
                         frame.sizes, &frame.host, &report};
  const tsc_i32 code = w.run(&call);
  for (tsc_i32 i = 0; code == TSC_OK && i < w.updates; ++i)
    __builtin_memcpy(const_cast<void*>(inputs[w.update[i].input]), outputs[w.results + i],
                     tsc_u64(state_bytes(i)));
  if (!given && memory) tsc_release(frame.host, memory, total);
  return code == TSC_OK ? code : tsc_refuse_report(frame, report);
}

// A null pointer among the arrays, but for those without elements; -1 if there is none.
TSC_FN tsc_i32 tsc_null_array(const tsc_frame& frame, const void* const* inputs,
                              void* const* results) {
  const tsc_wrapped& w = *frame.wrapped;
  const tsc_i64* dims = frame.in_dims;
  for (tsc_i32 i = 0; i < w.inputs + w.results; ++i) {
    if (i == w.inputs) dims = frame.out_dims;
    const tsc_argument& argument = w.function->arguments[i];
    const void* array = i < w.inputs ? inputs[i] : results[i - w.inputs];
    if (!array && tsc_bytes(argument, dims) > 0) return i;
    dims += argument.rank;
  }
  return -1;
}

// The typed function.
static inline tsc_i32 tsc_call_arrays(const tsc_wrapped* w, const tsc_i64* sizes,
                                      const void* const* inputs, void* const* results,
                                      const tsc_options* options) {
  tsc_frame frame;
  TSC_FRAME_ARRAYS(frame, w);
  tsc_i32 code = tsc_open(frame, w, options);
  if (code == TSC_OK) code = tsc_bound(frame, sizes);
  if (code != TSC_OK) return code;
  const tsc_i32 null = tsc_null_array(frame, inputs, results);
  if (null >= 0) {
    tsc_problem p{TSC_E_NULL, null};
    p.words = "is null";
    return tsc_refuse(frame, p);
  }
  void** outputs = (void**)__builtin_alloca(8 * (tsc_u64(w->results + w->updates) + 1));
  for (tsc_i32 i = 0; i < w->results; ++i)
    outputs[i] = results[i];
  return tsc_invoke(frame, inputs, outputs);
}

// ---- Tensors ----

TSC_FN char* tsc_data(const DLTensor& tensor) { return (char*)tensor.data + tensor.byte_offset; }

// "f32", as errors say it.
TSC_COLD void tsc_spell(char* text, DLDataType dtype) {
  const char* const kinds[] = {"i", "u", "f", "?", "bf", "c", "bool"};
  for (const char* c = kinds[dtype.code < 7 ? dtype.code : 3]; *c; ++c)
    *text++ = *c;
  if (dtype.code != 6) {
    for (int digit = 100, begun = 0; digit > 0; digit /= 10) {
      begun |= dtype.bits >= digit || digit == 1;
      if (begun) *text++ = char('0' + dtype.bits / digit % 10);
    }
  }
  *text = 0;
}

// The first axis whose stride is not that of a dense row-major array, or -1.
TSC_FN tsc_i32 tsc_loose_axis(const DLTensor& tensor, tsc_i64& dense) {
  dense = 1;
  if (!tensor.strides) return -1;
  for (tsc_i32 axis = 0; axis < tensor.ndim; ++axis)
    if (tensor.shape[axis] == 0) return -1;
  for (tsc_i32 axis = tensor.ndim; axis-- > 0;) {
    if (tensor.shape[axis] != 1 && tensor.strides[axis] != dense) return axis;
    if (__builtin_mul_overflow(dense, tensor.shape[axis], &dense)) return axis;
  }
  return -1;
}

TSC_COLD tsc_i32 tsc_refuse_dtype(const tsc_frame& frame, tsc_i32 index, DLDataType given) {
  char name[16];
  tsc_spell(name, given);
  tsc_problem p{TSC_E_DTYPE, index};
  p.expected = frame.wrapped->function->arguments[index].dtype.bits;
  p.actual = given.bits;
  p.words = given.lanes == 1 ? "has elements of type " : "has vectors as elements, of type ";
  p.tail = name;
  return tsc_refuse(frame, p);
}

// All that can be wrong with one tensor but its sizes.
static inline tsc_i32 tsc_check_tensor(const tsc_frame& frame, tsc_i32 index,
                                       const DLTensor* tensor) {
  const tsc_argument& argument = frame.wrapped->function->arguments[index];
  tsc_problem p{TSC_OK, index};
  const auto refuse = [&](tsc_i32 code, const char* words, tsc_i64 actual, tsc_i64 expected) {
    p.code = code;
    p.words = words;
    p.actual = actual;
    p.expected = expected;
    return tsc_refuse(frame, p);
  };
  if (!tensor) return refuse(TSC_E_NULL, "is null", 0, 0);
  if (tensor->device.device_type != 1)
    return refuse(TSC_E_DEVICE, "is on a device of type {0}, not in the CPU's memory",
                  tensor->device.device_type, 1);
  if (tensor->ndim != argument.rank)
    return refuse(TSC_E_RANK, "has {0} axes", tensor->ndim, argument.rank);
  const DLDataType given = tensor->dtype, wanted = argument.dtype;
  if (given.code != wanted.code || given.bits != wanted.bits || given.lanes != 1)
    return tsc_refuse_dtype(frame, index, given);
  if (argument.rank > 0 && !tensor->shape) return refuse(TSC_E_NULL, "has no sizes", 0, 0);
  for (p.axis = 0; p.axis < argument.rank; ++p.axis)
    if (tensor->shape[p.axis] < 0 || tensor->shape[p.axis] > tsc_i64(1) << 48)
      return refuse(TSC_E_SHAPE, "has size {0} on axis {2}", tensor->shape[p.axis], 0);
  tsc_i64 dense = 1;
  p.axis = tsc_loose_axis(*tensor, dense);
  if (p.axis >= 0)
    return refuse(TSC_E_LAYOUT, "has stride {0} on axis {2}; it must be dense, which is stride {1}",
                  tensor->strides[p.axis], dense);
  const tsc_i64 bytes = tsc_bytes(argument, tensor->shape);
  if (bytes > 0 && !tensor->data) return refuse(TSC_E_NULL, "has no data", 0, 0);
  const tsc_u64 alignment = wanted.code == 5 ? wanted.bits / 16 : wanted.bits / 8;
  if (bytes > 0 && (__UINTPTR_TYPE__)tsc_data(*tensor) % alignment != 0)
    return refuse(TSC_E_ALIGNMENT, "is not aligned to {1} bytes", 0, tsc_i64(alignment));
  return TSC_OK;
}

// Results must have the sizes that the inputs give them.
static inline tsc_i32 tsc_check_results(const tsc_frame& frame, const DLTensor* const* results) {
  const tsc_wrapped& w = *frame.wrapped;
  const tsc_i64* dims = frame.out_dims;
  for (tsc_i32 i = 0; i < w.results; ++i)
    for (tsc_i32 axis = 0; axis < results[i]->ndim; ++axis, ++dims) {
      if (results[i]->shape[axis] == *dims) continue;
      tsc_problem p{TSC_E_SHAPE, w.inputs + i, axis, results[i]->shape[axis], *dims};
      p.words = "has size {0} on axis {2}, where the call gives {1}";
      return tsc_refuse(frame, p);
    }
  return TSC_OK;
}

// Results must share memory with nothing: they are written while inputs are read.
static inline tsc_i32 tsc_check_overlap(const tsc_frame& frame, const DLTensor* const* tensors) {
  const tsc_wrapped& w = *frame.wrapped;
  const tsc_argument* arguments = w.function->arguments;
  for (tsc_i32 r = w.inputs; r < w.inputs + w.results; ++r) {
    const char* begin = tsc_data(*tensors[r]);
    const char* end = begin + tsc_bytes(arguments[r], tensors[r]->shape);
    for (tsc_i32 i = 0; i < r; ++i) {
      const char* other = tsc_data(*tensors[i]);
      const tsc_i64 bytes = tsc_bytes(arguments[i], tensors[i]->shape);
      if (begin == end || bytes == 0 || other >= end || begin >= other + bytes) continue;
      tsc_problem p{TSC_E_OVERLAP, r};
      p.words = "shares memory with ";
      p.tail = arguments[i].name;
      return tsc_refuse(frame, p);
    }
  }
  return TSC_OK;
}

// The function that takes tensors.
static inline tsc_i32 tsc_call_tensors(const tsc_wrapped* w, const DLTensor* const* tensors,
                                       tsc_i32 count, const tsc_options* options) {
  tsc_frame frame;
  TSC_FRAME_ARRAYS(frame, w);
  tsc_i32 code = tsc_open(frame, w, options);
  if (code != TSC_OK) return code;
  if (count != w->function->argument_count || (count > 0 && !tensors)) {
    tsc_problem p{count > 0 && !tensors ? TSC_E_NULL : TSC_E_COUNT};
    p.actual = count;
    p.expected = w->function->argument_count;
    p.words = p.code == TSC_E_NULL ? "the tensors are null" : "{0} tensors are given, {1} taken";
    return tsc_refuse(frame, p);
  }
  tsc_i64* dims = frame.in_dims;
  for (tsc_i32 i = 0; i < count; ++i) {
    code = tsc_check_tensor(frame, i, tensors[i]);
    if (code != TSC_OK) return code;
    for (tsc_i32 axis = 0; i < w->inputs && axis < tensors[i]->ndim; ++axis)
      *dims++ = tensors[i]->shape[axis];
  }
  code = tsc_bound(frame);
  if (code == TSC_OK) code = tsc_check_results(frame, tensors + w->inputs);
  if (code == TSC_OK) code = tsc_check_overlap(frame, tensors);
  if (code != TSC_OK) return code;
  const void** inputs = (const void**)__builtin_alloca(8 * (tsc_u64(w->inputs) + 1));
  void** outputs = (void**)__builtin_alloca(8 * (tsc_u64(w->results + w->updates) + 1));
  for (tsc_i32 i = 0; i < w->inputs; ++i)
    inputs[i] = tsc_data(*tensors[i]);
  for (tsc_i32 i = 0; i < w->results; ++i)
    outputs[i] = tsc_data(*tensors[w->inputs + i]);
  return tsc_invoke(frame, inputs, outputs);
}

// ---- What can be known before a call ----

static inline tsc_i64 tsc_workspace(const tsc_wrapped* w, const tsc_i64* sizes) {
  tsc_frame frame;
  TSC_FRAME_ARRAYS(frame, w);
  tsc_open(frame, w, nullptr);
  return tsc_bound(frame, sizes) == TSC_OK ? tsc_total(frame) : -1;
}

static inline tsc_i32 tsc_shapes(const tsc_wrapped* w, const tsc_i64* sizes, tsc_i64* extents) {
  tsc_frame frame;
  TSC_FRAME_ARRAYS(frame, w);
  tsc_open(frame, w, nullptr);
  const tsc_i32 code = tsc_bound(frame, sizes);
  if (code != TSC_OK) return code;
  tsc_i32 axes = 0;
  for (tsc_i32 i = w->inputs; i < w->inputs + w->results; ++i)
    axes += w->function->arguments[i].rank;
  for (tsc_i32 i = 0; i < w->in_axes; ++i)
    *extents++ = frame.in_dims[i];
  for (tsc_i32 i = 0; i < axes; ++i)
    *extents++ = frame.out_dims[i];
  return TSC_OK;
}

// The values that the graph gives its states, into the arrays of the caller. `sizes` that no state
// has are 0.
static inline tsc_i32 tsc_initialise(const tsc_wrapped* w, const tsc_i64* sizes,
                                     void* const* states) {
  tsc_frame frame;
  TSC_FRAME_ARRAYS(frame, w);
  for (tsc_i32 i = 0; i < w->function->size_count; ++i)
    if (sizes[i] < 0) return TSC_E_SHAPE;
  w->dims(sizes, frame.in_dims);
  for (tsc_i32 i = 0; i < w->states; ++i) {
    const tsc_argument& state = w->function->arguments[w->inputs - w->states + i];
    const tsc_initial& initial = w->initial[i];
    const tsc_i64 bytes = tsc_bytes(state, frame.in_dims + initial.axes);
    const tsc_i64 step = initial.one ? state.dtype.bits / 8 : bytes;
    if (bytes > 0 && (!states || !states[i])) return TSC_E_NULL;
    for (tsc_i64 at = 0; at < bytes; at += step)
      __builtin_memcpy((char*)states[i] + at, initial.items, tsc_u64(step));
  }
  return TSC_OK;
}

#endif
