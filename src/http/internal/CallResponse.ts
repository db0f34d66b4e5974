/**
 * The response of a call by undici. A body that has come whole is read without waiting, and a body that was read whole can
 * be read again in another form.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as UrlParams from "effect/http/UrlParams"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { pipeArguments } from "effect/Pipeable"
import type * as Pull from "effect/Pull"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SafeJson from "../../internal/SafeJson.ts"
import { BodyTooLarge } from "../BodyTooLarge.ts"

type Pieces = Arr.NonEmptyReadonlyArray<Uint8Array>
type Body<A> = Effect.Effect<A, HttpClientError.HttpClientError>

/** What has come of an answer, and a way to wait for more. @category models */
export interface Received {
  readonly request: HttpClientRequest.HttpClientRequest
  /** Without its hash. */
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string | Array<string> | undefined>>
  readonly hasEnded: boolean
  readonly hasFailed: boolean
  /** Why it broke off: an `HttpClientError` where the limit passed. */
  readonly cause: unknown
  /** All of the body so far, which stays. */
  readonly bytes: Uint8Array
  /** The pieces since the last time. */
  readonly take: () => Array<Uint8Array>
  /** Calls `done` when the body has ended or broken off. */
  readonly awaitEnd: (done: () => void) => void
  /** Calls `done` when there is another piece, or when the body has ended or broken off. */
  readonly awaitPiece: (done: () => void) => void
  /** Closes the connection, unless the call has ended. */
  readonly giveUp: () => void
  /** The same where nothing waits for the call any more. */
  readonly interrupt: () => void
}

/** @category models */
export interface CallNotes {
  /** How long the body is waited for, or a piece of it. */
  readonly timeout: Duration.Duration
  /**
   * The next attempt of the same call, behind its pause, which is `asked` at least. `undefined` where no attempt is left, the
   * request cannot be sent again, or `asked` is longer than the client waits.
   */
  readonly again: (asked: Duration.Duration) => ReturnType<HttpClient.HttpClient["execute"]> | undefined
}

/** @category models */
export class CallResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly #call: Received
  #headers: Headers.Headers | undefined
  /** What the client knows of the call: see `CallNotes`. */
  notes: CallNotes | undefined = undefined

  constructor(call: Received) {
    super()
    this.#call = call
  }

  get request() {
    return this.#call.request
  }
  get url() {
    return this.#call.url
  }
  get status() {
    return this.#call.status
  }
  get headers(): Headers.Headers {
    return this.#headers ??= Headers.fromInput(this.#call.headers)
  }
  get cookies(): Cookies.Cookies {
    const header = this.#call.headers["set-cookie"]
    return header === undefined ? Cookies.empty : Cookies.fromSetCookie(header)
  }
  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }
  get text(): Body<string> {
    return this.#whole(textOf)
  }
  get json(): Body<Schema.Json> {
    return this.#whole(jsonOf)
  }
  get arrayBuffer(): Body<ArrayBuffer> {
    return this.#whole((bytes) => new Uint8Array(bytes).buffer)
  }
  get urlParamsBody(): Body<UrlParams.UrlParams> {
    // a leading "?" is part of a name in a form, and would be left out of a query
    return this.#whole((bytes) => UrlParams.fromInput(new URLSearchParams(textOf(bytes).replace(/^\?/, "%3F"))))
  }
  get formData(): Body<FormData> {
    return Effect.flatMap(this.arrayBuffer, (body) =>
      Effect.tryPromise({
        try: () => new Response(body, { headers: this.headers }).formData(),
        catch: (cause) => this.#unreadable(cause)
      }))
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> {
    return Stream.ensuring(Stream.fromPull(Effect.sync(() => this.pull((error) => error))), Effect.sync(this.giveUp))
  }

  /** Whether all of the body is there. */
  get hasEnded(): boolean {
    return this.#call.hasEnded
  }

  /** All of the body so far. */
  get bytes(): Uint8Array {
    return this.#call.bytes
  }

  /** Closes the connection, unless all of the body has come. */
  readonly giveUp = (): void => this.#call.giveUp()

  /** The pieces of the body as they come, for a reader that calls `giveUp` when it ends. */
  pull<E>(mapError: (error: HttpClientError.HttpClientError) => E): Pull.Pull<Pieces, E> {
    const call = this.#call
    const next = (): Pull.Pull<Pieces, E> | undefined => {
      const pieces = call.take()
      if (Arr.isReadonlyArrayNonEmpty(pieces)) return Effect.succeed(pieces)
      if (call.hasFailed) return Effect.fail(mapError(this.#unreadable(call.cause)))
      return call.hasEnded ? Cause.done() : undefined
    }
    const pull: Pull.Pull<Pieces, E> = Effect.suspend(() =>
      next() ?? Effect.callback((resume) => {
        const now = next()
        if (now !== undefined) return resume(now)
        // It is woken by a piece, by the end or by a failure.
        call.awaitPiece(() => resume(next() ?? pull))
      })
    )
    return pull
  }

  get upgrade(): Effect.Effect<never, HttpClientError.HttpClientError> {
    const description = "no connection was handed over: this client does not upgrade connections"
    const { request } = this
    return Effect.fail(
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.StatusCodeError({ request, response: this, description })
      })
    )
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "effect/http/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }
  pipe() {
    return pipeArguments(this, arguments)
  }

  #whole<A>(read: (bytes: Uint8Array) => A): Body<A> {
    const call = this.#call
    const now = (): Exit.Exit<A, HttpClientError.HttpClientError> => {
      if (call.hasFailed) return Exit.fail(this.#unreadable(call.cause))
      try {
        return Exit.succeed(read(call.bytes))
      } catch (cause) {
        return Exit.fail(this.#unreadable(cause))
      }
    }
    return call.hasEnded ? now() : Effect.callback((resume) => {
      if (call.hasEnded || call.hasFailed) return resume(now())
      call.awaitEnd(() => resume(now()))
      return Effect.sync(call.interrupt)
    })
  }

  #unreadable(cause: unknown): HttpClientError.HttpClientError {
    if (HttpClientError.isHttpClientError(cause)) return cause
    const { request } = this
    return new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({ request, response: this, cause, ...descriptionOf(cause) })
    })
  }
}

/** What a body that is too long says of itself: the message of an `HttpClientError` shows no cause. */
export const descriptionOf = (cause: unknown): { readonly description?: string } =>
  cause instanceof BodyTooLarge ? { description: cause.message } : {}

const utf8 = new TextDecoder()
const textOf = (bytes: Uint8Array): string => utf8.decode(bytes)
const jsonOf = (bytes: Uint8Array): Schema.Json => {
  const text = textOf(bytes)
  return text === "" ? null : SafeJson.parse(text) as Schema.Json
}
