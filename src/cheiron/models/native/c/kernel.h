/* What a program is made of.
 *
 * A program is an array of operations, sixteen integers each: the kind, then what its struct below
 * says. Every memory is a place in one of two arrays of floats: `constants`, shared by all streams,
 * and `memory`, a stream's own. So nothing is allocated here, nothing can leak, and copying a
 * stream's array copies the stream. cheiron/models/native/program.py writes programs.
 *
 * Signals are rows of channels, one row for each time step, padded to a multiple of LANES. A
 * signal's place is that of its first row of this block; what came before it lies right before.
 */
#ifndef CHEIRON_KERNEL_H
#define CHEIRON_KERNEL_H

#include <stdint.h>

enum { ABI = 1, FRAMES = 8, LANES = 8, ROW = 16 };

enum Kind { TAKE, CONVOLVE, HARMONICS, MAGNITUDES, NOISE, FILTER, GATE, TEXTURE, EMIT, KEEP };

/* The first floats of a stream's memory. */
typedef struct {
    double phase;      /* of the fundamental, in cycles */
    uint64_t position; /* of the next sample of noise */
    uint32_t key;      /* of the noise, from the seed */
} Head;

/* Latents to a signal: (z - shift) * scale, the shifts and then the scales at `constants`. */
typedef struct {
    int32_t kind, out, stride, first, count, constants;
} Take;

/* A causal convolution; a row of the output may be several rows of what reads it. */
typedef struct {
    int32_t kind, in, in_stride, channels, rate, taps, dilation, weight, bias, width;
    int32_t raw, active, residual; /* where to, where to after the activation, what to add; or -1 */
} Convolve;

/* Log sizes, then directions as cosine and sine, `part` floats each, to a sum of harmonics. */
typedef struct {
    int32_t kind, in, stride, part, outer, inner, pitch, loudness, amplitudes, table, audio, hop;
    int32_t rate;
} Harmonics;

/* Logarithms to magnitudes, times a loudness's gain unless its column is -1. */
typedef struct {
    int32_t kind, in, out, stride, rate, loudness;
} Magnitudes;

/* The white noise of this block. */
typedef struct {
    int32_t kind, out, hop;
} Noise;

/* Noise through symmetric filters of which one half is given; `last` holds the row before. */
typedef struct {
    int32_t kind, in, stride, rate, half, hop, white, last, audio;
} Filter;

/* Waveform and loudness of each band, `part` floats each, to the sub-bands. */
typedef struct {
    int32_t kind, in, part, rate, out, headroom;
} Gate;

/* Texture latents, at the levels given as logarithms, added to the lowest sub-bands. */
typedef struct {
    int32_t kind, in, stride, first, bands, block, matrix, out, out_stride;
} Texture;

/* The block's sound, at a loudness unless its column is -1. */
typedef struct {
    int32_t kind, audio, loudness, last;
} Emit;

/* After a block: the last rows of a signal become its past. */
typedef struct {
    int32_t kind, in, stride, rate, past;
} Keep;

/* One stretch of at most FRAMES frames. */
typedef struct {
    const float *constants;
    float *memory;
    const float *z;
    float *audio;
    int latents, hop, frames;
} Block;

void take(const Take *op, const Block *block);
void convolve(const Convolve *op, const Block *block);
void harmonics(const Harmonics *op, const Block *block);
void magnitudes(const Magnitudes *op, const Block *block);
void noise(const Noise *op, const Block *block);
void filter(const Filter *op, const Block *block);
void gate(const Gate *op, const Block *block);
void texture(const Texture *op, const Block *block);
int emit(const Emit *op, const Block *block); /* 1 if a sample is not finite */
void keep(const Keep *op, const Block *block);

#endif
