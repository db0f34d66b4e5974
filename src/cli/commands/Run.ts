/**
 * `greenlang run`: one run of an agent or a pipeline, from its input to its result.
 */
import * as Console from "effect/Console"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Agent from "../../agent/Agent.ts"
import * as AgentResult from "../../agent/AgentResult.ts"
import * as BlockDetector from "../../observability/BlockDetector.ts"
import { PipelineEvent } from "../../pipeline/PipelineEvent.ts"
import { TimelineFold } from "../../pipeline/PipelineReport.ts"
import type * as Catalog from "../Catalog.ts"
import * as Input from "../Input.ts"
import * as Output from "../Output.ts"
import * as PageFile from "../PageFile.ts"
import * as Progress from "../Progress.ts"
import * as Report from "../Report.ts"
import * as RunEvents from "../RunEvents.ts"
import * as RunHistory from "../RunHistory.ts"
import * as SpecFile from "../SpecFile.ts"
import { UsageError } from "../UsageError.ts"

/**
 * Prints the result: `{ value, metadata }` as JSON, or a report as text, with progress on standard error. With `events`,
 * each event is one line of JSON, and the result the last one, as `{ "_tag": "Result", value, metadata }`. A failure is
 * told on standard error; the events then end with `RunEnded`. `report` is the file that the page of the run is written to.
 *
 * @category commands
 */
export const run = Effect.fnUntraced(function*(
  catalog: Catalog.Catalog,
  history: RunHistory.RunHistory | undefined,
  options: {
    readonly agent: string
    readonly source: Input.Source
    readonly choice: Output.Choice
    readonly events: boolean
    readonly report: Option.Option<string>
    readonly timeout: Option.Option<Duration.Duration>
  }
) {
  const { report } = options
  if (Option.isSome(report)) yield* PageFile.check(report.value)
  const { load, provide } = yield* SpecFile.find(catalog, options.agent, options.choice)
  const agent = yield* load
  const input = yield* Input.read(options.source, agent)
  const output = yield* Output.make(options.events ? { ...options.choice, json: true } : options.choice)
  const settings: Agent.RunOptions = {
    onExcessProperty: "error",
    ...(Option.isSome(options.timeout) ? { timeout: options.timeout.value } : {})
  }
  // a program that reads standard error is told of the run alone, however busy the machine is
  const detector = BlockDetector.layer({ logLevel: output.format === "json" ? "Info" : "Warn" })
  // the agent decodes what it is given, and says what is wrong with it
  const alone = Effect.provide(agent.run(input as never, settings), detector)
  const shown = Option.isNone(report) ? alone : PageFile.record(report.value, agent, input, alone)
  const running = history === undefined ? shown : RunHistory.record(history, agent, input, shown)
  if (options.events) return yield* runWithEvents(provide, agent, running, output)
  return yield* runAndShow(provide, agent, running, output)
})

/**
 * Runs, shows progress where people look on, and prints the result.
 *
 * @category running
 */
export const runAndShow = Effect.fnUntraced(function*(
  provide: Catalog.Entry["provide"],
  agent: Agent.Any,
  running: Effect.Effect<AgentResult.AgentResult<unknown>, unknown, unknown>,
  output: Output.Output
) {
  const seen = new TimelineFold()
  const shown = Effect.gen(function*() {
    const show = yield* progress(output)
    return yield* RunEvents.observe(agent, running, (event) => {
      seen.add(event)
      show(event)
    })
  })
  const result = yield* provide(Effect.scoped(shown)).pipe(Output.tell(output, agent.error))
  const encoded = yield* encode(agent, result)
  if (output.format === "json") return yield* Console.log(JSON.stringify(encoded, null, 2))
  const { columns } = yield* output.size
  const report = Report.render({ value: encoded.value, metadata: result.metadata }, {
    agent,
    schema: Schema.toJsonSchemaDocument(agent.output),
    timeline: seen.timeline,
    width: columns,
    style: output.style
  })
  if (output.animated) yield* Console.error("")
  yield* Console.log(report.join("\n"))
})

const runWithEvents = Effect.fnUntraced(function*(
  provide: Catalog.Entry["provide"],
  agent: Agent.Any,
  running: Effect.Effect<AgentResult.AgentResult<unknown>, unknown, unknown>,
  output: Output.Output
) {
  if (output.format === "text") return yield* new UsageError({ problem: "--events prints JSON, not text." })
  const console = yield* Console.Console
  const observed = RunEvents.observe(agent, running, (event) => console.log(JSON.stringify(toLine(event))))
  const result = yield* provide(observed).pipe(Output.tell(output, agent.error))
  yield* Console.log(JSON.stringify({ _tag: "Result", ...(yield* encode(agent, result)) }))
})

/** Events are made of what JSON knows, except the time of the start. */
const toLine = Schema.encodeSync(PipelineEvent)

/** The run has checked the value against the schema it is encoded by. */
const encode = (agent: Agent.Any, result: AgentResult.AgentResult<unknown>) =>
  Effect.map(
    Effect.orDie(Schema.encodeEffect(Schema.toCodecJson(AgentResult.schema(agent.output)))(result)),
    // what a JSON codec of a struct encodes to is an object of these keys
    (json) => json as { readonly value: Schema.Json; readonly metadata: Schema.Json }
  )

const progress = Effect.fnUntraced(function*({ animated, format, size, style }: Output.Output) {
  if (format === "json") return () => {}
  if (animated) return yield* Progress.live({ size, style })
  const console = yield* Console.Console
  return (event: PipelineEvent) => {
    const line = Progress.line(event)
    if (line !== undefined) console.error(line)
  }
})
