/**
 * How long the client waits for the body of a response, or for a piece of it: for readers that count in such times.
 */
import type * as Duration from "effect/Duration"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import { CallResponse } from "./CallResponse.ts"

/** Of responses that `HttpClient.make` has wrapped. */
const wrapped = new WeakMap<HttpClientResponse.HttpClientResponse, Duration.Duration>()

/** The response, whose timeout `of` knows from now on. */
export const noted = (
  response: HttpClientResponse.HttpClientResponse,
  timeout: Duration.Duration
): HttpClientResponse.HttpClientResponse => {
  wrapped.set(response, timeout)
  return response
}

/** `undefined` for the response of another client. */
export const of = (response: HttpClientResponse.HttpClientResponse): Duration.Duration | undefined =>
  response instanceof CallResponse ? response.timeout : wrapped.get(response)
