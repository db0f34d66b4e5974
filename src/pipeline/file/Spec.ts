/**
 * A pipeline as its file draws it: read, but not yet held against the agents that there are.
 */
import type * as Duration from "effect/Duration"
import type * as Schema from "effect/Schema"
import * as Condition from "./Condition.ts"
import type { Reference } from "./Reference.ts"
import { inText, type Node, type Position } from "./Source.ts"

/** The file as a whole. */
export interface Spec {
  readonly name: string
  readonly version: string
  readonly description: string
  /** JSON Schema of the input. */
  readonly inputs: Node | undefined
  readonly concurrency: number
  readonly timeout: Duration.Duration | undefined
  readonly steps: ReadonlyArray<StepSpec>
  readonly output: Mapping | undefined
}

/** One entry of `steps`. */
export interface StepSpec {
  readonly node: Node
  readonly name: Named
  readonly agent: Named
  readonly input: Mapping | undefined
  readonly when: { readonly condition: Condition.Condition; readonly node: Node } | undefined
  readonly onConditionError: "fail" | "skip"
  readonly forEach: { readonly reference: Reference; readonly node: Node } | undefined
  /** How many items of `forEach` may run at the same time. */
  readonly concurrency: number
  readonly retry: Retry | undefined
  readonly timeout: Duration.Duration | undefined
  /** How long the answers of the agent are kept. */
  readonly cache: { readonly timeToLive: Duration.Duration; readonly node: Node } | undefined
  readonly onFailure: OnFailure
  readonly after: ReadonlyArray<Named>
}

/** A name, and where it stands. */
export interface Named {
  readonly name: string
  readonly node: Node
}

/** `delay` is that before the second attempt, and each later one takes `factor` times as long. */
export interface Retry {
  readonly times: number
  readonly delay: Duration.Duration
  readonly factor: number
}

/** What the run does when a step has failed: stop, leave out what waits for it, go on, or go on with `default`. */
export type OnFailure = "stop" | "skip" | "continue" | { readonly default: Schema.Json; readonly node: Node }

/** What a value is made of. */
export type Mapping =
  & { readonly node: Node }
  & (
    | { readonly _tag: "Literal"; readonly value: Schema.Json }
    | { readonly _tag: "LookUp"; readonly reference: Reference }
    | { readonly _tag: "Object"; readonly fields: ReadonlyArray<Field> }
    /** `spread` puts the items of a list in the place of the list. */
    | { readonly _tag: "List"; readonly items: ReadonlyArray<{ readonly spread: boolean; readonly mapping: Mapping }> }
  )

/** A key of an object that a mapping makes. */
export interface Field {
  readonly key: string
  readonly at: Position
  readonly mapping: Mapping
}

/** Every place that a mapping looks at. */
export const lookUps = (
  mapping: Mapping | undefined
): ReadonlyArray<{ readonly reference: Reference; readonly node: Node }> => {
  switch (mapping?._tag) {
    case "LookUp":
      return [mapping]
    case "Object":
      return mapping.fields.flatMap(({ mapping }) => lookUps(mapping))
    case "List":
      return mapping.items.flatMap(({ mapping }) => lookUps(mapping))
    default:
      return []
  }
}

/** The names of the steps that it waits for, and where each is said. */
export const waitsFor = (step: StepSpec): ReadonlyArray<Named> => [
  ...step.after,
  ...(step.when === undefined ? [] : Condition.references(step.when.condition).map(({ at, reference }) => ({
    reference,
    node: { ...step.when!.node, ...inText(step.when!.node, at) }
  }))).concat(step.forEach ?? [], lookUps(step.input)).flatMap(({ node, reference: { keys: [name], root } }) =>
    root === "results" && name !== undefined ? [{ name, node }] : []
  )
]
