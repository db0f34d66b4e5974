/**
 * What the client knows of a call beyond its response, for readers of its body.
 */
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import { type CallNotes, CallResponse } from "./CallResponse.ts"

export type { CallNotes } from "./CallResponse.ts"

/** Of responses that effect has wrapped, where a tracer or a scope is around the call. */
const wrapped = new WeakMap<HttpClientResponse.HttpClientResponse, CallNotes>()

/** The response. `of` knows its `notes` from now on. @category notes */
export const noted = (
  response: HttpClientResponse.HttpClientResponse,
  notes: CallNotes
): HttpClientResponse.HttpClientResponse => {
  if (response instanceof CallResponse) response.notes = notes
  else wrapped.set(response, notes)
  return response
}

/** `undefined` for the response of another client. @category notes */
export const of = (response: HttpClientResponse.HttpClientResponse): CallNotes | undefined =>
  response instanceof CallResponse ? response.notes : wrapped.get(response)
