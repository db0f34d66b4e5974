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

import { encodedOf, formOf, lettersIn, lettersOf, type Plain, plainOf } from "./PlainText.ts"

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
 * All forms of a secret are a hundred times as long as the secret. The shortest secrets, of `inAllForms` together, are found in
 * all forms, further ones, of `inPlain` together, in their plain form alone, and what is left nowhere: a caller hides that by
 * the name it stands behind, and where it is a whole text.
 *
 * @category constructors
 */
export const finderOf = (secrets: ReadonlyArray<string>): Finder => {
  const [some, others] = within(secrets, inAllForms, inPlain)
  const forms = some.flatMap(formsOf)
  const rare = some.flatMap(rareFormsOf)
  const whole = automatonOf([...forms, ...others.flatMap((secret) => wholeOf(formOf(secret)))])
  const letters = automatonOf([...forms, ...rare].map(lettersIn).filter(({ length }) => length >= fewestLetters))
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

/** For each of these limits the secrets that keep to it together, the shortest first. */
const within = (secrets: ReadonlyArray<string>, ...limits: readonly [Limit, Limit]) => {
  const sets = limits.map((): Array<string> => [])
  let set = 0
  let letters = 0
  for (const secret of secrets.toSorted((a, b) => a.length - b.length)) {
    letters += secret.length
    while (set < limits.length && (letters > limits[set]!.letters || sets[set]!.length === limits[set]!.secrets)) {
      letters = secret.length
      set++
    }
    if (set === limits.length) break
    sets[set]!.push(secret)
  }
  return sets as [Array<string>, Array<string>]
}

interface Limit {
  readonly secrets: number
  readonly letters: number
}

const inAllForms: Limit = { secrets: 64, letters: 4_096 }

const inPlain: Limit = { secrets: Infinity, letters: 65_536 }

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

/** What is looked for: the bytes of a plain form. */
type Form = Pick<Plain, "bytes" | "length">

/**
 * States are numbers, 0 is the start. Few tables of numbers hold all of them: thousands of small ones would take longer to make
 * than a text to read.
 */
interface Automaton {
  /** A state and a byte, as `state * 256 + byte`, where it hashes to or in the next free place. 0 is a free place. */
  readonly keys: Uint32Array
  /** The state behind the key at the same place. */
  readonly states: Uint32Array
  /** The states behind the start, by their byte: most letters of a text are looked up there. */
  readonly first: Uint32Array
  /** How many bits of a hash do not count. */
  readonly shift: number
  readonly depth: Uint32Array
  /** Where to go on when no form continues here: the longest end of what was read that begins a form. */
  readonly fall: Uint32Array
  /** Length of the longest form that ends here, or 0. */
  readonly ends: Uint32Array
  /** 1 where so much of a form was read that it counts although the rest does not follow. */
  readonly counts: Uint8Array
}

/** The place of this step, or the free one where it belongs. */
const placeOf = (keys: Uint32Array, shift: number, key: number): number => {
  let place = Math.imul(key, 0x9e3779b1) >>> shift
  while (keys[place] !== 0 && keys[place] !== key) place = place + 1 & keys.length - 1
  return place
}

/** The state behind a byte, or 0 where no form continues so. */
const after = ({ first, keys, shift, states }: Automaton, state: number, byte: number): number =>
  state === 0 ? first[byte]! : states[placeOf(keys, shift, state * 256 + byte)]!

const automatonOf = (forms: ReadonlyArray<Form>): Automaton => {
  const most = forms.reduce((sum, { length }) => sum + length, 1)
  const bits = Math.ceil(Math.log2(most)) + 1
  const automaton: Automaton = {
    keys: new Uint32Array(2 ** bits),
    states: new Uint32Array(2 ** bits),
    first: new Uint32Array(256),
    shift: 32 - bits,
    depth: new Uint32Array(most),
    fall: new Uint32Array(most),
    ends: new Uint32Array(most),
    counts: new Uint8Array(most)
  }
  const { counts, depth, ends, fall, first, keys, shift, states } = automaton
  /** The step that leads to a state. */
  const before = new Uint32Array(most)
  /** How many states stand at each depth. */
  const wide: Array<number> = [1]
  let last = 0
  for (const { bytes, length } of forms) {
    const enough = Math.max(shortestPart, Math.ceil(length / 2))
    let at = 0
    for (let i = 0; i < length; i++) {
      const key = at * 256 + bytes[i]!
      const place = placeOf(keys, shift, key)
      if (keys[place] === 0) {
        last++
        keys[place] = key
        states[place] = last
        if (at === 0) first[bytes[i]!] = last
        before[last] = key
        depth[last] = i + 1
        wide[i + 1] = (wide[i + 1] ?? 0) + 1
      }
      at = states[place]!
      if (i + 1 >= enough) counts[at] = 1
    }
    ends[at] = length
  }
  // What a state falls to is shallower, and known when the state is reached.
  for (const state of byDepth(depth, wide, last)) {
    if (depth[state]! < 2) continue
    const byte = before[state]! % 256
    let at = Math.floor(before[state]! / 256)
    let to: number
    do {
      at = fall[at]!
      to = after(automaton, at, byte)
    } while (to === 0 && at !== 0)
    fall[state] = to
    ends[state] = Math.max(ends[state]!, ends[to]!)
  }
  return automaton
}

/** The states up to `last`, the shallow ones first. */
const byDepth = (depth: Uint32Array, wide: ReadonlyArray<number>, last: number): Uint32Array => {
  const next = new Uint32Array(wide.length)
  for (let level = 1; level < wide.length; level++) next[level] = next[level - 1]! + wide[level - 1]!
  const ordered = new Uint32Array(last + 1)
  for (let state = 0; state <= last; state++) ordered[next[depth[state]!]!++] = state
  return ordered
}

const shortestPart = 12

const found = (
  automaton: Automaton,
  { bytes, from, length, to }: Plain
): { readonly ranges: ReadonlyArray<Range>; readonly openAt: number } => {
  const { counts, depth, ends, fall } = automaton
  const ranges: Array<Range> = []
  const mark = (end: number, count: number) => ranges.push({ from: from[end - count]!, to: to[end - 1]! })
  let at = 0
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!
    let state = after(automaton, at, byte)
    while (state === 0 && at !== 0) {
      if (counts[at] === 1) mark(i, depth[at]!)
      at = fall[at]!
      state = after(automaton, at, byte)
    }
    at = state
    if (ends[at]! > 0) mark(i + 1, ends[at]!)
  }
  const openAt = at === 0 ? Infinity : from[length - depth[at]!]!
  for (; at !== 0; at = fall[at]!) if (counts[at] === 1) mark(length, depth[at]!)
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
const formsOf = (secret: string): ReadonlyArray<Form> => {
  const plain = formOf(secret)
  const bytes = Buffer.from(secret)
  const encoded = new Set([secret, secret.toLowerCase(), secret.toUpperCase(), inJson(secret), inUrl(secret)])
  return [
    ...wholeOf(plain),
    ...endOf(plain),
    encodedOf(bytes.toString("hex")),
    ...[...encoded].flatMap((text) => base64Of(Buffer.from(text)))
  ]
}

const wholeOf = (plain: Form): ReadonlyArray<Form> => plain.length > 0 ? [plain] : []

/** The later part of a secret, which is left where a text was cut at its beginning. */
const endOf = ({ bytes, length }: Form): ReadonlyArray<Form> => {
  const count = Math.max(shortestPart, Math.ceil(length / 2))
  return count >= length ? [] : [{ bytes: bytes.subarray(length - count, length), length: count }]
}

/** What few programs write. Looked for by their letters and digits alone. */
const rareFormsOf = (secret: string): ReadonlyArray<Form> => {
  const bytes = Buffer.from(secret)
  const wide = Buffer.from(secret, "utf16le")
  const swapped = Buffer.from(wide).swap16()
  const twice = [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")]
  return [
    ...base32Of(bytes),
    ...lettersInBase64(bytes).map((text) => encodedOf(Buffer.from(text).toString("hex"))),
    encodedOf(wide.toString("hex")),
    encodedOf(swapped.toString("hex")),
    ...bytesAsNumbers.map((written) => encodedOf(Array.from(bytes, written).join())),
    ...base64Of(wide),
    ...base64Of(swapped),
    // What is encoded twice may begin at each of three places, twice.
    ...[...twice, ...lettersInBase64(bytes)].flatMap((text) => base64Of(Buffer.from(text)))
  ]
}

/** How programs list bytes: `112, 76`, `0x70, 0x4c`, and with zeros or `0o` in octal. */
const bytesAsNumbers: ReadonlyArray<(byte: number) => string> = [
  String,
  (byte) => `0x${byte.toString(16).padStart(2, "0")}`,
  (byte) => byte.toString(8).padStart(3, "0"),
  (byte) => `0${byte.toString(8)}`,
  (byte) => `0o${byte.toString(8)}`
]

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

const inUrl = (text: string): string => text.isWellFormed() ? encodeURIComponent(text) : text

const base64Of = (secret: Buffer): ReadonlyArray<Form> => lettersInBase64(secret).map(encodedOf)

/** Those letters of a base64 text that depend on the secret alone, for each of the three places where it can begin. */
const lettersInBase64 = (secret: Buffer): ReadonlyArray<string> =>
  [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret]).toString("base64")
    const first = Math.ceil(before * 8 / 6)
    const last = Math.floor((before + secret.length) * 8 / 6)
    return last - first >= shortestBase64 ? [text.slice(first, last)] : []
  })

/** As in base64, for each of the five places where the secret can begin. By RFC 4648. */
const base32Of = (secret: Buffer): ReadonlyArray<Form> =>
  [0, 1, 2, 3, 4].flatMap((before) => {
    const text = inBase32(Buffer.concat([Buffer.alloc(before), secret]))
    const first = Math.ceil(before * 8 / 5)
    const last = Math.floor((before + secret.length) * 8 / 5)
    return last - first >= shortestBase64 ? [encodedOf(text.slice(first, last))] : []
  })

const inBase32 = (bytes: Uint8Array): string => {
  let text = ""
  let [bits, count] = [0, 0]
  for (const byte of bytes) {
    bits = (bits << 8 | byte) & 0xfff
    for (count += 8; count >= 5; count -= 5) text += lettersOfBase32[bits >> count - 5 & 31]
  }
  return text
}

const lettersOfBase32 = "abcdefghijklmnopqrstuvwxyz234567"

/** Shorter ones would be found in words. */
const shortestBase64 = 8
