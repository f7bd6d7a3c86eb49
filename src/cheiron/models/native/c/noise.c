#include "kernel.h"
#include "vectors.h"

/* The 32-bit finaliser "lowbias32" (public domain, C. Wellons). */
INLINE u8 mix(u8 h) {
    h ^= h >> 16;
    h *= 0x7FEB352Du;
    h ^= h >> 15;
    h *= 0x846CA68Bu;
    return h ^ (h >> 16);
}

/* The same bits as cheiron.core.noise.uniform_noise. */
void noise(const Noise *op, const Block *block) {
    Head *head = (Head *)block->memory;
    float *out = block->memory + op->out;
    for (int n = 0; n < block->frames * op->hop; n += LANES, head->position += LANES) {
        u8 high = (uint32_t)(head->position >> 32) + (u8)(head->key);
        u8 low = (uint32_t)head->position + (u8){0, 1, 2, 3, 4, 5, 6, 7};
        i8 bits = (i8)(mix(low ^ mix(high)) >> 8);
        store(out + n, __builtin_convertvector(bits, v8) * 0x1p-23f - 1.0f);
    }
}

void magnitudes(const Magnitudes *op, const Block *block) {
    for (int row = 0; row < block->frames * op->rate; row++) {
        float gain = 1.0f;
        if (op->loudness >= 0)
            gain = loudness_gain(block->z[row / op->rate * block->latents + op->loudness]);
        const float *in = block->memory + op->in + row * op->stride;
        float *out = block->memory + op->out + row * op->stride;
        for (int k = 0; k < op->stride; k += LANES)
            store(out + k, gain * exp8(within(load(in + k), -12.0f, 4.0f)));
    }
}

/* `vectors` * LANES samples through the filter of the row before and through this row's. The taps
 * are symmetric around `half`: samples at equal distances from there are added first. */
INLINE void stretch(const float *x, const float *old, const float *new, int half, int at, int hop,
                    float *audio, const int vectors) {
    v8 was[vectors], now[vectors];
    for (int v = 0; v < vectors; v++) {
        v8 middle = load(x + v * LANES);
        was[v] = middle * old[0];
        now[v] = middle * new[0];
    }
    for (int n = 1; n < half; n++) {
        for (int v = 0; v < vectors; v++) {
            v8 both = load(x + v * LANES - n) + load(x + v * LANES + n);
            was[v] += both * old[n];
            now[v] += both * new[n];
        }
    }
    for (int v = 0; v < vectors; v++) {
        v8 ramp = count_from(at + v * LANES + 1) / (float)hop;
        float *y = audio + v * LANES;
        store(y, load(y) + was[v] + ramp * (now[v] - was[v]));
    }
}

void filter(const Filter *op, const Block *block) {
    float *memory = block->memory, *last = memory + op->last;
    const float *old = last;
    int rows = block->frames * op->rate;
    for (int row = 0; row < rows; row++) {
        const float *new = memory + op->in + row * op->stride;
        const float *white = memory + op->white + row * op->hop - op->half;
        float *audio = memory + op->audio + row * op->hop;
        int n = 0;
        for (; n + 4 * LANES <= op->hop; n += 4 * LANES)
            stretch(white + n, old, new, op->half, n, op->hop, audio + n, 4);
        for (; n < op->hop; n += LANES)
            stretch(white + n, old, new, op->half, n, op->hop, audio + n, 1);
        old = new;
    }
    for (int k = 0; k < op->stride; k += LANES) store(last + k, load(old + k));
}
