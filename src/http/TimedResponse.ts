/**
 * A response of which reading the body ends in time, and whose call can be made again where the body holds nothing.
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as Inspectable from "effect/Inspectable"
import { pipeArguments } from "effect/Pipeable"
import type * as Stream from "effect/Stream"

type Whole = <A>(body: Effect.Effect<A, HttpClientError.HttpClientError>) => typeof body
type Again = (asked: Duration.Duration) => ReturnType<HttpClient.HttpClient["execute"]> | undefined
type Pieces = <A>(body: Stream.Stream<A, HttpClientError.HttpClientError>) => typeof body

/**
 * `whole` bounds a body that is read at once, `pieces` one that is read as a stream. A class, and no object with the
 * response as its prototype: engines are slow to make those, and one is made for every call.
 *
 * @category models
 */
export class TimedResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly #response: HttpClientResponse.HttpClientResponse
  readonly #whole: Whole
  readonly #pieces: Pieces
  /** How long a piece of the body is waited for. */
  readonly timeout: Duration.Duration
  /**
   * The next attempt of the same call, behind its pause, which is `asked` at least. `undefined` where no attempt is left, the
   * request cannot be sent again, or `asked` is longer than the client waits.
   */
  readonly again: Again

  constructor(
    response: HttpClientResponse.HttpClientResponse,
    timeout: Duration.Duration,
    whole: Whole,
    pieces: Pieces,
    again: Again
  ) {
    super()
    this.again = again
    this.timeout = timeout
    this.#response = response
    this.#whole = whole
    this.#pieces = pieces
  }

  get request() {
    return this.#response.request
  }
  get url() {
    return this.#response.url
  }
  get status() {
    return this.#response.status
  }
  get headers() {
    return this.#response.headers
  }
  get cookies() {
    return this.#response.cookies
  }
  get remoteAddress() {
    return this.#response.remoteAddress
  }
  get upgrade() {
    return this.#response.upgrade
  }
  get text() {
    return this.#whole(this.#response.text)
  }
  get json() {
    return this.#whole(this.#response.json)
  }
  get arrayBuffer() {
    return this.#whole(this.#response.arrayBuffer)
  }
  get formData() {
    return this.#whole(this.#response.formData)
  }
  get urlParamsBody() {
    return this.#whole(this.#response.urlParamsBody)
  }
  get stream() {
    return this.#pieces(this.#response.stream)
  }
  toJSON() {
    return this.#response.toJSON()
  }
  pipe() {
    return pipeArguments(this, arguments)
  }
}
