/**
 * One run of an agent by the command line: recorded once, and shown on the terminal, in the history and on a page.
 */
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as AgentResult from "../agent/AgentResult.ts"
import * as JsonOutput from "../agent/internal/JsonOutput.ts"
import type * as Tool from "../agent/Tool.ts"
import * as Redaction from "../internal/Redaction.ts"
import * as BlockDetector from "../observability/BlockDetector.ts"
import * as PolicyCheck from "../orchestrator/internal/PolicyCheck.ts"
import type * as Policy from "../orchestrator/Policy.ts"
import * as RunRecorder from "../orchestrator/RunRecorder.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import * as PipelineReport from "../pipeline/PipelineReport.ts"
import * as Printable from "../render/Printable.ts"
import * as Catalog from "./Catalog.ts"
import * as Output from "./Output.ts"
import * as Progress from "./Progress.ts"
import * as Report from "./Report.ts"
import * as Screen from "./Screen.ts"

/**
 * @category models
 */
export interface Options<R> {
  readonly agent: Agent.Any
  /** Provides what the agent needs. */
  readonly entry: Catalog.Entry
  /** Each is asked before the run. Default: none. */
  readonly policies?: ReadonlyArray<Policy.Policy<unknown>>
  /** Not decoded: the agent decodes it, and says what is wrong with it. */
  readonly input: unknown
  readonly output: Output.Output
  /** Prints each event as a line of JSON, and then the result as the last line. */
  readonly events?: boolean
  readonly settings?: Agent.RunOptions
  /** Runs the run, such as in a conversation. */
  readonly around?: <A, E, R>(run: Effect.Effect<A, E, R>) => Effect.Effect<A, unknown, R>
  /** What records the run besides the terminal. */
  readonly sinks?: ReadonlyArray<RunRecorder.Sink<R>>
}

/**
 * Runs the agent and prints the result. Reports a failure on standard error, and then fails with `AlreadyReported`.
 *
 * @category running
 */
export const run = Effect.fnUntraced(function*<R = never>(options: Options<R>) {
  const { agent, around = identity, entry, events = false, input, output, policies = [], settings, sinks = [] } =
    options
  let timeline = PipelineReport.fold([])
  let draft: RunRecorder.Draft | undefined
  const times: RunRecorder.Sink = { end: (recorded) => Effect.sync(() => timeline = recorded.timeline) }
  // a program that reads standard error gets only what the run reports, however busy the machine is; nor can a user change
  // an agent of the library
  const isOwn = output.format === "text" && entry.file !== undefined
  const detector = BlockDetector.layer({ logLevel: isOwn ? "Warn" : "Info" })
  const alone = Effect.provide(
    around(agent.run(input as never, { onExcessProperty: "error", ...settings })),
    detector
  )
  const recorded = Effect.flatMap(
    events ? eventLines : Progress.sink(output),
    (terminal) =>
      RunRecorder.make<AgentResult.AgentResult<unknown>, unknown, unknown, R>(
        { agent, sinks: [terminal, times, ...sinks] },
        (made) => Effect.andThen(allow(policies, agent, input, draft = made), alone)
      )
  )
  const { encoded, result } = yield* Catalog.provide(entry, Effect.scoped(recorded)).pipe(
    Effect.flatMap((result) => Effect.map(encode(agent, result), (encoded) => ({ encoded, result }))),
    Output.reportFailure(output, agent.error, () => draft?.redaction() ?? Redaction.make([], { byName: true }))
  )
  if (events) return yield* Console.log(Screen.whole({ _tag: "Result", ...encoded }))
  if (output.format === "json") return yield* Console.log(Screen.whole(encoded, 2))
  const { columns } = yield* output.size
  const report = Report.render({ value: encoded.value, metadata: result.metadata }, {
    agent,
    schema: Schema.toJsonSchemaDocument(agent.output),
    timeline,
    width: columns,
    style: output.style
  })
  if (output.animated) yield* Console.error("")
  yield* Console.log(report.join("\n"))
})

/**
 * An agent that calls one tool of `owner`: a run of its own, with its own citations.
 *
 * @category constructors
 */
export const ofTool = (owner: Agent.Any, tool: Tool.Any): Agent.Any =>
  Agent.make(Printable.line(tool.name).trim() || "tool", {
    version: owner.version,
    description: tool.description,
    input: tool.input,
    output: tool.output,
    ...(tool.error === undefined ? {} : { error: tool.error }),
    // the tool decodes its input, and says what is wrong with it
    validation: "off",
    execute: (input) => tool.call(input as never)
  })

/**
 * Asks `policies` about a run of `agent` in turn. Fails with `PolicyDenied` where one of them does not allow it.
 *
 * @category policies
 */
export const allow = Effect.fnUntraced(function*(
  policies: ReadonlyArray<Policy.Policy<unknown>>,
  agent: Agent.Any,
  input: unknown,
  draft: RunRecorder.Draft
) {
  if (policies.length === 0) return
  const { name, version } = agent
  const read = yield* RunRecorder.read(agent, input, draft)
  const kind = Pipeline.isPipeline(agent) ? "pipeline" as const : "agent" as const
  const request = { id: draft.id, agent: name, version, kind, input: read, attributes: {} }
  for (const policy of policies) {
    yield* PolicyCheck.ask(policy, request, {
      left: Duration.infinity,
      late: Effect.never,
      broken: (message) => Effect.sync(() => draft.failures.push({ _tag: "PolicyBroken", message })),
      redact: draft.redaction()
    })
  }
})

const eventLines = Effect.map(Console.Console, (console): RunRecorder.Sink => ({
  event: (event) => console.log(Screen.json(toLine(event)))
}))

/** Events hold JSON, except for the time of the start. */
const toLine = Schema.encodeSync(PipelineEvent)

const encode = (agent: Agent.Any, { metadata, value }: AgentResult.AgentResult<unknown>) =>
  Effect.all({ value: JsonOutput.ofRun(agent)(value), metadata: encodeMetadata(metadata) })

const encodeMetadata = Schema.encodeEffect(AgentResult.RunMetadata)
