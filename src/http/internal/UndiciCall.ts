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
 * 5. A timer is armed while the fiber waits, and only then: a slow reader does not use up a limit. The waits for the pieces of a
 *    body are added up, so that a body of which a byte comes every second ends too.
 */
import type { Dispatcher } from "@effect/platform-node/Undici"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Deadline from "../../internal/Deadline.ts"
import { CallResponse, descriptionOf, type Received } from "./CallResponse.ts"

type Answer = Exit.Exit<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>
type Controller = Dispatcher.DispatchController
type HandlerHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2]

/** What undici takes, with the limit of the body in bytes where the call has one of its own. @category models */
export type Options = Dispatcher.DispatchOptions & { readonly maxBodyBytes?: number }

/** @category models */
export interface Limit {
  /** How long the head is waited for, then the whole body, or each piece of one that is read as a stream. */
  readonly timeout: Duration.Duration
  /** How long all pieces of a body that is read as a stream are waited for. */
  readonly maxBodyTime: Duration.Duration
  readonly clock: Clock.Clock
}

/**
 * Sends the request and answers with its head. Interruption closes the connection, and so do the signal, at any time, and the
 * limit, which fails with `TransportError`.
 *
 * @category execution
 */
export const send = (
  dispatcher: Dispatcher,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  signal: AbortSignal | undefined,
  options: Options,
  limit: Limit
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  Effect.callback((resume) => {
    const call = new UndiciCall(request, url, limit, resume)
    signal?.addEventListener("abort", call.giveUp, { once: true })
    call.start(dispatcher, options)
    return Effect.sync(call.interrupt)
  })

/** In bytes. */
const room = 65_536

type State = "waiting" | "head" | "ended" | "failed"

/** @category models */
export class UndiciCall implements Dispatcher.DispatchHandler, Received {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly #url: URL
  readonly #limit: Limit
  readonly #resume: (answer: Answer) => void
  #disarm: (() => void) | undefined
  #controller: Controller | undefined
  #state: State = "waiting"
  #isGivenUp = false
  #isInterrupted = false
  #cause: unknown
  #pieces: Array<Uint8Array> = []
  #size = 0
  #wantsAll = false
  #reader: (() => void) | undefined
  /** When the fiber began to wait for a piece, and for how many milliseconds it has waited for those before. */
  #waitsSince: number | undefined
  #waited = 0
  #status = 0
  #headers: HandlerHeaders = {}

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    url: URL,
    limit: Limit,
    resume: (answer: Answer) => void
  ) {
    this.request = request
    this.#url = url
    this.#limit = limit
    this.#resume = resume
  }

  start(dispatcher: Dispatcher, options: Options): void {
    this.#arm()
    try {
      dispatcher.dispatch(options, this)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  readonly giveUp = (): void => {
    if (this.#state === "ended" || this.#state === "failed") return
    this.#isGivenUp = true
    // what waits for the head or the body hears of it, as of any other end of the connection
    if (this.#controller === undefined) this.#fail(givenUp)
    else abort(this.#controller)
  }

  /** Gives up a call that no fiber waits for any more, and makes no error of it. */
  readonly interrupt = (): void => {
    this.#isInterrupted = true
    this.giveUp()
  }

  readonly #expire = (): void => {
    const { request } = this
    const { maxBodyTime, timeout } = this.#limit
    const missed = this.#waitsSince !== undefined && this.#left() < Duration.toMillis(timeout)
      ? `the body did not end within ${Duration.format(maxBodyTime)}`
      : this.#wantsAll && this.#size > 0
      ? `the body did not end within ${Duration.format(timeout)}`
      : `nothing came for ${Duration.format(timeout)}`
    const description = `${missed}, and the connection was closed`
    const controller = this.#controller
    this.#isGivenUp = true
    this.#fail(
      new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, description }) })
    )
    if (controller !== undefined) abort(controller)
  }

  #arm(): void {
    const { clock, timeout } = this.#limit
    const left = this.#waitsSince === undefined ? Infinity : this.#left()
    this.#disarm = Deadline.arm(
      clock,
      left < Duration.toMillis(timeout) ? Duration.millis(left) : timeout,
      this.#expire
    )
  }

  /** For how many milliseconds pieces may still be waited for. */
  #left(): number {
    return Math.max(0, Duration.toMillis(this.#limit.maxBodyTime) - this.#waited)
  }

  #rest(): void {
    this.#disarm?.()
    this.#disarm = undefined
    if (this.#waitsSince === undefined) return
    this.#waited += Math.max(0, this.#limit.clock.currentTimeMillisUnsafe() - this.#waitsSince)
    this.#waitsSince = undefined
  }

  // What undici calls.

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#isGivenUp) abort(controller)
  }

  onResponseStart(_: Controller, status: number, headers: HandlerHeaders): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    this.#state = "head"
    this.#rest()
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
    this.#waitsSince = this.#limit.clock.currentTimeMillisUnsafe()
    this.#await(done)
  }

  #await(done: () => void): void {
    this.#reader = done
    this.#arm()
    if (this.#controller?.paused === true) this.#controller.resume()
  }

  #fail(cause: unknown): void {
    if (this.#state === "failed" || this.#state === "ended") return
    const hadHead = this.#state === "head"
    this.#state = "failed"
    this.#cause = cause
    this.#rest()
    if (this.#isInterrupted) this.#reader = undefined
    else if (hadHead) this.#wake()
    else queueMicrotask(this.#answer)
  }

  readonly #answer = (): void => {
    if (this.#status === 0) {
      const { request } = this
      const cause = this.#cause
      return this.#resume(Exit.fail(
        HttpClientError.isHttpClientError(cause)
          ? cause
          : new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({ request, cause, ...descriptionOf(cause) })
          })
      ))
    }
    const response = new CallResponse(this)
    if (this.#state !== "ended") unread.register(response, this)
    this.#resume(Exit.succeed(response))
  }

  #wake(): void {
    const reader = this.#reader
    if (reader === undefined) return
    this.#rest()
    this.#reader = undefined
    queueMicrotask(reader)
  }
}

/** Closes the connection of a response that was thrown away before all of it had come. */
const unread = new FinalizationRegistry<UndiciCall>((call) => call.giveUp())

/** Why undici closes the connection. One error for all of them: nothing shows it, and a stack costs more than the rest. */
const givenUp = new DOMException("the call was given up", "AbortError")

/**
 * Closes the connection. Undici makes an error for each socket, and Node writes its stack as text, though nothing shows it:
 * without frames, a thousand calls that end at once cost half the CPU.
 */
const abort = (controller: Controller): void => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    controller.abort(givenUp)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
