/**
 * Finds secrets in a text, however they are written there, in time that grows with the length of the text alone.
 *
 * Text and secrets are brought into one plain form (`PlainText`). In that form an automaton (Aho and Corasick, 1975) looks for
 * all forms of all secrets at once: as it is, in hex, and in base64 at each of the three places where it can begin. A second
 * one looks at letters and digits alone, for secrets that are spaced out, quoted line by line, or glued by `+`; and for
 * base64 of base64, UTF-16 and lists of bytes.
 *
 * A long part from the beginning or the end of a secret counts, too: that is what is left of a text that was cut elsewhere.
 */

import { lettersOf, type Plain, plainOf } from "./PlainText.ts"

/** From where to where a secret stands in a text. @category models */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What finds certain secrets in a text. @category models */
export interface Finder {
  /** In order, and without overlaps. */
  readonly ranges: (text: string) => ReadonlyArray<Range>
  /** From where on the end of the text may be the beginning of a secret, at most `latest`. It is not inside of a secret. */
  readonly openAt: (text: string, latest: number) => number
}

/**
 * A finder of these secrets.
 *
 * @category constructors
 */
export const finderOf = (secrets: ReadonlyArray<string>): Finder => {
  const forms = secrets.flatMap(formsOf)
  const rare = secrets.flatMap(rareFormsOf)
  const whole = automatonOf(forms)
  const letters = automatonOf([...forms, ...rare].map(lettersOf).filter(({ length }) => length >= fewestLetters))
  const both = (text: string) => {
    const plain = plainOf(text)
    return [found(whole, plain), found(letters, lettersOf(plain))] as const
  }
  return {
    ranges: (text) => merged(both(text).flatMap(({ ranges }) => ranges)),
    openAt: (text, latest) => {
      const [first, second] = both(text)
      const at = Math.min(latest, first.openAt, second.openAt)
      return merged([...first.ranges, ...second.ranges]).find(({ from, to }) => from < at && at < to)?.from ?? at
    }
  }
}

/** Which of these texts hold a part of a secret that goes on in the next one. */
export const splitOver = (finder: Finder, texts: ReadonlyArray<string>): ReadonlySet<number> => {
  const split = new Set<number>()
  const ranges = finder.ranges(texts.join(""))
  let [next, begin] = [0, 0]
  for (const [at, { length }] of texts.entries()) {
    const end = begin + length
    while (next < ranges.length && ranges[next]!.to <= begin) next++
    for (let one = next; one < ranges.length && ranges[one]!.from < end; one++) {
      const { from, to } = ranges[one]!
      if (from < begin || to > end) split.add(at)
    }
    begin = end
  }
  return split
}

/** Fewer could stand in a row of words. */
const fewestLetters = 10

/**
 * States are numbers, 0 is the start. One table holds all steps: thousands of small tables would take longer to make than a
 * short text to read.
 */
interface Automaton {
  /** From `state * 256 + byte` to the state behind it. */
  readonly next: Map<number, number>
  readonly depth: Array<number>
  /** Where to go on when no form continues here: the longest end of what was read that begins a form. */
  readonly fall: Array<number>
  /** Length of the longest form that ends here, or 0. */
  readonly ends: Array<number>
  /** So much of a form was read that it counts although the rest does not follow. */
  readonly counts: Array<boolean>
}

const automatonOf = (forms: ReadonlyArray<Plain>): Automaton => {
  const next = new Map<number, number>()
  const [depth, fall, ends, counts] = [[0], [0], [0], [false]]
  const before: Array<readonly [state: number, byte: number]> = [[0, 0]]
  for (const { bytes, length } of forms) {
    const enough = Math.max(shortestPart, Math.ceil(length * 0.6))
    let at = 0
    for (let i = 0; i < length; i++) {
      const byte = bytes[i]!
      let to = next.get(at * 256 + byte)
      if (to === undefined) {
        to = depth.push(i + 1) - 1
        next.set(at * 256 + byte, to)
        before.push([at, byte])
        fall.push(0)
        ends.push(0)
        counts.push(false)
      }
      at = to
      if (i + 1 >= enough) counts[at] = true
    }
    ends[at] = length
  }
  // What a state falls to is shallower, and known when the state is reached.
  const byDepth = Array.from(depth.keys()).toSorted((a, b) => depth[a]! - depth[b]!)
  for (const state of byDepth) {
    if (depth[state]! < 2) continue
    const [from, byte] = before[state]!
    let at = from
    let to: number | undefined
    do {
      at = fall[at]!
      to = next.get(at * 256 + byte)
    } while (to === undefined && at !== 0)
    fall[state] = to ?? 0
    ends[state] = Math.max(ends[state]!, ends[fall[state]]!)
  }
  return { next, depth, fall, ends, counts }
}

const shortestPart = 12

const found = (
  { counts, depth, ends, fall, next }: Automaton,
  { bytes, from, length, to }: Plain
): { readonly ranges: ReadonlyArray<Range>; readonly openAt: number } => {
  const ranges: Array<Range> = []
  if (next.size === 0) return { ranges, openAt: Infinity }
  const mark = (end: number, count: number) => ranges.push({ from: from[end - count]!, to: to[end - 1]! })
  let at = 0
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!
    let state = next.get(at * 256 + byte)
    while (state === undefined && at !== 0) {
      if (counts[at]!) mark(i, depth[at]!)
      at = fall[at]!
      state = next.get(at * 256 + byte)
    }
    at = state ?? 0
    if (ends[at]! > 0) mark(i + 1, ends[at]!)
  }
  const openAt = at === 0 ? Infinity : from[length - depth[at]!]!
  for (; at !== 0; at = fall[at]!) if (counts[at]!) mark(length, depth[at]!)
  return { ranges, openAt }
}

const merged = (ranges: ReadonlyArray<Range>): ReadonlyArray<Range> => {
  const ordered = ranges.toSorted((a, b) => a.from - b.from || b.to - a.to)
  const out: Array<Range> = []
  for (const range of ordered) {
    const last = out.at(-1)
    if (last !== undefined && range.from < last.to) {
      out[out.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    } else out.push(range)
  }
  return out
}

/** What a secret can look like. */
const formsOf = (secret: string): ReadonlyArray<Plain> => {
  const plain = plainOf(secret)
  const bytes = Buffer.from(secret)
  const encoded = new Set([secret, secret.toLowerCase(), secret.toUpperCase(), inJson(secret), inUrl(secret)])
  return [
    ...(plain.length > 0 ? [plain] : []),
    ...endOf(plain),
    plainOf(bytes.toString("hex")),
    ...[...encoded].flatMap((text) => base64Of(Buffer.from(text)))
  ]
}

/** The later part of a secret, which is left where a text was cut at its beginning. */
const endOf = ({ bytes, from, length, to }: Plain): ReadonlyArray<Plain> => {
  const count = Math.max(shortestPart, Math.ceil(length * 0.6))
  if (count >= length) return []
  const start = length - count
  return [{ bytes: bytes.slice(start), from: from.slice(start), to: to.slice(start), length: count }]
}

/** What few programs write. Looked for by their letters and digits alone. */
const rareFormsOf = (secret: string): ReadonlyArray<Plain> => {
  const bytes = Buffer.from(secret)
  const wide = Buffer.from(secret, "utf16le")
  const twice = [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")]
  return [
    plainOf(wide.toString("hex")),
    plainOf(Buffer.from(wide).swap16().toString("hex")),
    plainOf(bytes.join()),
    ...base64Of(wide),
    ...base64Of(Buffer.from(wide).swap16()),
    // What is encoded twice may begin at each of three places, twice.
    ...[...twice, ...lettersInBase64(bytes)].flatMap((text) => base64Of(Buffer.from(text)))
  ]
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

const inUrl = (text: string): string => text.isWellFormed() ? encodeURIComponent(text) : text

const base64Of = (secret: Buffer): ReadonlyArray<Plain> => lettersInBase64(secret).map(plainOf)

/** Those letters of a base64 text that depend on the secret alone, for each of the three places where it can begin. */
const lettersInBase64 = (secret: Buffer): ReadonlyArray<string> =>
  [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret]).toString("base64")
    const first = Math.ceil(before * 8 / 6)
    const last = Math.floor((before + secret.length) * 8 / 6)
    return last - first >= shortestBase64 ? [text.slice(first, last)] : []
  })

/** Shorter ones would be found in words. */
const shortestBase64 = 8
