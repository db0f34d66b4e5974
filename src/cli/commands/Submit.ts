/**
 * `greenlang submit` submits a durable run.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as RunRecorder from "../../orchestrator/RunRecorder.ts"
import * as Printable from "../../render/Printable.ts"
import * as Catalog from "../Catalog.ts"
import { UsageError } from "../CliError.ts"
import type * as ConfigFile from "../ConfigFile.ts"
import * as DurableRuns from "../DurableRuns.ts"
import * as Input from "../Input.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import * as RunHistory from "../RunHistory.ts"
import * as Screen from "../Screen.ts"

/**
 * Prints the status of the run, or with `--wait` its result, as `{ value, metadata }`, and before that on standard error its id and what it
 * waits for. Fails with a `UsageError` where the key was used with another input, and where too many runs wait. The policies of the project are asked before, but for a key that is known; a refusal is
 * kept in the history.
 *
 * @category commands
 */
export const command = (source: ConfigFile.Source, history?: RunHistory.RunHistory) =>
  Command.make(
    "submit",
    {
      pipeline: Argument.String("pipeline").pipe(
        Argument.withDescription("Name of a pipeline: its newest version, or NAME@VERSION")
      ),
      ...Input.flags,
      key: Flag.String("key").pipe(
        Flag.withDescription("The same key is the same run. Default: a new run"),
        Flag.withMetavar("KEY"),
        Flag.optional
      ),
      wait: Flag.Boolean("wait").pipe(
        Flag.withDescription("Wait for the end, and print the result"),
        Flag.withDefault(false)
      ),
      file: DurableRuns.fileFlag,
      ...Output.flags
    },
    Effect.fnUntraced(function*({ file, format, input, json, jsonInput, key, pipeline: name, wait }) {
      const output = yield* Output.make({ format, json })
      const catalog = yield* source
      const entry = yield* Catalog.find(catalog, name)
      const pipeline = yield* entry.load
      const { isPipeline } = yield* Lazy.load(() => import("../../pipeline/Pipeline.ts"))
      if (!isPipeline(pipeline)) {
        return yield* new UsageError({
          problem: `${Printable.line(name)} is not a pipeline, and runs in process only.`
        })
      }
      const value = yield* Input.read({ json: jsonInput, file: input }, pipeline)
      const allowed = catalog.policies.length === 0 ? Effect.void : Effect.gen(function*() {
        const [AgentRun, recorder] = yield* Lazy.load(() =>
          Promise.all([import("../AgentRun.ts"), import("../../orchestrator/RunRecorder.ts")])
        )
        const sinks = history === undefined ? [] : [RunHistory.sink(history)]
        const refused = sinks.map(({ end }) => ({
          end: (recorded: RunRecorder.Recorded) => recorded.entry.outcome === "completed" ? Effect.void : end!(recorded)
        }))
        yield* Catalog.provide(
          entry,
          recorder.make({ agent: pipeline, sinks: refused }, (draft) =>
            Effect.as(AgentRun.allow(catalog.policies, pipeline, value, draft), { value: undefined }))
        )
      })
      const submitted = yield* DurableRuns.ask(output, file, (durable) =>
        Effect.gen(function*() {
          const { runs, submit } = yield* durable.Durable
          const isKnown = Option.isSome(key) &&
            (yield* runs({ pipeline: pipeline.name, key: key.value, limit: 1 })).length > 0
          if (!isKnown) {
            yield* allowed
          }
          const id = yield* submit(pipeline, value, { key: Option.getOrUndefined(key) })
          if (!wait) {
            return { status: yield* durable.status(id), result: undefined }
          }
          yield* Console.error(output.format === "json" ? Printable.json({ _tag: "Submitted", id }) : `run ${id}`)
          const said = DurableRuns.announce(output, file, durable.status(id))
          return { status: undefined, result: yield* Effect.raceFirst(durable.result(id, pipeline), said) }
        }), { error: pipeline.error, makes: true })
      if (submitted.status !== undefined) {
        return yield* DurableRuns.print(output, submitted.status)
      }
      const { metadata, value: answer } = submitted.result
      const { RunMetadata } = yield* Lazy.load(() =>
        import("../../agent/AgentResult.ts")
      )
      const SafeJson = yield* Lazy.load(() => import("../../internal/SafeJson.ts"))
      yield* Console.log(Screen.json({
        value: yield* SafeJson.toJson(pipeline.output, answer),
        metadata: yield* SafeJson.toJson(RunMetadata, metadata)
      }, 2))
    })
  ).pipe(
    Command.withDescription(
      "Submit a run of a pipeline, which a worker runs (greenlang worker). Once this command has ended, the run is not lost."
    ),
    Command.withShortDescription("Submit a durable run"),
    Command.withExamples([
      { command: "greenlang submit Invoice --input invoice.json --key 2026-7", description: "One run for the key" }
    ])
  )
