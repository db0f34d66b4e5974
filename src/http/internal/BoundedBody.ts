/**
 * Between undici and its reader: decodes a compressed body, and closes the connection of a body that is too long.
 *
 * 1. No more than the limit reaches the reader, whether the body is read at once or as a stream. What counts is the decoded
 *    body, so that a few bytes cannot become gigabytes.
 * 2. A body that states a length beyond the limit is refused before any of it is read.
 * 3. Both sides keep their pace: a reader that pauses stops the decoder, and a decoder that is full stops the socket.
 * 4. Exactly one of `onResponseEnd` and `onResponseError` reaches the reader.
 */
import type { Dispatcher } from "@effect/platform-node/Undici"
import type { Duplex } from "node:stream"
import * as Zlib from "node:zlib"
import { BodyTooLarge } from "../BodyTooLarge.ts"

type Controller = Dispatcher.DispatchController
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2]

/** `limit` is in bytes. @category models */
export class BoundedBody implements Dispatcher.DispatchHandler, Dispatcher.DispatchController {
  readonly #reader: Dispatcher.DispatchHandler
  readonly #limit: number
  readonly #hasBody: boolean
  #socket: Controller | undefined
  #encodings: ReadonlyArray<string> = []
  /** Compressed pieces go into `head`, decoded ones come out of `tail`. */
  #decoder: { readonly head: Duplex; readonly tail: Duplex } | undefined
  #trailers: Headers = {}
  #size = 0
  #isOver = false

  constructor(reader: Dispatcher.DispatchHandler, limit: number, method: string) {
    this.#reader = reader
    this.#limit = limit
    this.#hasBody = method !== "HEAD"
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#socket = controller
    this.#reader.onRequestStart?.(this, context)
  }

  onRequestUpgrade(_: Controller, status: number, headers: Headers, socket: Duplex): void {
    this.#reader.onRequestUpgrade?.(this, status, headers, socket)
  }

  onResponseStart(_: Controller, status: number, headers: Headers, message?: string): void {
    if (status < 200 || !this.#hasBody) return this.#reader.onResponseStart?.(this, status, headers, message)
    if (Number(headers["content-length"] ?? 0) > this.#limit) return this.abort(this.#tooLarge())
    this.#encodings = encodingsOf(headers)
    this.#reader.onResponseStart?.(this, status, this.#encodings.length === 0 ? headers : decoded(headers), message)
  }

  onResponseData(_: Controller, piece: Buffer): void {
    if (this.#encodings.length === 0) return this.#pass(piece)
    this.#decoder ??= this.#decode(piece)
    if (this.#decoder === undefined) {
      this.#encodings = []
      return this.#pass(piece)
    }
    if (!this.#decoder.head.write(piece)) this.#socket?.pause()
  }

  onResponseEnd(_: Controller, trailers: Headers): void {
    this.#trailers = trailers
    if (this.#decoder === undefined) this.#end()
    else this.#decoder.head.end()
  }

  onResponseError(_: Controller, error: Error): void {
    this.#fail(error)
  }

  // The reader's hold on the body.

  get aborted(): boolean {
    return this.#socket?.aborted ?? false
  }

  get paused(): boolean {
    return this.#decoder?.tail.isPaused() ?? this.#socket?.paused ?? false
  }

  get reason(): Error | null {
    return this.#socket?.reason ?? null
  }

  get rawHeaders(): NonNullable<Controller["rawHeaders"]> | null {
    return this.#socket?.rawHeaders ?? null
  }

  abort(reason: Error): void {
    this.#socket?.abort(reason)
    // Where all of the body has arrived, the socket has nothing left to report.
    if (this.#decoder !== undefined) this.#fail(reason)
  }

  pause(): void {
    if (this.#decoder === undefined) this.#socket?.pause()
    else this.#decoder.tail.pause()
  }

  resume(): void {
    if (this.#decoder === undefined) this.#socket?.resume()
    else this.#decoder.tail.resume()
  }

  #pass(piece: Buffer): void {
    if (this.#isOver) return
    this.#size += piece.length
    if (this.#size > this.#limit) this.abort(this.#tooLarge())
    else this.#reader.onResponseData?.(this, piece)
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#reader.onResponseEnd?.(this, this.#trailers)
  }

  #fail(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#decoder?.head.destroy()
    this.#decoder?.tail.destroy()
    this.#reader.onResponseError?.(this, error)
  }

  #tooLarge() {
    return new BodyTooLarge({ limit: this.#limit })
  }

  /** The last encoding is the outermost. A body that is not what its header says is passed on as it is. */
  #decode(first: Buffer) {
    const [outer = "", ...inner] = this.#encodings.toReversed()
    if (!looksLike(outer, first)) return undefined
    const head = decoderOf(outer, first)
    const decoders = [head, ...inner.map((encoding) => decoderOf(encoding, undefined))]
    const fail = (error: Error) => {
      this.#socket?.abort(error)
      this.#fail(error)
    }
    for (const decoder of decoders) decoder.on("error", fail)
    head.on("drain", () => this.#socket?.resume())
    const tail = decoders.reduce((from, to) => from.pipe(to))
    tail.on("data", (piece: Buffer) => this.#pass(piece)).on("end", () => this.#end())
    return { head, tail }
  }
}

const known = new Set(["gzip", "x-gzip", "deflate", "br", "zstd"])

/** None where one of them is unknown: such a body is passed on as it is. */
const encodingsOf = (headers: Headers): ReadonlyArray<string> => {
  const stated = headers["content-encoding"]
  if (stated === undefined) return []
  const encodings = String(stated).toLowerCase().split(",").map((encoding) => encoding.trim()).filter((name) =>
    name !== "" && name !== "identity"
  )
  return encodings.length <= 3 && encodings.every((encoding) => known.has(encoding)) ? encodings : []
}

const decoded = (headers: Headers): Headers => {
  const { "content-encoding": _, "content-length": __, ...rest } = headers
  return rest
}

const looksLike = (encoding: string, [first]: Buffer): boolean =>
  encoding === "gzip" || encoding === "x-gzip" ? first === 0x1f : encoding === "zstd" ? first === 0x28 : true

const decoderOf = (encoding: string, first: Buffer | undefined): Duplex => {
  switch (encoding) {
    case "br":
      return Zlib.createBrotliDecompress()
    case "zstd":
      return Zlib.createZstdDecompress()
    case "deflate":
      // Some servers leave out the two bytes of zlib. The first of them ends in 8.
      return first === undefined || ((first[0] ?? 0) & 0x0f) === 8 ? Zlib.createInflate() : Zlib.createInflateRaw()
    default:
      return Zlib.createGunzip()
  }
}
