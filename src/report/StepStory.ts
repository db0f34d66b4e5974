/**
 * All that is known of each step of a run: from its report, from what happened, and from the drawing of the pipeline.
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import type * as Run from "../agent/Run.ts"
import { isPipeline } from "../orchestrator/RunRecorder.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import type { StepReport } from "../pipeline/PipelineReport.ts"
import type * as Step from "../pipeline/Step.ts"
import * as Label from "../render/Label.ts"
import * as Value from "../render/Value.ts"

/** @category models */
export interface Failure {
  readonly _tag: string
  readonly message: string
}

/** An event of that tag. @category models */
export type Happened<Tag extends PipelineEvent["_tag"]> = Extract<PipelineEvent, { readonly _tag: Tag }>

/** Something that is known of a step, and where the units of its numbers stand. @category models */
export interface Told {
  readonly json: Schema.Json | undefined
  readonly node: Label.Node
}

/** @category models */
export interface StepStory {
  readonly report: StepReport
  /** The last name of its path. */
  readonly name: string
  /** How many pipelines stand around it, besides the outermost. */
  readonly depth: number
  /** The steps it waits for, as places in the list of all. */
  readonly after: ReadonlyArray<number>
  /** Whether the answer of the run waited for it. */
  readonly critical: boolean
  /** When another attempt began, and why. */
  readonly retries: ReadonlyArray<Happened<"StepRetried">>
  /** When it began to wait for a place in a pool, or for a person, whom it asked something. */
  readonly waits: ReadonlyArray<Happened<"StepWaiting" | "ApprovalAsked">>
  readonly decisions: ReadonlyArray<Happened<"ApprovalDecided">>
  /** When its answer was kept, where that was before this run. */
  readonly keptAt: DateTime.Utc | undefined
  readonly failure: Failure | undefined
  /** What a policy made an answer of. */
  readonly recoveredFrom: Failure | undefined
  /** What its agent was given. */
  readonly given: Told
  readonly answer: Told
  /** What it cited, and all that ran inside of it. */
  readonly citations: ReadonlyArray<Run.Citation>
  /** Its box, where the pipeline is known. */
  readonly box: Step.Any | undefined
}

/**
 * What the agent of a step was given and what the step answered, where their schemas can write that down, and what it cited.
 *
 * @category models
 */
export interface StepRecord {
  readonly given: Schema.Json | undefined
  readonly answer: Schema.Json | undefined
  readonly citations: ReadonlyArray<Run.Citation>
}

/**
 * Of every step, in the order of the reports. Events, records (by `keyOf` the path of the step) and the agent add what they
 * know.
 *
 * @category constructors
 */
export const make = (
  timeline: { readonly steps: ReadonlyArray<StepReport>; readonly criticalPath: ReadonlyArray<string> },
  known: {
    readonly events: Iterable<PipelineEvent>
    readonly records: ReadonlyMap<string, StepRecord>
    readonly agent: Agent.Any | undefined
  }
): ReadonlyArray<StepStory> => {
  const { criticalPath, steps } = timeline
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
  return steps.map((report): StepStory => {
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
      critical: path.length === 1 && criticalPath.includes(path[0]!),
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

/** An optional step answers with an `Option`, of which only the value is of interest. */
const answered = (json: Schema.Json | undefined, node: Label.Node): Told => {
  if (json === undefined || !Value.isObject(json)) return { json, node }
  const { _tag, value } = json
  if (_tag === "Some" && value !== undefined) return { json: value, node: Label.option(node) }
  return { json: _tag === "None" ? null : json, node }
}

type StepEvent = Extract<PipelineEvent, { readonly path: unknown }>

/** The same text for the same path. @category reading */
export const keyOf = (path: ReadonlyArray<string>): string => JSON.stringify(path)

/** The boxes of a pipeline and of those inside of it, each with its path. @category reading */
export const boxesOf = (
  agent: Agent.Any | undefined,
  path: ReadonlyArray<string> = []
): ReadonlyArray<readonly [key: string, box: Step.Any]> =>
  agent === undefined || !isPipeline(agent) ? [] : agent.steps.flatMap((step) => [
    [keyOf([...path, step.name]), step] as const,
    ...boxesOf(step.agent, [...path, step.name])
  ])
