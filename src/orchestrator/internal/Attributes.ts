/**
 * The attributes of a run, which a program without types may have made: texts behind names.
 */
import * as Result from "effect/Result"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import type { Issue } from "../../agent/Issue.ts"
import * as Described from "../../internal/Described.ts"

/** Texts by name, as a caller states them. */
export type Attributes = Readonly<Record<string, string>>

/** The attributes, each read once, or what is wrong with them. What is `undefined` is left out. */
export const read = (given: () => unknown): Result.Result<Attributes, Issue> => {
  let path = "attributes"
  try {
    const attributes = given()
    if (attributes === undefined || attributes === null) return Result.succeed({})
    if (typeof attributes !== "object") return Result.fail(issue(path, attributes))
    const facts: Array<readonly [name: string, value: string]> = []
    for (const name of Object.keys(attributes)) {
      path = `attributes.${name}`
      const value: unknown = Reflect.get(attributes, name)
      if (value === undefined) continue
      if (typeof value !== "string") return Result.fail(issue(path, value))
      facts.push([name, value])
    }
    return Result.succeed(Object.fromEntries(facts))
  } catch (error) {
    return Result.fail({ path, message: `cannot be read: ${TaggedMessage.of(error).message}` })
  }
}

const issue = (path: string, value: unknown): Issue => {
  const expected = path === "attributes" ? "an object of texts" : "a text"
  return { path, message: `is ${Described.kind(value)}`, expected }
}
