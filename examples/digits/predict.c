/* Reads digits with the library that train.sh makes of predict.tsc, and says how many of the
   held-out ones it gets right:

     predict IMAGES.npy LABELS.npy STATE_FOLDER */
#include "digits.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 1797, PIXELS = 64, HIDDEN = 128, DIGITS = 10 };

static uint8_t images[COUNT * PIXELS], labels[COUNT];
static float w1[PIXELS * HIDDEN], b1[HIDDEN], w2[HIDDEN * DIGITS], b2[DIGITS];
static int64_t digits[COUNT];

/* Reads the elements of a .npy file: they stand behind a header, whose length bytes 8 and 9 tell.
 */
static void load(const char* folder, const char* file, void* elements, size_t bytes) {
  char path[4096];
  unsigned char start[10];
  snprintf(path, sizeof path, "%s%s", folder, file);
  FILE* stream = fopen(path, "rb");
  if (!stream || fread(start, 1, 10, stream) != 10 ||
      fseek(stream, start[8] | start[9] << 8, SEEK_CUR) != 0 ||
      fread(elements, 1, bytes, stream) != bytes) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(1);
  }
  fclose(stream);
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: predict IMAGES.npy LABELS.npy STATE_FOLDER\n");
    return 2;
  }
  load("", argv[1], images, sizeof images);
  load("", argv[2], labels, sizeof labels);
  load(argv[3], "/w1.npy", w1, sizeof w1);
  load(argv[3], "/b1.npy", b1, sizeof b1);
  load(argv[3], "/w2.npy", w2, sizeof w2);
  load(argv[3], "/b2.npy", b2, sizeof b2);

  const struct predict_state state = {w1, b1, w2, b2};
  if (predict(COUNT, images, &state, digits, NULL) != TSC_OK) {
    fprintf(stderr, "the prediction failed\n");
    return 1;
  }

  int held_out = 0, right = 0;
  for (int i = 6; i < COUNT; i += 7, ++held_out)
    right += digits[i] == labels[i];
  printf("held-out accuracy: %.1f %%\n", 100.0 * right / held_out);
  return 0;
}
