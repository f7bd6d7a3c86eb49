#include "kernel.h"
#include "vectors.h"

/* Cosine and sine amplitudes of the partials at a frame's end. */
static void amplitudes(const Harmonics *op, const float *h, float f0, float gain, float *to) {
    for (int k = 0; k < op->part; k += LANES) {
        v8 ratio = f0 * count_from(k + 1) / (float)op->rate;
        v8 audible = within((0.47f - ratio) / 0.07f, 0.0f, 1.0f);
        v8 size = gain * exp8(within(load(h + k), -12.0f, 4.0f)) * audible;
        v8 cosine = load(h + op->part + k), sine = load(h + 2 * op->part + k);
        v8 scale = size / __builtin_elementwise_sqrt(cosine * cosine + sine * sine + 1e-6f);
        store(to + k, scale * cosine);
        store(to + op->part + k, scale * sine);
    }
}

enum { SPAN = 2 }; /* vectors of samples at a time */

INLINE v8 phase_at(float start, float f0, int sample, int rate) {
#pragma clang fp contract(off)
    v8 inside = count_from(sample + 1) / (float)rate;
    v8 gone = f0 * inside;
    return start + gone;
}

/* Samples of SPAN vectors. Multiples split as k = inner j + i: exp(i k phi) is a product, so few
 * sines do the work of all. */
INLINE void span(const Harmonics *op, const v8 *phi, const float *old, const float *new, float *table,
                 v8 *was, v8 *now) {
    for (int i = 0; i < op->inner; i++) {
        for (int s = 0; s < SPAN; s++) {
            v8 cosine, sine;
            circle8(fraction_of(phi[s], i + 1), &cosine, &sine);
            store(table + (2 * i * SPAN + s) * LANES, cosine);
            store(table + ((2 * i + 1) * SPAN + s) * LANES, sine);
        }
    }
    for (int j = 0; j < op->outer; j++) {
        v8 real_old[SPAN] = {0}, imag_old[SPAN] = {0}, real_new[SPAN] = {0}, imag_new[SPAN] = {0};
        const float *a = old + j * op->inner, *b = a + op->part;
        const float *c = new + j * op->inner, *d = c + op->part;
        for (int i = 0; i < op->inner; i++) {
            for (int s = 0; s < SPAN; s++) {
                v8 cosine = load(table + (2 * i * SPAN + s) * LANES);
                v8 sine = load(table + ((2 * i + 1) * SPAN + s) * LANES);
                real_old[s] += cosine * a[i];
                real_old[s] += sine * b[i];
                imag_old[s] += sine * a[i];
                imag_old[s] -= cosine * b[i];
                real_new[s] += cosine * c[i];
                real_new[s] += sine * d[i];
                imag_new[s] += sine * c[i];
                imag_new[s] -= cosine * d[i];
            }
        }
        for (int s = 0; s < SPAN; s++) {
            v8 cosine, sine;
            circle8(fraction_of(phi[s], j * op->inner), &cosine, &sine);
            was[s] += real_old[s] * cosine - imag_old[s] * sine;
            now[s] += real_new[s] * cosine - imag_new[s] * sine;
        }
    }
}

void harmonics(const Harmonics *op, const Block *block) {
    float *memory = block->memory;
    Head *head = (Head *)memory;
    int pair = 2 * op->part;
    float *old = memory + op->amplitudes, *new = old + pair;
    for (int frame = 0; frame < block->frames; frame++) {
        const float *z = block->z + frame * block->latents;
        float *audio = memory + op->audio + frame * op->hop;
        float f0 = 440.0f * (float)exp2_((double)((z[op->pitch] - 69.0f) / 12.0f));
        float gain = loudness_gain(z[op->loudness]);
        amplitudes(op, memory + op->in + frame * op->stride, f0, gain, new);
        /* The exporter to ONNX rounds this constant; rounded here as well, so that both agree. */
        double end = head->phase + (double)f0 * (float)((double)op->hop / op->rate);
        float start = (float)head->phase;
        head->phase = end - __builtin_elementwise_floor(end);
        for (int n = 0; n < op->hop; n += SPAN * LANES) {
            v8 phi[SPAN], was[SPAN] = {0}, now[SPAN] = {0};
            for (int s = 0; s < SPAN; s++) phi[s] = phase_at(start, f0, n + s * LANES, op->rate);
            span(op, phi, old, new, memory + op->table, was, now);
            for (int s = 0; s < SPAN; s++) {
                v8 ramp = count_from(n + s * LANES + 1) / (float)op->hop;
                store(audio + n + s * LANES, was[s] + ramp * (now[s] - was[s]));
            }
        }
        for (int k = 0; k < pair; k += LANES) store(old + k, load(new + k));
    }
}
