/**
 * What language models were asked for, in tokens and dollars.
 */
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"
import { InvalidDefinition } from "./InvalidDefinition.ts"

/**
 * What language models were asked for during a run. Token counts are the vendors' own. `costUsd` is in US dollars and
 * leaves out the `unpricedCalls`: calls to a model without a price.
 *
 * @category models
 */
export const Usage = Schema.Struct({
  calls: Schema.Int,
  inputTokens: Schema.Int,
  outputTokens: Schema.Int,
  /** The part of `inputTokens` that the vendor read from its cache. */
  cachedInputTokens: Schema.Int,
  /** The part of `outputTokens` that was spent on thinking. */
  reasoningTokens: Schema.Int,
  costUsd: Schema.Finite,
  unpricedCalls: Schema.Int
})
/** @category models */
export type Usage = typeof Usage.Type

/** Nothing asked, nothing spent. @category models */
export const noUsage: Usage = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  reasoningTokens: 0,
  costUsd: 0,
  unpricedCalls: 0
}

/**
 * @internal Reads each count once. Throws `InvalidDefinition` for what no usage can be: a count below zero or not whole, one of
 * another name, or one that throws when it is read.
 */
export const readMore = (more: unknown): Partial<Usage> => {
  if (typeof more !== "object" || more === null) throw wrong(Described.kind(more), "an object of counts")
  const read: { -readonly [Name in keyof Usage]?: Usage[Name] } = {}
  for (const [name, count] of entriesOf(more)) {
    if (!isName(name)) throw wrong(`an unknown \`${name.slice(0, 100)}\``, Object.keys(noUsage).join(", "))
    if (count === undefined) continue
    const isWhole = name !== "costUsd"
    if (typeof count === "number" && (isWhole ? Number.isSafeInteger(count) : Number.isFinite(count)) && count >= 0) {
      read[name] = count
      continue
    }
    const shown = typeof count === "number" ? count : Described.kind(count)
    throw wrong(`\`${name}\` of ${shown}`, isWhole ? "a whole number, at least 0" : "a number of dollars, at least 0")
  }
  return read
}

const isName = (name: string): name is keyof Usage => Object.hasOwn(noUsage, name)

const entriesOf = (more: object): ReadonlyArray<readonly [string, unknown]> => {
  try {
    return Object.entries(more)
  } catch {
    throw wrong("what cannot be read", "an object of counts")
  }
}

const wrong = (given: string, expected: string) =>
  new InvalidDefinition({ subject: "`Run.addUsage`", problem: `it was given ${given}`, expected })
