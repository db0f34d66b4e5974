/**
 * What goes wrong at a `FakeProvider`, as plain data:
 *
 * ```ts
 * import { Fault } from "greenlang/testing"
 *
 * Fault.rateLimited("2 seconds") // => { _tag: "Status", status: 429, headers: { "retry-after": "2" } }
 * Fault.reset("Hello")._tag // => "Reset"
 * ```
 *
 * What each of them ends as, with a client of ours in front of it, is in `docs/faults.md`.
 */
import * as Duration from "effect/Duration"
import type { Reply } from "./Reply.ts"

/**
 * - `Status`: a failure in the vendor's own words, with this status.
 * - `Raw`: this response, whatever the API.
 * - `Silence`: no answer at all, for as long as the client waits.
 * - `Reset`: half of the answer, then a reset of the connection (RST). What was sent may be lost with it.
 * - `Stall`: half of the answer, then nothing, for as long as the client waits.
 * - `Drip`: the whole answer in pieces, with a pause before each, by the `Clock` that the server was started with.
 * - `Truncated`: half of the answer, in a response that ends well.
 * - `InvalidJson`: an answer with something in it that is not JSON.
 * - `WrongUsage`: an answer whose token counts are absent, negative or texts.
 *
 * @category models
 */
export type Fault =
  | { readonly _tag: "Status"; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | {
    readonly _tag: "Raw"
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
  | { readonly _tag: "Silence" }
  | { readonly _tag: "Reset" | "Stall" | "Truncated" | "InvalidJson"; readonly reply: string | Reply }
  | { readonly _tag: "Drip"; readonly reply: string | Reply; readonly pause: Duration.Input }
  | {
    readonly _tag: "WrongUsage"
    readonly reply: string | Reply
    readonly counts: "absent" | "negative" | "texts"
  }

/** A failure in the vendor's own words. 401 repeats the key, as vendors do. @category constructors */
export const status = (status: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  _tag: "Status",
  status,
  headers
})

/** 429, and how long to wait, if it is said, in whole seconds. @category constructors */
export const rateLimited = (retryAfter?: Duration.Input): Fault =>
  status(
    429,
    retryAfter === undefined
      ? {}
      : { "retry-after": String(Math.ceil(Duration.toSeconds(Duration.fromInputUnsafe(retryAfter)))) }
  )

/** 500. @category constructors */
export const serverError: Fault = status(500)

/** 529, with which vendors say that they are busy. @category constructors */
export const overloaded: Fault = status(529)

/** A response that belongs to no API. `body` is sent as it is if it is a text, and else as JSON. @category constructors */
export const raw = (options: {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}): Fault => {
  const { body, headers = {}, status = 200 } = options
  return typeof body === "string" ? { _tag: "Raw", status, headers, body } : {
    _tag: "Raw",
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body)
  }
}

/** No answer, ever. @category constructors */
export const silence: Fault = { _tag: "Silence" }

/** Half of `reply`, then a connection that is reset. @category constructors */
export const reset = (reply: string | Reply): Fault => ({ _tag: "Reset", reply })

/** Half of `reply`, then nothing. @category constructors */
export const stall = (reply: string | Reply): Fault => ({ _tag: "Stall", reply })

/** `reply` in pieces, with a pause before each. @category constructors */
export const drip = (reply: string | Reply, pause: Duration.Input): Fault => ({ _tag: "Drip", reply, pause })

/** Half of `reply`, in a response that ends well. @category constructors */
export const truncated = (reply: string | Reply): Fault => ({ _tag: "Truncated", reply })

/** `reply` with something in it that is not JSON. @category constructors */
export const invalidJson = (reply: string | Reply): Fault => ({ _tag: "InvalidJson", reply })

/** `reply` with token counts that cannot be. @category constructors */
export const wrongUsage = (reply: string | Reply, counts: "absent" | "negative" | "texts"): Fault => ({
  _tag: "WrongUsage",
  reply,
  counts
})
