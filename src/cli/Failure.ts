/**
 * Tells what a run failed with: as one tagged JSON object, or as text.
 */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { RunError } from "../agent/AgentError.ts"
import * as Style from "./Style.ts"
import * as Table from "./Table.ts"

/**
 * The first failure of a cause, with its tag, its message and, where `error` or its own class is the schema of it, its
 * fields. What is no typed failure is a `Defect`, whose message is all that is told.
 *
 * ```ts
 * import { Cause } from "effect"
 * import * as Failure from "greenlang/cli/Failure"
 *
 * Failure.toJson(Cause.die(new Error("boom")), undefined) // => { _tag: "Defect", message: "boom" }
 * ```
 *
 * @category encoding
 */
export const toJson = (
  cause: Cause.Cause<unknown>,
  error: Agent.AnySchema | undefined
): { readonly _tag: string; readonly message: string } => {
  const failed = Cause.findErrorOption(cause)
  if (Option.isNone(failed)) return { _tag: "Defect", message: messageOf(Cause.squash(cause)) }
  const told = { _tag: tagOf(failed.value), message: messageOf(failed.value) }
  for (const schema of schemasOf(failed.value, error)) {
    const encoded = Schema.encodeUnknownOption(Schema.toCodecJson(schema))(failed.value)
    if (Option.isSome(encoded) && isRecord(encoded.value)) return { ...told, ...encoded.value }
  }
  return told
}

/**
 * A mark, the tag, and the message with its lines below it, at most `width` cells wide.
 *
 * @category rendering
 */
export const toText = (cause: Cause.Cause<unknown>, style: Style.Style, width: number): string => {
  const { _tag, message } = toJson(cause, undefined)
  const [first = "", ...rest] = Style.harmless(message).split("\n").flatMap((line) => {
    const [start = "", ...more] = Table.wrap(line.trim(), width - 4)
    return [start, ...more.map((part) => `  ${part}`)]
  })
  return [`${style.red("✗")} ${style.bold(_tag)}`, `  ${first}`, ...rest.map((line) => `  ${line}`)].join("\n")
}

const schemasOf = (error: unknown, stated: Agent.AnySchema | undefined): ReadonlyArray<Agent.AnySchema> => {
  const own: unknown = isRecord(error) ? error.constructor : undefined
  // a tagged error is an instance of its own schema, which is one of data: it needs no service
  const ofClass = Schema.isSchema(own) ? [own as unknown as Agent.AnySchema] : []
  return [RunError, ...(stated === undefined ? [] : [stated]), ...ofClass]
}

const tagOf = (error: unknown): string => {
  if (!isRecord(error)) return "Failure"
  return "_tag" in error && typeof error["_tag"] === "string" ? error["_tag"] : error.constructor.name
}

const messageOf = (error: unknown): string =>
  isRecord(error) && "message" in error ? String(error["message"]) : String(error)

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null
