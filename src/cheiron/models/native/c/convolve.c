#include "kernel.h"
#include "vectors.h"

INLINE v8 leaky(v8 x) {
    v8 y = 0.2f * x;
    return x > y ? x : y;
}

/* `rows` successive outputs of `vectors` * LANES channels. The weights of these channels lie in the
 * order of reading, and every sum has one order, so that blocks of any size give the same bits. */
INLINE void tile(const Convolve *op, const Block *block, const float *weight, int row, int column,
                 const int rows, const int vectors) {
    float *memory = block->memory;
    v8 sum[rows][vectors];
    for (int v = 0; v < vectors; v++) {
        v8 bias = load(block->constants + op->bias + column + v * LANES);
        for (int r = 0; r < rows; r++) sum[r][v] = bias;
    }
    for (int tap = 0; tap < op->taps; tap++) {
        int late = (op->taps - 1 - tap) * op->dilation;
        const float *x = memory + op->in + (row - late) * op->in_stride;
        for (int c = 0; c < op->channels; c++, weight += vectors * LANES) {
            for (int v = 0; v < vectors; v++) {
                v8 w = load(weight + v * LANES);
                for (int r = 0; r < rows; r++) sum[r][v] += w * x[r * op->in_stride + c];
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            int at = (row + r) * op->width + column + v * LANES;
            v8 y = sum[r][v];
            if (op->residual >= 0) y += load(memory + op->residual + at);
            if (op->raw >= 0) store(memory + op->raw + at, y);
            if (op->active >= 0) store(memory + op->active + at, leaky(y));
        }
    }
}

INLINE void column(const Convolve *op, const Block *block, const float *weight, int at,
                   const int vectors) {
    int rows = block->frames * op->rate, row = 0;
    for (; row + 2 <= rows; row += 2) tile(op, block, weight, row, at, 2, vectors);
    if (row < rows) tile(op, block, weight, row, at, 1, vectors);
}

void convolve(const Convolve *op, const Block *block) {
    const float *weight = block->constants + op->weight;
    int depth = op->taps * op->channels, at = 0;
    for (; op->width - at >= 4 * LANES; at += 4 * LANES, weight += depth * 4 * LANES)
        column(op, block, weight, at, 4);
    for (; op->width - at >= 2 * LANES; at += 2 * LANES, weight += depth * 2 * LANES)
        column(op, block, weight, at, 2);
    if (at < op->width) column(op, block, weight, at, 1);
}
