/**
 * The random numbers of the isolation forest, fixed so that every implementation grows the same trees.
 *
 * `xoshiro128** 1.1` by Blackman and Vigna (public domain), one generator for each tree, seeded by one `SplitMix64`.
 */

/** Yields whole numbers from 0 to 2^32 - 1. @category models */
export type Words = () => number

const mask = 0xffff_ffff_ffff_ffffn

/**
 * SplitMix64 (Steele, Lea and Flood 2014): yields whole numbers from 0 to 2^64 - 1.
 *
 * ```ts
 * import { splitMix64 } from "greenlang/climate/statistics/Random"
 *
 * splitMix64(42)() // => 13679457532755275413n
 * ```
 *
 * @category generators
 */
export const splitMix64 = (seed: number): () => bigint => {
  let state = BigInt(seed) & mask
  return () => {
    state = (state + 0x9e37_79b9_7f4a_7c15n) & mask
    let z = state
    z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & mask
    z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & mask
    return z ^ (z >> 31n)
  }
}

/** Four words of 32 bits. @category models */
export type State = readonly [number, number, number, number]

const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by))

/**
 * xoshiro128** 1.1 from a state that is not all zeros.
 *
 * ```ts
 * import { xoshiro128 } from "greenlang/climate/statistics/Random"
 *
 * const next = xoshiro128([1, 2, 3, 4])
 * const words = [next(), next(), next(), next(), next()]
 * words // => [11520, 0, 5927040, 70819200, 2031721883]
 * ```
 *
 * @category generators
 */
export const xoshiro128 = (state: State): Words => {
  let [a, b, c, d] = state
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result >>> 0
  }
}

/**
 * The states of the first `count` trees. Tree `t` takes the next two outputs of SplitMix64, low halves first.
 *
 * @category generators
 */
export const treeStates = (seed: number, count: number): ReadonlyArray<State> => {
  const next = splitMix64(seed)
  return Array.from({ length: count }, () => {
    const [a, b] = [next(), next()]
    return [low(a), high(a), low(b), high(b)]
  })
}

const low = (word: bigint) => Number(word & 0xffff_ffffn)
const high = (word: bigint) => Number(word >> 32n)

/** A number from 0 (included) to 1 (excluded). @category drawing */
export const unit = (words: Words): number => words() / 0x1_0000_0000

/** A whole number from 0 to `n - 1`. @category drawing */
export const below = (words: Words, n: number): number => Math.floor(unit(words) * n)

/**
 * `count` of the numbers from 0 to `n - 1` without repetition, by a partial Fisher-Yates shuffle.
 *
 * @category drawing
 */
export const sample = (words: Words, n: number, count: number): Array<number> => {
  const numbers = Array.from({ length: n }, (_, at) => at)
  for (let at = 0; at < count; at++) {
    const other = at + below(words, n - at)
    const kept = numbers[at]!
    numbers[at] = numbers[other]!
    numbers[other] = kept
  }
  return numbers.slice(0, count)
}
