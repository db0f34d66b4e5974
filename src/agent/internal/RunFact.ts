/**
 * What a run keeps of itself, which a program without types may have given: history and events could not write anything else. Each of
 * these throws `InvalidDefinition`.
 */
import * as Schema from "effect/Schema"
import * as Described from "../../internal/Described.ts"
import * as SafeJson from "../../internal/SafeJson.ts"
import { InvalidDefinition } from "../InvalidDefinition.ts"
import { Citation } from "../Run.ts"

/** Throws for what is not a citation. */
export const checkCitation = (given: unknown): void => {
  if (!holds(() => isCitation(given))) throw wrong("`Run.cite`", given, "a citation of a factor or a calculation")
}

/** Throws for a key that is not a text, and for a value that is not JSON of at most 500 levels. */
export const checkAnnotation = (key: unknown, value: unknown): void => {
  if (typeof key !== "string") throw wrong("`Run.annotate`", key, "a text as its key")
  if (!holds(() => SafeJson.isJson(value, mostLevels))) {
    throw wrong("`Run.annotate`", value, `JSON of at most ${mostLevels} levels`)
  }
}

/** The record of a run holds its annotations below levels of its own. */
const mostLevels = SafeJson.mostLevels / 2

const isCitation = Schema.is(Citation)

/** A getter or a proxy may throw. */
const holds = (check: () => boolean): boolean => {
  try {
    return check()
  } catch {
    return false
  }
}

const wrong = (subject: string, given: unknown, expected: string) =>
  new InvalidDefinition({ subject, problem: `it was given ${Described.kind(given)}`, expected })
