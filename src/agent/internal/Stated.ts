/**
 * What a definition states, which a program without types may have made. Each of these throws `InvalidDefinition` where a part
 * of it is something else than it should be. `subject` is what is being defined, such as ``step `rows` ``.
 */
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Described from "../../internal/Described.ts"
import * as DurationInput from "../../internal/DurationInput.ts"
import { InvalidDefinition } from "../InvalidDefinition.ts"
import * as SparseList from "./SparseList.ts"
import * as TaggedMessage from "./TaggedMessage.ts"

/** Throws where `given` is not a function. `what` is its part of the definition, such as `execute`. */
export const checkFunction = (subject: string, what: string, given: unknown): void => {
  if (typeof given !== "function") throw wrong(subject, what, given, "a function")
}

/** Throws where `given` is not a schema. */
export const checkSchema = (subject: string, what: string, given: unknown): void => {
  if (!isSchema(given)) throw wrong(subject, what, given, "a schema")
}

const isSchema = Described.guard(Schema.isSchema)

/** Whether `given` is a layer. A value that throws when it is asked is not one. */
export const isLayer = Described.guard(Layer.isLayer)

/** A copy of the options of an agent or a pipeline. Throws where they cannot be read, or its schemas are something else. */
export const definition = <
  O extends Readonly<Record<"input" | "output", unknown>> & { readonly error?: unknown; readonly version?: unknown }
>(
  subject: string,
  given: O
): O => {
  const stated = options(subject, given)
  if ("hooks" in stated) {
    throw new InvalidDefinition({ subject, problem: "it states `hooks`", expected: "`Agent.hook`, which adds one" })
  }
  if (stated.version !== undefined && typeof stated.version !== "string") {
    throw wrong(subject, "`version`", stated.version, "a text")
  }
  checkSchema(subject, "`input`", stated.input)
  checkSchema(subject, "`output`", stated.output)
  if (stated.error !== undefined) checkSchema(subject, "`error`", stated.error)
  return stated
}

/** What `read` answers with. Throws where it meets a getter or a proxy that throws. `what` is what it reads. */
export const readable = <A>(subject: string, what: string, read: () => A): A => {
  try {
    return read()
  } catch (error) {
    throw new InvalidDefinition({ subject, problem: `its ${what} cannot be read: ${TaggedMessage.of(error).message}` })
  }
}

/**
 * A copy of options, each read once. Throws where they are not an object, or cannot be read. Options that may be left out are `{}`
 * where nothing is given.
 */
export const options = <O extends object>(subject: string, given: O): O => {
  if (typeof given !== "object" || given === null) throw wrong(subject, "options", given, "an object")
  return readable(subject, "options", () => ({ ...given }))
}

/** The items of a list. Throws where `given` is something else, or has a million empty places. `what` is what the list has. */
export const items = <A>(subject: string, what: string, given: ReadonlyArray<A>): ReadonlyArray<A> => {
  const wrongly = (problem: string) =>
    new InvalidDefinition({ subject, problem: `its ${what} are ${problem}`, expected: "a list" })
  if (!Described.isList(given)) throw wrongly(Described.kind(given))
  const read = readable(subject, what, () => SparseList.isSparse(given) ? undefined : Array.from(given))
  if (read === undefined) throw wrongly(SparseList.described)
  return read
}

/** How many may run at the same time, `Infinity` for any number. Throws for what is not a whole number of one or more. */
export const concurrency = (subject: string, given: number | "unbounded" | undefined): number => {
  if (given === "unbounded" || given === Infinity) return Infinity
  if (typeof given === "number" && Number.isSafeInteger(given) && given >= 1) return given
  throw new InvalidDefinition({
    subject,
    problem: `concurrency is ${Described.shown(given)}`,
    expected: `a whole number, at least 1, or "unbounded"`
  })
}

/** What an option is: a whole number from 0 or from 1, any number from 0 or above it, or a duration. */
type Bound = "count" | "places" | "amount" | "rate" | "duration"

/** Throws where an option that is there is not what `bounds` says of it, and names it. */
export const checkBounds = <O extends object>(
  subject: string,
  options: O,
  bounds: { readonly [Name in keyof O & string]?: Bound }
): void => {
  if (typeof options !== "object" || options === null) throw wrong(subject, "options", options, "an object")
  for (const [name, kind] of Object.entries<Bound | undefined>(bounds)) {
    const given: unknown = Reflect.get(options, name)
    if (given === undefined || kind === undefined) continue
    const { expected, is } = bound[kind]
    if (is(given)) continue
    throw new InvalidDefinition({ subject, problem: `${name} is ${Described.shown(given)}`, expected })
  }
}

const bound: Readonly<Record<Bound, { readonly is: (given: unknown) => boolean; readonly expected: string }>> = {
  count: { is: (given) => Number.isSafeInteger(given) && Number(given) >= 0, expected: "a whole number, at least 0" },
  places: { is: (given) => Number.isSafeInteger(given) && Number(given) >= 1, expected: "a whole number, at least 1" },
  amount: { is: (given) => Number.isFinite(given) && Number(given) >= 0, expected: "a number, at least 0" },
  rate: { is: (given) => Number.isFinite(given) && Number(given) > 0, expected: "a number above 0" },
  duration: { is: (given) => Option.isSome(DurationInput.read(given)), expected: DurationInput.expected }
}

const wrong = (subject: string, what: string, given: unknown, expected: string) =>
  new InvalidDefinition({
    subject,
    problem: `its ${what} ${what === "options" ? "are" : "is"} ${Described.kind(given)}`,
    expected
  })
