/* Eight floats at a time, and functions of them to within rounding.
 *
 * The polynomials are least-maximum fits of these functions, made for this file. NaN stays NaN, so
 * that a broken block is seen at the end.
 */
#ifndef CHEIRON_VECTORS_H
#define CHEIRON_VECTORS_H

#include <stdint.h>

typedef float v8 __attribute__((ext_vector_type(8)));
typedef int32_t i8 __attribute__((ext_vector_type(8)));
typedef uint32_t u8 __attribute__((ext_vector_type(8)));
typedef v8 v8_anywhere __attribute__((aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE v8 load(const float *from) { return *(const v8_anywhere *)from; }
INLINE void store(float *to, v8 x) { *(v8_anywhere *)to = x; }
INLINE v8 count_from(float x) { return (v8)(x) + (v8){0, 1, 2, 3, 4, 5, 6, 7}; }

INLINE v8 within(v8 x, float low, float high) {
    x = x < low ? (v8)(low) : x;
    return x > high ? (v8)(high) : x;
}

/* x in [-87, 87] */
INLINE v8 exp8(v8 x) {
    v8 n = __builtin_elementwise_roundeven(x * 1.44269504f);
    v8 r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    v8 y = 1.383674215e-3f * r + 8.374898694e-3f;
    y = y * r + 4.166823253e-2f;
    y = y * r + 1.666641980e-1f;
    y = y * r + 4.999999106e-01f;
    y = y * r * r + r + 1.0f;
    i8 power = (__builtin_convertvector(n, i8) + 127) << 23;
    return y * (v8)power; /* a product, so that NaN stays */
}

/* log(1 + x), absolute error below 1e-7; x in [0, 1] */
INLINE v8 log1p8(v8 x) {
    v8 s = x / (x + 2.0f), u = s * s;
    v8 y = 2.443246245e-01f * u + 2.138806581e-01f;
    y = y * u + 2.862120569e-01f;
    y = y * u + 3.999867141e-01f;
    y = y * u + 6.666668057e-01f;
    return (y * u + 2.0f) * s;
}

INLINE v8 tanh8(v8 x) {
    v8 u = x * x;
    v8 y = 2.328104107e-03f * u - 8.380879648e-03f;
    y = y * u + 2.178280987e-02f;
    y = y * u - 5.396150798e-02f;
    y = y * u + 1.333331764e-01f;
    y = y * u - 3.333333433e-01f;
    v8 small = x + x * u * y;
    v8 e = exp8(2.0f * within(__builtin_elementwise_abs(x), 0.0f, 20.0f));
    v8 large = 1.0f - 2.0f / (e + 1.0f);
    large = x < 0.0f ? -large : large;
    return u < 0.390625f ? small : large;
}

/* Cosine and sine of cycles; x in [0, 1]. */
INLINE void circle8(v8 x, v8 *cosine, v8 *sine) {
    v8 quarter = __builtin_elementwise_roundeven(x * 4.0f);
    v8 r = x - quarter * 0.25f, u = r * r;
    v8 s = 4.147294617e+01f * u - 7.669786835e+01f;
    s = s * u + 8.160520172e+01f;
    s = s * u - 4.134170151e+01f;
    s = (s * u + 6.283185482e+00f) * r;
    v8 c = 5.922040558e+01f * u - 8.544285583e+01f;
    c = c * u + 6.493931580e+01f;
    c = c * u - 1.973920822e+01f;
    c = c * u + 1.0f;
    i8 q = __builtin_convertvector(quarter, i8);
    i8 odd = (q & 1) != 0;
    v8 a = odd ? s : c, b = odd ? c : s;
    *cosine = (v8)((i8)a ^ (((q + 1) & 2) << 30));
    *sine = (v8)((i8)b ^ ((q & 2) << 30));
}

/* The part of x * k beyond a whole number, each step rounded as NumPy and PyTorch do. */
INLINE v8 fraction_of(v8 x, float k) {
#pragma clang fp contract(off)
    v8 y = x * k;
    return y - __builtin_elementwise_floor(y);
}

/* 2^x in double precision; the bounds are beyond what a float can hold. */
INLINE double exp2_(double x) {
    x = x < -200.0 ? -200.0 : x;
    x = x > 200.0 ? 200.0 : x;
    double n = __builtin_elementwise_roundeven(x), r = (x - n) * 0.69314718055994530942, y = 1.0;
    for (int k = 13; k > 0; k--) y = 1.0 + y * r / k;
    union { int64_t bits; double value; } power = {((int64_t)n + 1023) << 52};
    return y * power.value;
}

/* Linear gain of a loudness in dB; exactly 0 at and below -80. */
INLINE float loudness_gain(float loudness) {
    float fade = (loudness + 80.0f) / 15.0f;
    fade = fade < 0.0f ? 0.0f : fade;
    fade = fade > 1.0f ? 1.0f : fade;
    float held = loudness < -80.0f ? -80.0f : loudness;
    held = held > 6.0f ? 6.0f : held;
    return fade * (float)exp2_(held * 0.16609640474436813);
}

#endif
