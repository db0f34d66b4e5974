/**
 * Tables of what servers send, each with what is right, tried in one way or in several.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
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
  /** Where the answer is tried: see `waysOf`. */
  readonly ways: ReadonlyArray<Wire.Way>
  readonly sent: Sent
  readonly right: Right | Wrong
  /** Why the answer is not read so in some ways. Fails the day it is. */
  readonly except: { readonly [W in Wire.Way]?: string }
}

/** A case that some ways read otherwise, each with the reason. */
export const except = (reasons: Case["except"], one: Case): Case => ({ ...one, except: reasons })

export const of = (
  format: Wire.Format,
  ...[name, ways, sent, right]: Parameters<typeof openai>
): Case => ({ ...openai(name, ways, sent, right), format })

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
  right,
  except: {}
})

export const anthropic = (
  name: string,
  ways: Wire.Way | ReadonlyArray<Wire.Way>,
  sent: Sent,
  right: Right | Wrong
): Case => of("anthropic", name, ways, sent, right)

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

/**
 * Every way in which an answer is tried. What is sent whole is tried in a batch, too, where it can stand in a line of a file of
 * results, and over each bridge; a stream over each bridge.
 */
const waysOf = ({ format, sent, ways }: Case): ReadonlyArray<Wire.Way> => [
  ...new Set(ways.flatMap((way): ReadonlyArray<Wire.Way> =>
    way === "whole"
      ? [...Wire.waysOf(format, way), ...(isLine(sent) ? ["batch" as const] : [])]
      : way === "stream"
      ? Wire.waysOf(format, way)
      : [way]
  ))
]

const isLine = (sent: Sent): boolean => typeof sent === "string" && /^\{[^\n]*\}$/.test(sent)

/** What is right in a way: `@ai-sdk/openai` reads no thoughts in chat completions. */
const rightIn = (way: Wire.Way, right: Right): Right => {
  if (!way.startsWith("chat")) return right
  const { thought: _, ...rest } = right
  return rest
}

/** The tests of a table. */
export const check = (subject: string, cases: ReadonlyArray<Case>): void => {
  describe(subject, () => {
    for (const one of cases) {
      for (const way of waysOf(one)) {
        const reason = one.except[way]
        if (reason === undefined) {
          it.live(`is read right: ${one.name}, ${one.format}, ${way}`, () => Effect.scoped(tried(one, way)))
        } else {
          it.live(`is read otherwise: ${one.name}, ${one.format}, ${way}; ${reason}`, () =>
            Effect.map(Effect.exit(Effect.scoped(tried(one, way))), (exit) => assert(Exit.isFailure(exit))))
        }
      }
    }
  })
}

const tried = ({ format, right, sent }: Case, way: Wire.Way) =>
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
    const expected = rightIn(way, right)
    assert.deepStrictEqual(
      {
        ...(expected.text === undefined ? {} : { text: read.text }),
        ...(expected.thought === undefined ? {} : { thought: read.thought }),
        ...(expected.finish === undefined ? {} : { finish: read.finish }),
        ...(expected.calls === undefined ? {} : { calls: calls.map(({ name, params }) => [name, params]) }),
        ...(expected.usage === undefined ? {} : {
          usage: Object.fromEntries(
            Object.keys(expected.usage).map((key) => [key, usage[key as keyof typeof usage]])
          )
        })
      },
      expected as object
    )
  })
