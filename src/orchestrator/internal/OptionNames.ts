/**
 * The names of options, which a program without types may have misspelled.
 */
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as Described from "../../internal/Described.ts"
import * as NearestName from "../../internal/NearestName.ts"

/** What is wrong with options, and what would be right. */
export interface Problem {
  readonly path: string
  readonly message: string
  readonly expected: string
}

/** The first option that is not one of `known`. `undefined` where all are. */
export const problem = (options: unknown, known: ReadonlyArray<string>): Problem | undefined => {
  const expected = known.join(", ")
  if (typeof options !== "object" || options === null || Described.isList(options)) {
    return { path: "options", message: `is ${Described.kind(options)}`, expected: "an object" }
  }
  try {
    const name = Object.keys(options).find((name) => !known.includes(name))
    if (name === undefined) return undefined
    const near = NearestName.find(name, known)
    return {
      path: Described.printable(Described.cut(name, 100)),
      message: `is not known${near === undefined ? "" : `: use ${near}`}`,
      expected
    }
  } catch (error) {
    return { path: "options", message: `cannot be read: ${TaggedMessage.of(error).message}`, expected }
  }
}

/** Throws where the options of an orchestrator have such a problem. */
export const check = (options: unknown, known: ReadonlyArray<string>): void => {
  const found = problem(options, known)
  if (found === undefined) return
  const { expected, message, path } = found
  throw new InvalidDefinition({ subject: "Orchestrator", problem: `${path} ${message}`, expected })
}
