/**
 * The text of a body from its bytes: in UTF-8, in the character set that its header names, in UTF-16, or compressed although no
 * header says so.
 *
 * 1. Servers that name an 8-bit character set often send UTF-8. The name holds from the first bytes on that are not UTF-8.
 * 2. UTF-16 is recognised by its mark or by the zero bytes of its first letters, as no JSON begins with one.
 * 3. A compressed body is read when all of it is there, and no more than `longest` comes out of it.
 */
import { TextDecoder } from "node:util"

/** The bytes that a compressed body may become. */
const longest = 64 * 1_024 * 1_024

/** One body, as far as it has come. */
export class BodyText {
  private readonly named: string | undefined
  private decoder: Pick<TextDecoder, "decode"> | undefined
  /** The first bytes, or all of a compressed body. */
  private kept: Array<Uint8Array> = []
  private isCompressed = false

  /** `contentType` is the header. */
  constructor(contentType: string | undefined) {
    this.named = contentType === undefined ? undefined : /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1]
  }

  /** The text of a further piece. */
  add(piece: Uint8Array): string {
    if (this.decoder !== undefined) return this.decoder.decode(piece, { stream: true })
    this.kept.push(piece)
    if (this.isCompressed) return ""
    const first = this.kept.length === 1 ? piece : Buffer.concat(this.kept)
    if (first.length < 4) return ""
    if (isGzip(first)) {
      this.isCompressed = true
      return ""
    }
    return this.begin(first).decode(first, { stream: true })
  }

  /** The rest of the text. Throws where a compressed body cannot be read. */
  end(): string {
    if (this.decoder !== undefined) return this.decoder.decode()
    const bytes = Buffer.concat(this.kept)
    if (!this.isCompressed) return this.begin(bytes).decode(bytes)
    // Loaded with the first such body: few programs meet one.
    const { constants: { Z_SYNC_FLUSH }, gunzipSync } = process.getBuiltinModule("node:zlib")
    const whole = gunzipSync(bytes, { maxOutputLength: longest, finishFlush: Z_SYNC_FLUSH })
    return this.begin(whole).decode(whole)
  }

  private begin(first: Uint8Array) {
    return this.decoder = new (this.named === undefined || isUtf8.test(this.named) ? Unnamed : Named)(first, this.named)
  }
}

/** All of a body. Throws where a compressed one cannot be read. */
export const of = (bytes: Uint8Array, contentType: string | undefined): string => {
  // The usual body, for which no decoder is made.
  if (isOpening(bytes[0]) && bytes[1] !== 0 && (contentType === undefined || !contentType.includes("charset"))) {
    return utf8.decode(bytes)
  }
  const text = new BodyText(contentType)
  const first = text.add(bytes)
  return first + text.end()
}

const utf8 = new TextDecoder()

const isUtf8 = /^utf-?8$/i

/** `{`, `[` or a letter. */
const isOpening = (byte: number | undefined): boolean => byte !== undefined && byte > 0x20 && byte < 0x7f

const isGzip = ([first, second, third]: Uint8Array): boolean => first === 0x1f && second === 0x8b && third === 8

const wide = ([first, second, third, fourth]: Uint8Array): "utf-16le" | "utf-16be" | undefined =>
  first === 0xff && second === 0xfe || first !== 0 && second === 0 && third !== 0 && fourth === 0
    ? "utf-16le"
    : first === 0xfe && second === 0xff || first === 0 && second !== 0 && third === 0 && fourth !== 0
    ? "utf-16be"
    : undefined

class Unnamed extends TextDecoder {
  constructor(first: Uint8Array) {
    super(wide(first))
  }
}

/** UTF-8 as long as it is, then the character set that was named. */
class Named implements Pick<TextDecoder, "decode"> {
  private readonly name: string
  private exact: TextDecoder | undefined
  /** The bytes of a letter that has not ended. */
  private open = new Uint8Array()

  constructor(first: Uint8Array, name = "utf-8") {
    this.name = isKnown(name) ? name : "utf-8"
    const found = wide(first)
    if (found !== undefined) this.exact = new TextDecoder(found)
    else if (/16/.test(this.name)) this.exact = new TextDecoder(this.name)
  }

  decode(piece: Uint8Array = new Uint8Array(), options?: { readonly stream: boolean }): string {
    if (this.exact !== undefined) return this.exact.decode(piece, options)
    const bytes = Buffer.concat([this.open, piece])
    const end = options?.stream === true ? endOfWhole(bytes) : bytes.length
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end))
      this.open = new Uint8Array(bytes.subarray(end))
      return text
    } catch {
      this.exact = new TextDecoder(this.name)
      return this.exact.decode(bytes, options)
    }
  }
}

const isKnown = (name: string): boolean => {
  try {
    return new TextDecoder(name).encoding !== ""
  } catch {
    return false
  }
}

/** Where the last letter ends that is whole. */
const endOfWhole = (bytes: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return bytes.length
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length > back ? bytes.length - back : bytes.length
    }
  }
  return bytes.length
}
