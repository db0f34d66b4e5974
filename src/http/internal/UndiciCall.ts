/**
 * One attempt of a request by undici's `dispatch`: no promise, no stream of Node and no abort signal stand between the socket
 * and the fiber.
 *
 * 1. The fiber is resumed once with the head of the answer, in a microtask behind it: a small body has come whole by then,
 *    and reading it waits for nothing.
 * 2. Bytes that are not asked for yet are kept up to `room`. Beyond that the socket waits.
 * 3. The fiber is never resumed inside of `onResponseEnd`: undici still counts the call as running, and the next request of
 *    the fiber would open another connection.
 * 4. `giveUp` closes the connection of a call that has not ended, at any point, and does nothing afterwards.
 */
import type { Dispatcher } from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import { CallResponse, type Received } from "./CallResponse.ts"

type Answer = Exit.Exit<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>
type Controller = Dispatcher.DispatchController
type HandlerHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2]

/** What undici takes, with the limit of the body in bytes where the call has one of its own. @category models */
export type Options = Dispatcher.DispatchOptions & { readonly maxBodyBytes?: number }

/**
 * Sends the request and answers with its head. Interruption closes the connection, and so does the signal, at any time.
 *
 * @category execution
 */
export const send = (
  dispatcher: Dispatcher,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  signal: AbortSignal,
  options: Options
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  Effect.callback((resume) => {
    const call = new UndiciCall(request, url, resume)
    signal.addEventListener("abort", call.giveUp, { once: true })
    call.start(dispatcher, options)
    return Effect.sync(call.giveUp)
  })

/** In bytes. */
const room = 65_536

type State = "waiting" | "head" | "ended" | "failed"

/** @category models */
export class UndiciCall implements Dispatcher.DispatchHandler, Received {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly #url: URL
  readonly #resume: (answer: Answer) => void
  #controller: Controller | undefined
  #state: State = "waiting"
  #reason: Error | undefined
  #cause: unknown
  #pieces: Array<Uint8Array> = []
  #size = 0
  #wantsAll = false
  #reader: (() => void) | undefined
  #status = 0
  #headers: HandlerHeaders = {}

  constructor(request: HttpClientRequest.HttpClientRequest, url: URL, resume: (answer: Answer) => void) {
    this.request = request
    this.#url = url
    this.#resume = resume
  }

  start(dispatcher: Dispatcher, options: Options): void {
    try {
      dispatcher.dispatch(options, this)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  readonly giveUp = (): void => {
    if (this.#state === "ended" || this.#state === "failed") return
    this.#reason = givenUp
    // what waits for the head or the body hears of it, as of any other end of the connection
    if (this.#controller === undefined) this.#fail(givenUp)
    else this.#controller.abort(givenUp)
  }

  // What undici calls.

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#reason !== undefined) controller.abort(this.#reason)
  }

  onResponseStart(_: Controller, status: number, headers: HandlerHeaders): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    this.#state = "head"
    queueMicrotask(this.#answer)
  }

  onResponseData(controller: Controller, piece: Buffer): void {
    this.#pieces.push(piece)
    this.#size += piece.length
    if (this.#wantsAll) return
    if (this.#reader !== undefined) this.#wake()
    else if (this.#size > room) controller.pause()
  }

  onResponseEnd(): void {
    this.#state = "ended"
    this.#wake()
  }

  onResponseError(_: Controller, cause: Error): void {
    this.#fail(cause)
  }

  // What the response reads.

  get url(): string {
    const { hash, href } = this.#url
    return href.slice(0, href.length - Math.max(hash.length, href.endsWith("#") ? 1 : 0))
  }

  get status(): number {
    return this.#status
  }

  get headers(): HandlerHeaders {
    return this.#headers
  }

  get hasEnded(): boolean {
    return this.#state === "ended"
  }

  get hasFailed(): boolean {
    return this.#state === "failed"
  }

  get cause(): unknown {
    return this.#cause
  }

  get bytes(): Uint8Array {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)]
    return this.#pieces[0]!
  }

  take(): Array<Uint8Array> {
    const pieces = this.#pieces
    this.#pieces = []
    this.#size = 0
    return pieces
  }

  awaitEnd(done: () => void): void {
    this.#wantsAll = true
    this.#await(done)
  }

  awaitPiece(done: () => void): void {
    this.#await(done)
  }

  #await(done: () => void): void {
    this.#reader = done
    if (this.#controller?.paused === true) this.#controller.resume()
  }

  #fail(cause: unknown): void {
    if (this.#state === "failed" || this.#state === "ended") return
    const hadHead = this.#state === "head"
    this.#state = "failed"
    this.#cause = cause
    if (hadHead) this.#wake()
    else queueMicrotask(this.#answer)
  }

  readonly #answer = (): void => {
    if (this.#status === 0) {
      const reason = new HttpClientError.TransportError({ request: this.request, cause: this.#cause })
      return this.#resume(Exit.fail(new HttpClientError.HttpClientError({ reason })))
    }
    this.#resume(Exit.succeed(new CallResponse(this)))
  }

  #wake(): void {
    const reader = this.#reader
    if (reader === undefined) return
    this.#reader = undefined
    queueMicrotask(reader)
  }
}

/** Why undici closes the connection. One error for all of them: nothing shows it, and a stack costs more than the rest. */
const givenUp = new DOMException("the call was given up", "AbortError")
