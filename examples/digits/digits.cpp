// Trains a network of two layers to read handwritten digits:
//
//   digits [DATA.npz]
//
// Every seventh image is held out: it is not trained on, and tells at the end how well the network
// reads digits that it has not seen.
#include <tsc/tsc.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

using namespace tsc;

namespace {

// Pseudo-random numbers, the same on every machine (Marsaglia's xorshift).
class Random {
public:
  uint32_t bits() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    return state_ ^= state_ << 5;
  }
  float between(float low, float high) {
    return low + (high - low) * static_cast<float>(bits() >> 8) / 0x1p24f;
  }

private:
  uint32_t state_ = 2463534242u;
};

Array member(const char* path, std::string_view wanted) {
  for (const auto& [name, array] : Array::from_npz(path))
    if (name == wanted) return array;
  throw Error(Diag::BadNpy, std::string(path) + " has no array '" + std::string(wanted) + "'");
}

// First values for the weights of a layer, small enough that what comes out of it is as large as
// what goes in.
Array weights(int64_t inputs, int64_t outputs, Random& random) {
  const float limit = std::sqrt(6.0f / static_cast<float>(inputs + outputs));
  Array w = zeros<float>({inputs, outputs});
  for (float& item : w.span<float>())
    item = random.between(-limit, limit);
  return w;
}

void shuffle(std::vector<int64_t>& places, Random& random) {
  for (size_t i = places.size(); i > 1; --i)
    std::swap(places[i - 1], places[random.bits() % i]);
}

void train_and_test(const char* path) {
  // The data: 1797 images of 8 x 8 pixels from 0 to 16, and the digits that they show.
  auto images = shared("images", member(path, "images")); // u8[1797, 64]
  auto labels = shared("labels", member(path, "labels")); // u8[1797]

  // The network reads the images at some places of the data.
  Random random;
  const int64_t hidden = 128;
  auto places = vector<int64_t>("places");
  auto w1 = shared("w1", weights(64, hidden, random));
  auto b1 = shared("b1", zeros<float>({hidden}));
  auto w2 = shared("w2", weights(hidden, 10, random));
  auto b2 = shared("b2", zeros<float>({10}));
  auto x = cast<float>(take(images, places)) / 16;
  auto y = take(labels, places);
  auto logits = matmul(relu(matmul(x, w1) + b1), w2) + b2;

  // How wrong it is, and a function that makes it less so: gradient descent.
  const float rate = 0.2f;
  auto loss = mean(cross_entropy(logits, y));
  auto [gw1, gb1, gw2, gb2] = grad(loss, {w1, b1, w2, b2});
  auto train = function({places}, loss,
                        {.updates = {{w1, w1 - rate * gw1},
                                     {b1, b1 - rate * gb1},
                                     {w2, w2 - rate * gw2},
                                     {b2, b2 - rate * gb2}}});
  auto accuracy = function({places}, mean(equal(argmax(logits, 1), y)));

  std::vector<int64_t> learned, held_out;
  for (int64_t place = 0; place < images.get().shape()[0]; ++place)
    (place % 7 == 6 ? held_out : learned).push_back(place);

  const size_t batch = 16;
  for (int epoch = 1; epoch <= 30; ++epoch) {
    shuffle(learned, random);
    float total = 0;
    size_t steps = 0;
    for (size_t start = 0; start + batch <= learned.size(); start += batch, ++steps) {
      const std::vector<int64_t> some(&learned[start], &learned[start] + batch);
      total += train(some).scalar<float>();
    }
    std::printf("epoch %d  loss %.4f  accuracy %.4f\n", epoch, total / static_cast<float>(steps),
                accuracy(learned).scalar<float>());
  }
  std::printf("held-out accuracy: %.1f %%\n", 100 * accuracy(held_out).scalar<float>());
}

} // namespace

int main(int argc, char** argv) {
  try {
    train_and_test(argc > 1 ? argv[1] : DIGITS_DATA);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
