/**
 * The details of each step of a run: from its report, from its events, and from the drawing of the pipeline.
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import type * as Run from "../agent/Run.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import type { StepReport } from "../pipeline/PipelineReport.ts"
import type * as Step from "../pipeline/Step.ts"
import * as Label from "../render/Label.ts"
import * as Value from "../render/Value.ts"
import * as Waiting from "../render/Waiting.ts"

/** @category models */
export interface Failure {
  readonly _tag: string
  readonly message: string
}

/** An event of that tag. @category models */
export type Happened<Tag extends PipelineEvent["_tag"]> = Extract<PipelineEvent, { readonly _tag: Tag }>

/** JSON, and the place of the schema that names the units of its numbers. @category models */
export interface LabelledJson {
  readonly json: Schema.Json | undefined
  readonly node: Label.Node
}

/** @category models */
export interface StepDetails {
  readonly report: StepReport
  /** The last name of its path. */
  readonly name: string
  /** The number of pipelines around it, besides the outermost. */
  readonly depth: number
  /** The shown steps that it waits for, as places in the list. */
  readonly after: ReadonlyArray<number>
  /** Whether the answer of the run waited for it. */
  readonly critical: boolean
  /** How long it waited after it was ready, where that was noticeable. */
  readonly wait: Waiting.Wait | undefined
  /** When another attempt began, and why. */
  readonly retries: ReadonlyArray<Happened<"StepRetried">>
  /** When it began to wait for a place in a pool, or for the answer of a person. */
  readonly waits: ReadonlyArray<Happened<"StepWaiting" | "ApprovalAsked">>
  readonly decisions: ReadonlyArray<Happened<"ApprovalDecided">>
  /** When its answer was made, where that was in an earlier run. */
  readonly keptAt: DateTime.Utc | undefined
  readonly failure: Failure | undefined
  /** The failure that a policy turned into an answer. */
  readonly recoveredFrom: Failure | undefined
  /** The input of its agent. */
  readonly given: LabelledJson
  readonly answer: LabelledJson
  /** Its citations, and those of all that ran inside it. */
  readonly citations: ReadonlyArray<Run.Citation>
  /** Its box, where the pipeline is known. */
  readonly box: Step.Any | undefined
}

/**
 * The input of the agent of a step and the answer of the step, where their schemas can encode them, and its citations.
 *
 * @category models
 */
export interface StepRecord {
  readonly given: Schema.Json | undefined
  readonly answer: Schema.Json | undefined
  readonly citations: ReadonlyArray<Run.Citation>
}

/**
 * The details of every step, in the order of the reports. `records` are by `keyOf` the path of the step.
 *
 * @category constructors
 */
export const make = (
  timeline: {
    readonly steps: ReadonlyArray<StepReport>
    /** Where `steps` are some of them. */
    readonly all?: ReadonlyArray<StepReport>
    readonly criticalPath: ReadonlyArray<string>
  },
  known: {
    readonly events: Iterable<PipelineEvent>
    readonly records: ReadonlyMap<string, StepRecord>
    readonly agent: Agent.Any | undefined
  }
): ReadonlyArray<StepDetails> => {
  const { steps } = timeline
  const criticalPath = new Set(timeline.criticalPath)
  const places = new Map(steps.map(({ path }, at) => [keyOf(path), at]))
  const boxes = new Map(boxesOf(known.agent))
  const happened = new Map<string, Array<StepEvent>>()
  for (const event of known.events) {
    if (!("path" in event)) continue
    const key = keyOf(event.path)
    const before = happened.get(key)
    if (before === undefined) happened.set(key, [event])
    else before.push(event)
  }
  const nodes = new Map<Agent.AnySchema | undefined, Label.Node>([[undefined, Label.root(undefined)]])
  const nodeOf = (schema: Agent.AnySchema | undefined): Label.Node => {
    const known = nodes.get(schema)
    if (known !== undefined || schema === undefined) return known!
    const node = Label.root(Schema.toJsonSchemaDocument(schema))
    nodes.set(schema, node)
    return node
  }
  const waits = Waiting.find(timeline.all ?? steps)
  return steps.map((report): StepDetails => {
    const { after, path } = report
    const key = keyOf(path)
    const events = happened.get(key) ?? []
    const box = boxes.get(key)
    const record = known.records.get(key)
    return {
      report,
      name: path.at(-1) ?? "",
      depth: path.length - 1,
      after: after.flatMap((name) => places.get(keyOf([...path.slice(0, -1), name])) ?? []),
      critical: path.length === 1 && criticalPath.has(path[0]!),
      wait: waits.get(report),
      retries: events.filter((event) => event._tag === "StepRetried"),
      waits: events.filter((event) => event._tag === "StepWaiting" || event._tag === "ApprovalAsked"),
      decisions: events.filter((event) => event._tag === "ApprovalDecided"),
      keptAt: events.findLast((event) => event._tag === "StepCached")?.keptAt,
      failure: events.findLast((event) => event._tag === "StepFailed")?.error,
      recoveredFrom: events.findLast((event) => event._tag === "StepFinished")?.recoveredFrom,
      given: { json: record?.given, node: nodeOf(box?.agent?.input) },
      answer: answered(record?.answer, nodeOf(box?.output)),
      citations: record?.citations ?? [],
      box
    }
  })
}

/** An optional step answers with an `Option`: its value is the answer. */
const answered = (json: Schema.Json | undefined, node: Label.Node): LabelledJson => {
  if (json === undefined || !Value.isObject(json)) return { json, node }
  const { _tag, value } = json
  if (_tag === "Some" && value !== undefined) return { json: value, node: Label.option(node) }
  return { json: _tag === "None" ? null : json, node }
}

type StepEvent = Extract<PipelineEvent, { readonly path: unknown }>

/** The same text for the same path. @category reading */
export const keyOf = (path: ReadonlyArray<string>): string => JSON.stringify(path)

/** The boxes of a pipeline and of the pipelines inside it, each with its path. @category reading */
export const boxesOf = (
  agent: Agent.Any | undefined,
  path: ReadonlyArray<string> = []
): ReadonlyArray<readonly [key: string, box: Step.Any]> =>
  agent === undefined || !Pipeline.isPipeline(agent) ? [] : agent.steps.flatMap((step) => [
    [keyOf([...path, step.name]), step] as const,
    ...boxesOf(step.agent, [...path, step.name])
  ])
