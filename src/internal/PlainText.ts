/**
 * A text in plain form: what is the same text to a reader is the same bytes here, in time that grows with its length alone.
 *
 * Small letters, bytes of UTF-8, escapes of JSON, JavaScript, C, URLs and HTML resolved, line breaks with the blanks around
 * them, colors of a terminal and invisible characters left out, wide letters made narrow, and the two alphabets of base64
 * made one.
 */

/** The bytes of a text, and from where to where each of them stands in the text. @category models */
export interface Plain {
  readonly bytes: Uint8Array
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly length: number
}

/**
 * The letters and digits of ASCII in a plain form: a secret that is spaced out, glued by `+`, or quoted line by line has the same.
 *
 * @category constructors
 */
export const lettersOf = ({ bytes, from, length, to }: Plain): Plain => {
  const kept = { bytes: new Uint8Array(length), from: new Uint32Array(length), to: new Uint32Array(length) }
  let count = 0
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!
    if (!isLetter(byte)) continue
    kept.bytes[count] = byte
    kept.from[count] = from[i]!
    kept.to[count] = to[i]!
    count++
  }
  return { ...kept, length: count }
}

/** The same letters, for what is looked for and has no place in a text. @category constructors */
export const lettersIn = ({ bytes, length }: Pick<Plain, "bytes" | "length">): Pick<Plain, "bytes" | "length"> => {
  const kept = new Uint8Array(length)
  let count = 0
  for (let i = 0; i < length; i++) if (isLetter(bytes[i]!)) kept[count++] = bytes[i]!
  return { bytes: kept, length: count }
}

const isLetter = (byte: number): boolean => byte >= 0x61 && byte <= 0x7a || byte >= 0x30 && byte <= 0x39

/** The plain form of ASCII without escapes: hex, base64, a list of numbers. @category constructors */
export const encodedOf = (text: string): Pick<Plain, "bytes" | "length"> => {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = folded(text.charCodeAt(i))
  return { bytes, length: text.length }
}

/** The plain form of what is looked for and has no place in a text. @category constructors */
export const formOf = (text: string): Pick<Plain, "bytes" | "length"> =>
  unescaped.test(text) ? encodedOf(text) : plainOf(text)

/** ASCII that no escape begins in: each letter is one byte of the plain form. */
const unescaped = /^[ -$'-[\]-~]*$/

/** The plain form of a text. @category constructors */
export const plainOf = (text: string): Plain => {
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
  const putPoint = (given: number, start: number, end: number) => {
    // Fullwidth letters.
    const point = given >= 0xff01 && given <= 0xff5e ? given - 0xfee0 : given
    if (coloring !== undefined && ends(point, start)) return
    if (point === escape || point === csi) {
      coloring = point === csi ? { isOpen: true, start } : { isOpen: false, start }
      return
    }
    if (point === newLine || point === carriageReturn) {
      while (length > 0 && bytes[length - 1] === dash && isBlank(text.charCodeAt(from[length - 1]!))) length--
      breaks = true
      return
    }
    if (breaks && (point === space || point === tab)) return
    breaks = false
    if (point < 0x80) return put(point, start, end)
    if (isInvisible(point)) return
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
  /** A sequence of a terminal that began at `start`. It `isOpen` behind its `[`. */
  let coloring: { readonly isOpen: boolean; readonly start: number } | undefined
  /** Whether the sequence takes this character. */
  const ends = (point: number, at: number): boolean => {
    const { isOpen, start } = coloring!
    if (!isOpen) {
      coloring = point === bracket ? { isOpen: true, start } : undefined
      return coloring !== undefined
    }
    // Parameters go on until a letter ends them.
    if (point < 0x20 || point > 0x7e || at - start > longestSequence) {
      coloring = undefined
      return false
    }
    if (point >= 0x40) coloring = undefined
    return true
  }
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at)
    const simple = code < 0x80 && coloring === undefined && !breaks ? simpleBytes[code]! : 0
    if (simple !== 0) {
      bytes[length] = simple
      from[length] = at
      to[length++] = ++at
      continue
    }
    const found = code === backslash || code === percent || code === ampersand ? escapeAt(text, at, code) : undefined
    if (found === undefined) {
      const point = code < 0x80 ? code : text.codePointAt(at)!
      const end = at + (point > 0xffff ? 2 : 1)
      putPoint(point, at, end)
      at = end
      continue
    }
    if (found.isByte && found.point >= 0x80) put(found.point, at, found.end)
    else if (found.point >= 0) putPoint(found.point, at, found.end)
    at = found.end
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
  if (code === percent) return { point: Number.parseInt(first || decimal, 16), end, isByte: first !== "" }
  const point = first !== ""
    ? Number.parseInt(first, 16)
    : decimal !== ""
    ? Number.parseInt(decimal, 10)
    : entities.get(name.toLowerCase()) ?? 0xfffd
  return { point: point > 0x10ffff ? 0xfffd : point, end, isByte: false }
}

/** Of an escape within an escape, the outer ones are `%25`. */
const ofUrl = /%(?:25){0,8}(?:([0-9a-f]{2})|u([0-9a-f]{4}))/iy
const ofHtml = /&(?:amp;){0,4}(?:#x([0-9a-f]{1,8});?|#(\d{1,8});?|([a-z]{2,8});)/iy
const entities = new Map(Object.entries({
  amp: 0x26,
  apos: 0x27,
  ast: 0x2a,
  bsol: 0x5c,
  colon: 0x3a,
  comma: 0x2c,
  dash: 0x2d,
  dollar: 0x24,
  equals: 0x3d,
  excl: 0x21,
  gt: 0x3e,
  hyphen: 0x2d,
  lowbar: 0x5f,
  lt: 0x3c,
  nbsp: 0x20,
  num: 0x23,
  percnt: 0x25,
  period: 0x2e,
  plus: 0x2b,
  quot: 0x22,
  semi: 0x3b,
  shy: 0xad,
  sol: 0x2f,
  zwj: 0x200d,
  zwnj: 0x200c
}))

/** However often a text was escaped: all backslashes in a row are one. */
const ofBackslashes = (text: string, at: number): Escape => {
  let end = at + 1
  while (text.charCodeAt(end) === backslash) end++
  const letter = text[end]
  if (letter === "n" || letter === "r") return { point: newLine, end: end + 1, isByte: false }
  if (letter === "t") return { point: tab, end: end + 1, isByte: false }
  if (letter === "e" && text[end + 1] === "[") return { point: escape, end: end + 1, isByte: false }
  escapedByCode.lastIndex = end
  const [whole, braced, octal] = escapedByCode.exec(text) ?? []
  if (whole !== undefined) {
    const point = braced === undefined ? Number.parseInt(octal!, 8) : Number.parseInt(braced, 16)
    return { point: isCharacter(point) ? point : 0xfffd, end: end + whole.length, isByte: false }
  }
  if (letter === "u" || letter === "x") {
    const digits = text.slice(end + 1, end + (letter === "u" ? 5 : 3))
    if (/^(?:[0-9a-f]{4}|[0-9a-f]{2})$/i.test(digits)) {
      const point = Number.parseInt(digits, 16)
      // A character outside of the first plane comes as two escapes.
      const low = point >= 0xd800 && point < 0xdc00 ? lowSurrogate.exec(text.slice(end + 5, end + 16)) : null
      return low === null
        ? { point: isCharacter(point) ? point : 0xfffd, end: end + 1 + digits.length, isByte: false }
        : {
          point: 0x10000 + ((point - 0xd800) << 10) + (Number.parseInt(low[1]!, 16) - 0xdc00),
          end: end + 5 + low[0].length,
          isByte: false
        }
    }
  }
  return { point: -1, end, isByte: false }
}

const isCharacter = (point: number): boolean => point <= 0x10ffff && !(point >= 0xd800 && point < 0xe000)

/** `\u{73}` of JavaScript and Rust, `\163` of C and of shells. */
const escapedByCode = /(?:u\{([0-9a-f]{1,8})\}|([0-3][0-7]{2}))/iy

const lowSurrogate = /^\\{1,4}u(d[c-f][0-9a-f]{2})/i

const [newLine, carriageReturn, space, tab, backslash, percent, ampersand] = [0x0a, 0x0d, 0x20, 0x09, 0x5c, 0x25, 0x26]
const [dash, underscore] = [0x2d, 0x5f]

const isBlank = (code: number): boolean => code === space || code === tab

const [escape, csi, bracket] = [0x1b, 0x9b, 0x5b]

/** Letters of a sequence that colors a text. */
const longestSequence = 40

/** Zero-width characters, marks of direction, fillers, what joins or strikes through, the line breaks of Unicode. */
const isInvisible = (point: number): boolean =>
  point < 0x300
    ? point === 0xad || point === 0x85
    : point <= 0x36f || point === 0x61c || point >= 0x115f && point <= 0x1160 || point >= 0x17b4 && point <= 0x17b5
      || point >= 0x180b && point <= 0x180f || point >= 0x200b && point <= 0x200f || point >= 0x2028 && point <= 0x202e
      || point >= 0x2060 && point <= 0x206f || point === 0x3164 || point >= 0xfe00 && point <= 0xfe0f
      || point === 0xfeff || point === 0xffa0 || point >= 0xfff9 && point <= 0xfffb
      || point >= 0xe0000 && point <= 0xe01ef

/** Letters become small; `+` and `/` of base64 become what base64url has; a blank in a form is written as `+`. */
const folded = (byte: number): number => {
  if (byte >= 0x41 && byte <= 0x5a) return byte + 32
  if (byte === 0x2b || byte === space || byte === tab) return dash
  return byte === 0x2f ? underscore : byte
}

/** The byte of each letter of ASCII in the plain form, 0 where an escape, a sequence or a line break begins. */
const simpleBytes = Uint8Array.from(
  { length: 0x80 },
  (_, code) => unescaped.test(String.fromCharCode(code)) ? folded(code) : 0
)
