/**
 * Finds secrets in a text, however they are written there, in time that grows with the length of the text alone.
 *
 * Text and secrets are brought into one plain form: small letters, bytes of UTF-8, escapes of JSON, URLs and HTML resolved,
 * line breaks with the blanks around them and invisible characters left out, the two alphabets of base64 made one. In that
 * form an automaton (Aho and Corasick, 1975) looks for all forms of all secrets at once: as it is, in hex, and in base64 at
 * each of the three places where it can begin.
 *
 * A long part from the beginning or the end of a secret counts, too: that is what is left of a text that was cut elsewhere.
 */

/** From where to where a secret stands in a text. @category models */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * A finder of these secrets. The ranges come in order and do not overlap.
 *
 * @category constructors
 */
export const finderOf = (secrets: ReadonlyArray<string>): (text: string) => ReadonlyArray<Range> => {
  const root = automatonOf(secrets.flatMap(formsOf))
  return (text) => root.next.size === 0 ? [] : merged(found(root, plainOf(text)))
}

/** A text in plain form: its bytes, and from where to where each of them stands in the text. */
interface Plain {
  readonly bytes: Uint8Array
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly length: number
}

interface Node {
  readonly next: Map<number, Node>
  readonly depth: number
  /** Where to go on when no form continues here: the longest end of what was read that begins a form. */
  fall: Node | undefined
  /** Length of the longest form that ends here, or 0. */
  ends: number
  /** So much of a form was read that it counts although the rest does not follow. */
  counts: boolean
}

const nodeOf = (depth: number): Node => ({ next: new Map(), depth, fall: undefined, ends: 0, counts: false })

const automatonOf = (forms: ReadonlyArray<Plain>): Node => {
  const root = nodeOf(0)
  for (const { bytes, length } of forms) {
    let at = root
    for (let i = 0; i < length; i++) {
      const byte = bytes[i]!
      let next = at.next.get(byte)
      if (next === undefined) at.next.set(byte, next = nodeOf(i + 1))
      at = next
      if (i + 1 >= Math.max(shortestPart, Math.ceil(length * 0.6))) at.counts = true
    }
    at.ends = length
  }
  const queue = [...root.next.values()]
  for (const node of queue) node.fall = root
  for (const node of queue) {
    for (const [byte, child] of node.next) {
      let fall = node.fall
      while (fall !== undefined && !fall.next.has(byte)) fall = fall.fall
      child.fall = fall?.next.get(byte) ?? root
      child.ends = Math.max(child.ends, child.fall.ends)
      queue.push(child)
    }
  }
  return root
}

const shortestPart = 12

const found = (root: Node, { bytes, from, length, to }: Plain): Array<Range> => {
  const ranges: Array<Range> = []
  const mark = (end: number, count: number) => ranges.push({ from: from[end - count]!, to: to[end - 1]! })
  let at = root
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!
    let next = at.next.get(byte)
    while (next === undefined && at !== root) {
      if (at.counts) mark(i, at.depth)
      at = at.fall!
      next = at.next.get(byte)
    }
    at = next ?? root
    if (at.ends > 0) mark(i + 1, at.ends)
  }
  for (; at !== root; at = at.fall!) if (at.counts) mark(length, at.depth)
  return ranges
}

const merged = (ranges: Array<Range>): ReadonlyArray<Range> => {
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

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

const inUrl = (text: string): string => text.isWellFormed() ? encodeURIComponent(text) : text

/** Those letters of a base64 text that depend on the secret alone, for each of the three places where it can begin. */
const base64Of = (secret: Buffer): ReadonlyArray<Plain> =>
  [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret]).toString("base64url")
    const first = Math.ceil(before * 8 / 6)
    const last = Math.floor((before + secret.length) * 8 / 6)
    return last - first >= shortestBase64 ? [plainOf(text.slice(first, last))] : []
  })

/** Shorter ones would be found in words. */
const shortestBase64 = 8

/** The plain form of a text. */
const plainOf = (text: string): Plain => {
  const size = text.length * 3
  const bytes = new Uint8Array(size)
  const from = new Uint32Array(size)
  const to = new Uint32Array(size)
  let length = 0
  const put = (byte: number, start: number, end: number) => {
    // Backslashes are escapes, or what is left of one.
    if (byte === backslash) return
    bytes[length] = folded(byte)
    from[length] = start
    to[length] = end
    length++
  }
  const putPoint = (point: number, start: number, end: number) => {
    if (point === newLine || point === carriageReturn) {
      while (length > 0 && bytes[length - 1] === dash && isBlank(text.charCodeAt(from[length - 1]!))) length--
      breaks = true
      return
    }
    if (breaks && (point === space || point === tab)) return
    breaks = false
    if (point < 0x80) return put(point, start, end)
    if (invisible.has(point)) return
    // UTF-8, by hand: an encoder takes ten times as long for one character.
    if (point < 0x800) put(0xc0 | point >> 6, start, end)
    else {
      if (point < 0x10000) put(0xe0 | point >> 12, start, end)
      else {
        put(0xf0 | point >> 18, start, end)
        put(0x80 | point >> 12 & 0x3f, start, end)
      }
      put(0x80 | point >> 6 & 0x3f, start, end)
    }
    put(0x80 | point & 0x3f, start, end)
  }
  let breaks = false
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at)
    const escape = code === backslash || code === percent || code === ampersand ? escapeAt(text, at, code) : undefined
    if (escape === undefined) {
      const point = code < 0x80 ? code : text.codePointAt(at)!
      const end = at + (point > 0xffff ? 2 : 1)
      putPoint(point, at, end)
      at = end
      continue
    }
    if (escape.isByte && escape.point >= 0x80) put(escape.point, at, escape.end)
    else if (escape.point >= 0) putPoint(escape.point, at, escape.end)
    at = escape.end
  }
  return { bytes, from, to, length }
}

/** `point` is -1 where the escape stands for nothing. */
interface Escape {
  readonly point: number
  readonly end: number
  readonly isByte: boolean
}

const escapeAt = (text: string, at: number, code: number): Escape | undefined => {
  if (code === backslash) return ofBackslashes(text, at)
  const pattern = code === percent ? ofUrl : ofHtml
  pattern.lastIndex = at
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [whole, first = "", decimal = "", name = ""] = match
  const end = at + whole.length
  if (code === percent) return { point: Number.parseInt(first, 16), end, isByte: true }
  const point = first !== ""
    ? Number.parseInt(first, 16)
    : decimal !== ""
    ? Number.parseInt(decimal, 10)
    : entities.get(name) ?? 0xfffd
  return { point: point > 0x10ffff ? 0xfffd : point, end, isByte: false }
}

/** Of an escape within an escape, the outer ones are `%25`. */
const ofUrl = /%(?:25){0,8}([0-9a-f]{2})/iy
const ofHtml = /&(?:amp;){0,4}(?:#x([0-9a-f]{1,6});|#(\d{1,7});|(amp|quot|apos|lt|gt|nbsp);)/iy
const entities = new Map([["amp", 0x26], ["quot", 0x22], ["apos", 0x27], ["lt", 0x3c], ["gt", 0x3e], ["nbsp", 0x20]])

/** However often a text was escaped: all backslashes in a row are one. */
const ofBackslashes = (text: string, at: number): Escape => {
  let end = at + 1
  while (text.charCodeAt(end) === backslash) end++
  const letter = text[end]
  if (letter === "n" || letter === "r") return { point: newLine, end: end + 1, isByte: false }
  if (letter === "t") return { point: tab, end: end + 1, isByte: false }
  if (letter === "u" || letter === "x") {
    const digits = text.slice(end + 1, end + (letter === "u" ? 5 : 3))
    if (/^(?:[0-9a-f]{4}|[0-9a-f]{2})$/i.test(digits)) {
      const point = Number.parseInt(digits, 16)
      // A character outside of the first plane comes as two escapes.
      const low = point >= 0xd800 && point < 0xdc00 ? lowSurrogate.exec(text.slice(end + 5, end + 16)) : null
      return low === null
        ? { point: point >= 0xd800 && point < 0xe000 ? 0xfffd : point, end: end + 1 + digits.length, isByte: false }
        : {
          point: 0x10000 + ((point - 0xd800) << 10) + (Number.parseInt(low[1]!, 16) - 0xdc00),
          end: end + 5 + low[0].length,
          isByte: false
        }
    }
  }
  return { point: -1, end, isByte: false }
}

const lowSurrogate = /^\\{1,4}u(d[c-f][0-9a-f]{2})/i

const [newLine, carriageReturn, space, tab, backslash, percent, ampersand] = [0x0a, 0x0d, 0x20, 0x09, 0x5c, 0x25, 0x26]
const [dash, underscore] = [0x2d, 0x5f]

const isBlank = (code: number): boolean => code === space || code === tab

/** Zero-width characters, soft hyphen, byte order mark, the line breaks of Unicode. */
const invisible = new Set([0xad, 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0x2028, 0x2029, 0x85])

/** Letters become small; `+` and `/` of base64 become what base64url has; a blank in a form is written as `+`. */
const folded = (byte: number): number => {
  if (byte >= 0x41 && byte <= 0x5a) return byte + 32
  if (byte === 0x2b || byte === space || byte === tab) return dash
  return byte === 0x2f ? underscore : byte
}
