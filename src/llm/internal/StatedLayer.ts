/**
 * Layers of models that a definition states, which a program without types may have made.
 */
import * as Stated from "../../agent/internal/Stated.ts"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as Described from "../../internal/Described.ts"

/** Throws `InvalidDefinition` where `given` is not a layer. `what` is its part of the definition, such as `provider`. */
export const check = (subject: string, what: string, given: unknown): void => {
  if (!Stated.isLayer(given)) {
    throw wrong(subject, what, given, "the layer of a model, such as OpenAiCompatible.layer(...)")
  }
}

/** Throws `InvalidDefinition` where `given` is not a list, or `checkMember` throws for one of its members. */
export const checkList = (
  subject: string,
  what: string,
  given: unknown,
  checkMember: (subject: string, what: string, member: unknown) => void
): void => {
  if (!Described.isList(given)) throw wrong(subject, what, given, "a list")
  for (const [at, member] of given.entries()) checkMember(subject, `${what}[${at}]`, member)
}

/** Throws `InvalidDefinition` where `given` is not a provider with its limits: `{ provider, limits }`. */
export const checkColumn = (subject: string, what: string, given: unknown): void => {
  if (typeof given !== "object" || given === null || Stated.isLayer(given)) {
    throw wrong(subject, what, given, "an object: { provider: the layer of a model, limits }")
  }
  check(subject, `${what}.provider`, Reflect.get(given, "provider"))
}

const wrong = (subject: string, what: string, given: unknown, expected: string) =>
  new InvalidDefinition({
    subject,
    problem: `its \`${what}\` is ${Stated.isLayer(given) ? "a layer" : Described.kind(given)}`,
    expected
  })
