#include "kernel.h"
#include "vectors.h"

void take(const Take *op, const Block *block) {
    const float *shift = block->constants + op->constants, *scale = shift + op->count;
    for (int frame = 0; frame < block->frames; frame++) {
        const float *z = block->z + frame * block->latents + op->first;
        float *out = block->memory + op->out + frame * op->stride;
        for (int c = 0; c < op->count; c++) out[c] = (z[c] - shift[c]) * scale[c];
    }
}

/* 2 sigmoid(x)^2.3 + 1e-7 */
INLINE v8 loudness(v8 x) {
    v8 far = within(__builtin_elementwise_abs(x), 0.0f, 30.0f);
    v8 falls = log1p8(exp8(-far)) + (x < 0.0f ? far : (v8)(0.0f));
    return 2.0f * exp8(-2.3f * falls) + 1e-7f;
}

void gate(const Gate *op, const Block *block) {
    float headroom = op->headroom;
    for (int row = 0; row < block->frames * op->rate; row++) {
        const float *in = block->memory + op->in + row * 2 * op->part;
        float *out = block->memory + op->out + row * op->part;
        for (int c = 0; c < op->part; c += LANES) {
            v8 wave = headroom * tanh8(load(in + c) / headroom);
            store(out + c, wave * loudness(load(in + op->part + c)));
        }
    }
}

void texture(const Texture *op, const Block *block) {
    for (int frame = 0; frame < block->frames; frame++) {
        const float *z = block->z + frame * block->latents + op->first;
        const float *in = block->memory + op->in + frame * op->stride;
        float *out = block->memory + op->out + frame * op->block * op->out_stride;
        float level[LANES];
        for (int k = 0; k < op->bands * op->block; k++) {
            if (k % LANES == 0) store(level, exp8(within(load(in + k), -9.0f, 3.0f)));
            const float *wave = block->constants + op->matrix + k % op->block * op->block;
            float size = z[k] * level[k % LANES];
            for (int n = 0; n < op->block; n++)
                out[n * op->out_stride + k / op->block] += size * wave[n];
        }
    }
}

int emit(const Emit *op, const Block *block) {
    float *memory = block->memory, *audio = block->audio;
    v8 broken = 0.0f;
    for (int frame = 0; frame < block->frames; frame++) {
        float was = 1.0f, now = 1.0f;
        if (op->loudness >= 0) {
            was = memory[op->last];
            now = loudness_gain(block->z[frame * block->latents + op->loudness]);
            memory[op->last] = now;
        }
        const float *in = memory + op->audio + frame * block->hop;
        for (int n = 0; n < block->hop; n += LANES, audio += LANES) {
            v8 ramp = count_from(n + 1) / (float)block->hop;
            v8 y = load(in + n) * (was + (now - was) * ramp);
            broken += y * 0.0f; /* NaN from NaN and infinity alone */
            store(audio, y);
        }
    }
    return __builtin_reduce_or(broken != 0.0f) != 0;
}

void keep(const Keep *op, const Block *block) {
    float *first = block->memory + op->in - op->past * op->stride;
    const float *from = first + block->frames * op->rate * op->stride;
    for (int n = 0; n < op->past * op->stride; n++) first[n] = from[n];
}
