/**
 * Tables of what servers send, each with what is right, tried in one way or in several.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Response } from "effect/ai"
import type { ServerResponse } from "node:http"
import * as Wire from "./Wire.ts"

/** What an answer holds. What is not named is not looked at. */
export interface Right {
  readonly text?: string
  readonly thought?: string
  readonly calls?: ReadonlyArray<readonly [name: string, params: unknown]>
  readonly finish?: Response.FinishReason
  readonly usage?: Partial<Wire.Read["usage"]>
}

/** How an answer fails: the tag of its reason, words of the message, and whether another attempt can help. */
export interface Wrong {
  readonly fails: string
  readonly words?: string
  readonly retry?: boolean
}

export type Sent = string | Uint8Array | ((response: ServerResponse) => void)

export interface Case {
  readonly name: string
  readonly format: Wire.Format
  readonly ways: ReadonlyArray<Wire.Way>
  readonly sent: Sent
  readonly right: Right | Wrong
  /** Default: each way is tried over the bridge, too. */
  readonly isBridged?: boolean
}

/** A case that the bridge shows otherwise: with what only the vendor's package reads, or with a zero for a count that is missing. */
export const unbridged = (one: Case): Case => ({ ...one, isBridged: false })

export const openai = (
  name: string,
  ways: Wire.Way | ReadonlyArray<Wire.Way>,
  sent: Sent,
  right: Right | Wrong
): Case => ({
  name,
  format: "openai",
  ways: typeof ways === "string" ? [ways] : ways,
  sent,
  right
})

export const anthropic = (
  name: string,
  ways: Wire.Way | ReadonlyArray<Wire.Way>,
  sent: Sent,
  right: Right | Wrong
): Case => ({ ...openai(name, ways, sent, right), format: "anthropic" })

/** A call of `get_weather`. */
export const weather = (city: string) => ["get_weather", { city }] as const
/** A call of `get_time`. */
export const time = (tz: string) => ["get_time", { tz }] as const

/** Sends bytes under a content type, in one piece, and ends. */
export const bytes =
  (type: string, body: Uint8Array | string, headers: Record<string, string> = {}) => (response: ServerResponse) => {
    response.writeHead(200, { "content-type": type, ...headers })
    response.end(body)
  }

/** Sends texts with a pause before each but the first, and then ends, or stays open. */
export const slowly =
  (pieces: ReadonlyArray<string>, pause: number, end: "ends" | "stays open" = "ends") => (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "text/event-stream" })
    const next = (at: number): void => {
      if (response.destroyed) return
      if (at === pieces.length) {
        if (end === "ends") response.end()
        return
      }
      response.write(pieces[at]!)
      setTimeout(next, pause, at + 1)
    }
    next(0)
  }

const sentBy = (sent: Sent, way: Wire.Way): Parameters<typeof Wire.ask>[2] =>
  typeof sent === "string" || typeof sent === "function"
    ? sent
    : bytes(way.endsWith("stream") ? "text/event-stream" : "application/json", sent)

/** The same ways, over the bridge, too. */
const bridged = (ways: ReadonlyArray<Wire.Way>): ReadonlyArray<Wire.Way> => [
  ...new Set([
    ...ways,
    ...ways.includes("whole") ? ["bridge" as const] : [],
    ...ways.includes("stream") ? ["bridge stream" as const] : []
  ])
]

/** The tests of a table. */
export const check = (subject: string, cases: ReadonlyArray<Case>): void => {
  describe(subject, () => {
    for (const { format, isBridged = true, name, right, sent, ways } of cases) {
      for (const way of isBridged ? bridged(ways) : ways) {
        it.live(`is read right: ${name}, ${format}, ${way}`, () =>
          Effect.gen(function*() {
            const asked = Wire.ask(format, way, sentBy(sent, way))
            if ("fails" in right) {
              const failure = yield* Effect.flip(asked)
              const error = Wire.reasonOf(failure)
              assert.strictEqual(error?._tag ?? failure._tag, right.fails, failure.message)
              if (right.words !== undefined) assert.include(failure.message, right.words)
              if (right.retry !== undefined) assert.strictEqual(error?.isRetryable, right.retry)
              return
            }
            const { calls, usage, ...read } = yield* asked
            assert.deepStrictEqual(
              {
                ...(right.text === undefined ? {} : { text: read.text }),
                ...(right.thought === undefined ? {} : { thought: read.thought }),
                ...(right.finish === undefined ? {} : { finish: read.finish }),
                ...(right.calls === undefined ? {} : { calls: calls.map(({ name, params }) => [name, params]) }),
                ...(right.usage === undefined ? {} : {
                  usage: Object.fromEntries(
                    Object.keys(right.usage).map((key) => [key, usage[key as keyof typeof usage]])
                  )
                })
              },
              right as object
            )
          }).pipe(Effect.scoped))
      }
    }
  })
}
