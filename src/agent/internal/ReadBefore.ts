/**
 * Inputs that have been read already, and are not read again: a large one takes longer to read than a run.
 *
 * 1. What starts a run, such as an orchestrator, may have read its input.
 * 2. A pipeline, or a combinator, hands its input on: what it has read by a schema, an agent inside takes as read by that schema,
 *    unless to read it again would change it.
 */
import type * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { LiveRun, type ReadInput } from "./LiveRun.ts"
import * as RunPart from "./RunPart.ts"

/** What `schema` has made of `input` before `run`, `undefined` where it has not read it. */
export const of = (
  run: LiveRun,
  schema: Schema.Constraint,
  input: unknown,
  onExcessProperty: "error" | "ignore" = "ignore"
): Pick<ReadInput, "value"> | undefined => {
  if (isOf(run.given, schema, input, onExcessProperty)) return run.given
  const around = run.parent && RunPart.whole(run.parent)
  if (!(around instanceof LiveRun) || around.handsOn === undefined) return undefined
  if (isOf(around.given, schema, input, onExcessProperty)) return around.given
  const isRead = around.handsOn.ast === schema.ast && around.input === input && input !== undefined
  return isRead && SchemaAST.toType(schema.ast) === schema.ast ? { value: input } : undefined
}

const isOf = (
  given: ReadInput | undefined,
  schema: Schema.Constraint,
  input: unknown,
  onExcessProperty: "error" | "ignore"
): given is ReadInput =>
  given !== undefined && given.schema === schema && given.input === input && given.onExcessProperty === onExcessProperty
