/**
 * The answer that a tool loop ends on: what the model is shown, and how what it gave is read.
 *
 * 1. Text ends the loop, where it is whole and not empty.
 * 2. Any other output is given by a call of `final_answer`, which is offered beside the tools and costs no turn of its own.
 * 3. JSON that the model writes instead of a call is read, too.
 */
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type * as Agent from "../../agent/Agent.ts"
import * as AgentEvents from "../../agent/internal/AgentEvents.ts"
import * as Issue from "../../agent/Issue.ts"
import * as SafeJson from "../../internal/SafeJson.ts"
import { GrowingAnswer } from "./GrowingAnswer.ts"
import * as ObjectText from "./ObjectText.ts"

/** How the loop offers and reads an answer. */
export interface FinalAnswer {
  /** The tool that takes the answer. `undefined` where the answer is text. */
  readonly offer: AiTool.Any | undefined
  /** Reads what the model gave to the tool. Fails with what is wrong with it. */
  readonly read: (given: unknown) => Effect.Effect<unknown, string>
  /** Reads what the model wrote, and whether its answer was cut. Fails with what is wrong with it. */
  readonly readText: (text: string, isCut: boolean) => Effect.Effect<unknown, string>
  /** How often the model is asked for an answer that matches. */
  readonly attempts: number
}

/** The name of the tool that takes the answer. */
export const name = "final_answer"

/** How an answer of the schema `output` is offered and read, with at most `attempts` tries. */
export const make = (output: Agent.AnySchema, attempts: number): FinalAnswer => {
  if (isText(output)) {
    const read = reader(output)
    const readText = (text: string, isCut: boolean) =>
      isCut ? Effect.fail("the text is not whole") : text.trim() === "" ? Effect.fail("there is no text") : read(text)
    return { offer: undefined, read, readText, attempts }
  }
  // Vendors want tools to take objects.
  const shape: Agent.AnySchema = isObject(output) ? output : Schema.Struct({ answer: output })
  const decode = reader(shape)
  const read = (given: unknown) =>
    shape === output
      ? decode(given)
      : Effect.map(decode(given), (value) => (value as { readonly answer: unknown }).answer)
  const offer = AiTool.make(name, {
    description: "Gives your answer, once, when you know it. It ends your work.",
    parameters: shape as Schema.Codec<unknown>
  })
  if (!SafeJson.holdsSecrets(output)) shown.set(offer, shape === output ? itself : unboxed)
  return {
    offer,
    read,
    readText: (text, isCut) =>
      Effect.flatMap(
        Effect.try({
          try: (): unknown => JSON.parse(ObjectText.read(text, isCut)),
          catch: () => `it is text, not a call of ${name}`
        }),
        read
      ),
    attempts
  }
}

/** The offers whose answers may be shown as they grow, and what of the arguments is the answer. */
const shown = new WeakMap<AiTool.Any, (given: unknown) => unknown>()

const itself = (given: unknown) => given
const unboxed = (given: unknown) => Predicate.hasProperty(given, "answer") ? given.answer : undefined

/** The answer that is to be shown as it grows, where one of the tools of a request takes it. */
export const growing = (tools: ReadonlyArray<AiTool.Any>): GrowingAnswer | undefined => {
  for (const tool of tools) {
    const unbox = shown.get(tool)
    if (unbox !== undefined) return new GrowingAnswer(name, unbox)
  }
  return undefined
}

/** Says to listeners that an answer did not match. */
export const refused = (attempt: number, issues: string): Effect.Effect<void> =>
  AgentEvents.emitDetailed((path, at) => ({ _tag: "AnswerRefused", path, attempt, issues, at }))

const reader = (schema: Agent.AnySchema) => {
  const decode = Schema.decodeUnknownEffect(schema, { errors: "all" })
  return (given: unknown): Effect.Effect<unknown, string> =>
    Effect.mapError(
      decode(given),
      ({ issue }) =>
        Issue.describe(schema, issue).map(({ message, path }) => path === "" ? message : `${path}: ${message}`).join(
          "; "
        )
    )
}

/** Whether values of the schema are sent as text. */
const isText = (schema: Agent.AnySchema): boolean => SchemaAST.isString(SchemaAST.toEncoded(schema.ast))

const isObject = (schema: Agent.AnySchema): boolean => SchemaAST.isObjects(SchemaAST.toEncoded(schema.ast))
