#include "kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#if defined(_WIN32)
#define PUBLIC __declspec(dllexport)
#else
#define PUBLIC __attribute__((visibility("default")))
#endif

/* Which programs this library runs. */
PUBLIC int32_t cheiron_kernel_abi(void) { return ABI; }

/* What processor and system can do. Of x86-64: 1, 2 (SSE4.2) or 3 (AVX2, FMA); otherwise 0. */
PUBLIC int32_t cheiron_kernel_level(void) {
#if defined(__x86_64__)
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 1;
    int fma = c >> 12 & 1, sse42 = c >> 20 & 1, saves = c >> 27 & 1, avx = c >> 28 & 1;
    if (!sse42) return 1;
    if (!(fma && saves && avx)) return 2;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 6) != 6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 2;
    int avx2 = b >> 5 & 1, bmi = b >> 3 & 1, bmi2 = b >> 8 & 1;
    return avx2 && bmi && bmi2 ? 3 : 2;
#else
    return 0;
#endif
}

/* Tails that fade into denormal numbers would cost many times a normal step. */
static uint64_t flush_denormals(void) {
#if defined(__x86_64__)
    uint32_t was = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(was | 0x8040);
    return was;
#elif defined(__aarch64__)
    uint64_t was;
    __asm__ volatile("mrs %0, fpcr" : "=r"(was));
    __asm__ volatile("msr fpcr, %0" : : "r"(was | 1u << 24));
    return was;
#else
    return 0;
#endif
}

static void restore_denormals(uint64_t was) {
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr((uint32_t)was);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(was));
#else
    (void)was;
#endif
}

static int run(const int32_t *op, int count, const Block *block) {
    int broken = 0;
    for (; count; count--, op += ROW) {
        const void *what = op;
        switch (op[0]) {
        case TAKE: take(what, block); break;
        case CONVOLVE: convolve(what, block); break;
        case HARMONICS: harmonics(what, block); break;
        case MAGNITUDES: magnitudes(what, block); break;
        case NOISE: noise(what, block); break;
        case FILTER: filter(what, block); break;
        case GATE: gate(what, block); break;
        case TEXTURE: texture(what, block); break;
        case EMIT: broken |= emit(what, block); break;
        case KEEP: keep(what, block); break;
        }
    }
    return broken;
}

/* Decode a block of any number of frames; 1 if a sample is not finite.
 *
 * program: number of operations, latents, samples per frame, in sixteen integers; the operations.
 * memory: the stream's own; no other thread may be in here with it.
 * z: (frames, latents). audio: (frames * hop). */
PUBLIC int32_t cheiron_kernel_step(const int32_t *program, const float *constants, float *memory,
                                   const float *z, int64_t frames, float *audio) {
    Block block = {constants, memory, z, audio, program[1], program[2], 0};
    uint64_t was = flush_denormals();
    int broken = 0;
    for (int64_t done = 0; done < frames; done += block.frames) {
        block.frames = frames - done < FRAMES ? (int)(frames - done) : FRAMES;
        block.z = z + done * block.latents;
        block.audio = audio + done * block.hop;
        broken |= run(program + ROW, program[0], &block);
    }
    restore_denormals(was);
    return broken;
}
