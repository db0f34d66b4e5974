/**
 * The failure of a run: as one tagged JSON object, or as text.
 */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import { RunError } from "../agent/AgentError.ts"
import * as StepOrigin from "../agent/internal/StepOrigin.ts"
import * as TaggedMessage from "../agent/internal/TaggedMessage.ts"
import * as Redaction from "../internal/Redaction.ts"
import * as Printable from "../render/Printable.ts"
import * as Text from "../render/Text.ts"
import type * as Style from "./Style.ts"
import * as Table from "./Table.ts"
import * as ThrowPlace from "./ThrowPlace.ts"

/**
 * The first failure of a cause, with its tag, its message and, where `error` or its own class is its schema, its fields. A
 * defect has the tag `Defect` and no fields, and `at`, the place in the user's code that threw, such as `/app/src/read.ts:3:9`,
 * where its stack has one. `step` is the path of the step that failed. `hide` hides secrets. Default: what is named or looks like
 * one.
 *
 * ```ts
 * import { Cause } from "effect"
 * import * as Failure from "greenlang/cli/Failure"
 *
 * Failure.toJson(Cause.die("boom"), undefined) // => { _tag: "Defect", message: "boom" }
 * ```
 *
 * @category encoding
 */
export const toJson = (
  cause: Cause.Cause<unknown>,
  error: Agent.AnySchema | undefined,
  hide: Redaction.Redact = hideKnown
): TaggedMessage.TaggedMessage & { readonly at?: string; readonly step?: string } => {
  const failed = Cause.findErrorOption(cause)
  const path = StepOrigin.pathOf(cause)
  const step = path === undefined ? {} : { step: path.join(" / ") }
  if (Option.isNone(failed)) {
    const defect = Cause.squash(cause)
    const at = ThrowPlace.of(defect)
    return hide({ ...described(defect), ...step, ...(at === undefined ? {} : { at }), _tag: "Defect" })
  }
  const tagged = { ...described(failed.value), ...step }
  for (const schema of schemasOf(failed.value, error)) {
    const fields = encoded(schema, failed.value)
    if (fields !== undefined) return hide({ ...tagged, ...fields })
  }
  return hide(tagged)
}

/** A failure is shown, and may end in a log. */
const hideKnown = Redaction.make([], { byName: true })

/**
 * A mark, the tag, and the message with its lines below it, at most `width` cells wide.
 *
 * @category rendering
 */
export const toText = (
  cause: Cause.Cause<unknown>,
  style: Style.Style,
  width: number,
  hide: Redaction.Redact = hideKnown
): string => {
  const { _tag, at: place, message, step } = toJson(cause, undefined, hide)
  const ofStep = step === undefined || message.includes(`\`${step}\``) ? "" : `\nat step \`${step}\``
  const at = `${ofStep}${place === undefined ? "" : `\nat ${place}`}`
  const all = Printable.text(`${message.slice(0, mostLetters)}${at}`).split("\n")
  const [first = "", ...rest] = all.slice(0, mostLines).flatMap((line) => {
    const [start = "", ...more] = Table.wrap(line.trim(), width - 4)
    return [start, ...more.map((part) => `  ${part}`)]
  })
  const left = all.length > mostLines || message.length > mostLetters ? ["  …; --json prints all"] : []
  const tag = style.bold(Text.truncate(Printable.line(_tag), Math.max(8, width - 2)))
  return [`${style.red("✗")} ${tag}`, `  ${first}`, ...rest.map((line) => `  ${line}`), ...left].join("\n")
}

const mostLines = 100
const mostLetters = 20_000

const schemasOf = (error: unknown, stated: Agent.AnySchema | undefined): ReadonlyArray<Agent.AnySchema> => {
  const own = classOf(error)
  // a tagged error is an instance of its own schema, which needs no service
  const ofClass = Schema.isSchema(own) ? [own as unknown as Agent.AnySchema] : []
  return [RunError, ...(stated === undefined ? [] : [stated]), ...ofClass]
}

/** Errors come from anywhere: one with a getter that throws, or without an end, has no fields that could be shown. */
const encoded = (schema: Agent.AnySchema, error: unknown): Readonly<Record<string, Schema.Json>> | undefined => {
  try {
    const json = Schema.encodeUnknownOption(Schema.toCodecJson(schema))(error)
    if (Option.isNone(json) || typeof json.value !== "object" || json.value === null) return undefined
    JSON.stringify(json.value)
    return json.value as Readonly<Record<string, Schema.Json>>
  } catch {
    return undefined
  }
}

const classOf = (error: unknown): unknown => {
  try {
    return typeof error === "object" && error !== null ? error.constructor : undefined
  } catch {
    return undefined
  }
}

const described = (error: unknown): TaggedMessage.TaggedMessage => {
  try {
    const { _tag, message } = TaggedMessage.of(error)
    return { _tag: typeof error === "object" ? _tag : "Failure", message }
  } catch {
    return { _tag: "Failure", message: "An error that cannot be read" }
  }
}
