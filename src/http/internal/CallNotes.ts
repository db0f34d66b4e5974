/**
 * What the client knows of a call beyond its response, for readers of its body.
 */
import type * as Duration from "effect/Duration"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"

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

const known = new WeakMap<HttpClientResponse.HttpClientResponse, CallNotes>()

/** The response. `of` knows its `notes` from now on. @category notes */
export const noted = (
  response: HttpClientResponse.HttpClientResponse,
  notes: CallNotes
): HttpClientResponse.HttpClientResponse => {
  known.set(response, notes)
  return response
}

/** `undefined` for the response of another client. @category notes */
export const of = (response: HttpClientResponse.HttpClientResponse): CallNotes | undefined => known.get(response)
