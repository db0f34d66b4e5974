/**
 * How one API writes answers, streams of them and failures.
 */
import type * as Schema from "effect/Schema"
import type { Complete } from "./Reply.ts"

/** What an answer repeats of its request. @category models */
export interface Asked {
  readonly model: string
  /** Counts the requests of a server, for ids. */
  readonly number: number
  /** Unix seconds. */
  readonly created: number
  readonly body: Schema.Json
}

/** A server-sent event. A text is sent as it is. @category models */
export interface Event {
  readonly event?: string
  readonly data: Schema.JsonObject | string
}

/** @category models */
export interface Dialect {
  readonly answer: (reply: Complete, asked: Asked) => Schema.JsonObject
  readonly events: (reply: Complete, asked: Asked) => ReadonlyArray<Event>
  readonly failure: (status: number, message: string, asked: Asked) => Schema.Json
}
