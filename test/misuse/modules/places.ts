/**
 * Places where text from elsewhere is recorded, reported or shown, each with all that is left there of a text. A secret in the
 * text is one that the place knows: of the input of the run, of the settings, or of the request that the server repeats.
 */
import { NodeServices } from "@effect/platform-node"
import { Cause, Effect, Fiber, Layer, Logger, Redacted, Schema, type Scope, Stream, Tracer } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { type Agent, Approval, Llm, LlmAgent, Pipeline, Run, Step, StepCache, Tool } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as LlmRecorder from "greenlang/llm/layers/LlmRecorder"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { History, Orchestrator, Policy } from "greenlang/orchestrator"
import * as HtmlReport from "greenlang/report/HtmlReport"
import { Cassette, HttpCassette, Reply, ScriptedLlm } from "greenlang/testing"
import * as Exchange from "greenlang/testing/Exchange"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Answers from "../../llm/wire/Answers.ts"
import * as Wire from "../../llm/wire/Wire.ts"
import { atHome } from "../../support/AtHome.ts"
import * as CommandLine from "../../support/CommandLine.ts"
import * as TimedLlm from "../../support/TimedLlm.ts"
import * as Unreadable from "../../support/Unreadable.ts"

/** All that is left at the place of `text`, in which `secret` may stand in any form. */
export type Place = (text: string, secret: string) => Effect.Effect<string, unknown, Scope.Scope>

class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {
  override get message() {
    return `refused: ${this.why}`
  }
}

const Input = Schema.Struct({
  key: Schema.RedactedFromValue(Schema.String),
  text: Schema.String,
  fails: Schema.Boolean
})

/** Writes its text wherever a run can write something. */
const Talks = Pipeline.make(
  "Talks",
  { version: "1.0.0", input: Input, output: Schema.Json, error: Refused },
  (input) => {
    const asks = Step.approval("asks", [input], ({ text }) => text).pipe(Step.orElse(() => Effect.void))
    const retries = Step.make("retries", [input], ({ text }) => Effect.fail(new Refused({ why: text })))
      .pipe(Step.retry({ times: 1 }), Step.orElse(() => Effect.succeed("gone without")))
    const notes = Step.make("notes", [input], ({ text }) =>
      Effect.all([
        Run.annotate("note", text),
        Run.emitToken(text),
        Run.cite({ kind: "calculation", step: "a", formula: text, inputs: {}, output: 1, unit: "kg" })
      ]))
    return Step.make(
      "last",
      [input, asks, retries, notes],
      ({ fails, text }) => fails ? Effect.fail(new Refused({ why: text })) : Effect.succeed({ said: text })
    )
  }
)

const approves = Layer.succeed(Approval, { ask: ({ text }) => Effect.succeed({ approved: true, comment: text }) })
const silent = Logger.layer([])

const orchestrated = (policies: ReadonlyArray<Policy.Policy> = [], history = History.layer()) =>
  Orchestrator.layer({ agents: [Talks], policies: policies as ReadonlyArray<Policy.Policy<never>> }).pipe(
    Layer.provideMerge(history),
    Layer.provide(Layer.fresh(Database.layerMemory)),
    Layer.provide(approves)
  ) as Layer.Layer<Orchestrator | History, unknown>

/** Runs an agent in an orchestrator: how it ended, and its events. */
const heard = Effect.fnUntraced(
  function*(name: string, input: unknown, options?: { readonly attributes: Readonly<Record<string, string>> }) {
    const { events, run } = yield* Orchestrator
    const seen: Array<unknown> = []
    const listening = yield* Effect.forkChild(
      Stream.runForEach(
        Stream.takeUntil(events, ({ _tag }) => _tag === "Ended"),
        (event) => Effect.sync(() => seen.push(event))
      ),
      { startImmediately: true }
    )
    const exit = yield* Effect.exit(run(name, input, options))
    yield* Fiber.join(listening)
    return { exit, seen }
  }
)

type Part = "entry" | "events" | "failure"

const ofRun = (
  part: Part,
  fails: boolean,
  layer: (text: string) => Layer.Layer<Orchestrator | History, unknown> = () => orchestrated()
): Place =>
(text, key) =>
  Effect.gen(function*() {
    const { exit, seen } = yield* heard("Talks", { key, text, fails }, { attributes: { note: text } })
    if (part === "events") {
      return JSON.stringify(seen)
    }
    if (part === "entry") {
      return JSON.stringify(yield* (yield* History).list())
    }
    return exit._tag === "Success"
      ? ""
      : JSON.stringify(
        exit.cause.reasons.filter(Cause.isFailReason).map(({ error }) =>
          "failures" in error ? error.failures : { ...error, message: error.message }
        )
      )
  }).pipe(Effect.provide([layer(text), silent]))

const keyed = {
  version: "1.0.0",
  input: Schema.Struct({ key: Schema.RedactedFromValue(Schema.String), text: Schema.String })
}

/** Its cache fails with the text. */
const Kept = Pipeline.make("Kept", { ...keyed, output: Schema.Finite }, (input) => {
  const text = Step.make("text", [input], ({ text }) => Effect.succeed(text), { output: Schema.String })
  return Step.make("kept", [text], () => Effect.succeed(1), { output: Schema.Finite }).pipe(
    Step.cached({ timeToLive: "1 hour" })
  )
})
const failingCache = (text: string): StepCache["Service"] => ({
  get: () => Effect.die(new Error(text)),
  set: () => Effect.void
})

const fails = Tool.make("fails", {
  description: "Fails",
  input: Schema.Struct({ text: Schema.String }),
  output: Schema.Finite,
  error: Refused,
  execute: ({ text }) => Effect.fail(new Refused({ why: text }))
})
const Calls = LlmAgent.make("Calls", { ...keyed, instructions: "Answer.", tools: [fails] })

/** The events of a run in an orchestrator. */
const eventsOf = <R>(
  agent: Agent.Agent<any, any, any, any>,
  input: { readonly key: string; readonly text: string },
  layer: Layer.Layer<R>
) =>
  Effect.gen(function*() {
    const { seen } = yield* heard(agent.name, input)
    return JSON.stringify(seen)
  }).pipe(
    Effect.provide([
      (Orchestrator.layer({ agents: [agent] }) as Layer.Layer<Orchestrator, unknown, History | R | StepCache>).pipe(
        Layer.provide(History.layer()),
        Layer.provide(Layer.fresh(Database.layerMemory)),
        Layer.provide(layer),
        Layer.provide(Layer.succeed(StepCache, failingCache(input.text)))
      ) as Layer.Layer<Orchestrator, unknown>,
      silent
    ])
  )

const pageOf = (fails: boolean): Place => (text, key) =>
  Effect.gen(function*() {
    let page = ""
    const write = (text: string) => Effect.sync(() => page = text)
    yield* Effect.exit(Talks.run({ key, text, fails }).pipe(HtmlReport.record(Talks, write), Effect.provide(approves)))
    return page
  })

const catalog = Catalog.make([Catalog.entry("Talks", Effect.succeed(Talks), approves)])

const command = (...flags: ReadonlyArray<string>): Place => (text, key) =>
  Effect.gen(function*() {
    const { folder } = yield* Unreadable.make(".html")
    const page = join(folder, "page.new.html")
    const args = ["run", "Talks", "-", ...flags.map((flag) => flag === "PAGE" ? page : flag)]
    const stdin = JSON.stringify({ key, text, fails: true })
    const { stderr } = yield* CommandLine.run(args, { catalog, stdin, columns: 200 })
    return existsSync(page) ? readFileSync(page, "utf8") : stderr
  }).pipe(Effect.provide(NodeServices.layer))

const http = Http.layer({ retries: 0 })

const modelAt = (format: Wire.Format, url: string, secret: string) =>
  (format === "openai"
    ? OpenAiCompatible.layer({ baseUrl: `${url}/v1`, model: "m", apiKey: Redacted.make(secret) })
    : Anthropic.layer({ baseUrl: url, model: "m", apiKey: Redacted.make(secret) })).pipe(Layer.provide(http))

const refusal = (format: Wire.Format, stream: boolean): Place => (text, secret) =>
  Effect.gen(function*() {
    const error = { type: "invalid_request_error", message: text }
    const { url } = yield* Wire.serve((response) => {
      if (!stream) return Wire.json(response, { type: "error", error }, 400)
      response.writeHead(200, { "content-type": "text/event-stream" })
      response.end(Wire.sse({ type: "error", error }))
    })
    const ask = stream ? Stream.runDrain(Llm.stream("hi")) : Effect.asVoid(Llm.generate("hi"))
    const failure = yield* Effect.flip(Effect.provide(ask, modelAt(format, url, secret)))
    return `${failure.message} ${JSON.stringify(failure)} ${String(failure.stack)}`
  })

const newFile = Effect.map(Unreadable.make(".json"), ({ folder }) => join(folder, "recorded.json"))
const ask = Effect.map(Llm.generate("hi"), ({ text }) => text)

const members: Readonly<Record<string, Place>> = {
  "the history of a run that answered": ofRun("entry", false),
  "the history of a run that failed": ofRun("entry", true),
  "the events of a run that answered": ofRun("events", false),
  "the events of a run that failed": ofRun("events", true),
  "the failure of a run": ofRun("failure", true),
  "the reason of a policy": ofRun(
    "failure",
    false,
    (text) => orchestrated([Policy.make("denies", () => Effect.succeed(Policy.deny(text)))])
  ),
  "the failure of a policy": ofRun(
    "events",
    false,
    (text) => orchestrated([Policy.make("broken", () => Effect.die(new Error(text)), { onPolicyError: "allow" })])
  ),
  "the history of a denied run": ofRun(
    "entry",
    false,
    (text) => orchestrated([Policy.make("denies", () => Effect.succeed(Policy.deny(text)))])
  ),
  "the failure of a history": ofRun("events", false, (text) =>
    orchestrated(
      [],
      Layer.succeed(History, {
        add: () => Effect.die(new Error(text)),
        find: () => Effect.succeedNone,
        list: () => Effect.succeed([])
      }) as never
    )),
  "the page of a run that answered": pageOf(false),
  "the page of a run that failed": pageOf(true),
  "what the command line reports of a failure": command("--format", "text"),
  "what the command line reports of a failure as JSON": command("--format", "json"),
  "the lines of events of the command line": command("--events"),
  "the page that the command line writes": command("--report", "PAGE"),
  "a refusal of openai": refusal("openai", false),
  "a refusal of anthropic": refusal("anthropic", false),
  "a stream that openai breaks off": refusal("openai", true),
  "a stream that anthropic breaks off": refusal("anthropic", true),
  "the record of a call to a model": (text, secret) =>
    Effect.gen(function*() {
      const records: Array<unknown> = []
      yield* Effect.provide(
        Llm.generate(text),
        LlmProvider.languageModel.pipe(
          Layer.provide(LlmRecorder.layer({
            sink: (record) => Effect.sync(() => records.push(record)),
            secrets: [Redacted.make(secret)]
          })),
          Layer.provide(TimedLlm.make(() => Effect.succeed({ text })).layer)
        )
      )
      return JSON.stringify(records)
    }),
  "a cassette": (text, secret) =>
    Effect.gen(function*() {
      const path = yield* newFile
      const provider = TimedLlm.make(() => Effect.succeed({ text })).layer
      const cassette = Cassette.layer({ path, provider, secrets: [Redacted.make(secret)] })
      yield* atHome(Effect.provide(Llm.generate(text), cassette))
      return readFileSync(path, "utf8")
    }),
  "a request that a cassette does not hold": (text, secret) =>
    Effect.gen(function*() {
      const path = yield* newFile
      const secrets = [Redacted.make(secret)]
      const provider = TimedLlm.make(() => Effect.succeed({ text: "x" })).layer
      yield* atHome(Effect.provide(ask, Cassette.layer({ path, provider, secrets })))
      const replay = Effect.flip(Llm.generate(text)).pipe(
        Effect.flatMap((error) => Effect.fail(error.message)),
        Effect.provide(Cassette.layerReplay({ path, secrets }))
      )
      return String(yield* Effect.flip(replay))
    }),
  "a cassette of HTTP": (text, secret) =>
    Effect.gen(function*() {
      const path = yield* newFile
      const { url } = yield* Wire.serve((response) => response.end(text))
      const request = HttpClientRequest.get(url).pipe(HttpClientRequest.setHeader("x-api-key", secret))
      yield* Effect.flatMap(HttpClient.execute(request), ({ text }) => text).pipe(
        Effect.provide(Layer.provide(HttpCassette.layerRecord({ path }), http)),
        atHome
      )
      return readFileSync(path, "utf8")
    }),
  "the journal of a fake provider": (text, secret) =>
    Effect.sync(() =>
      JSON.stringify(Exchange.begin({ method: "POST", url: "/v1", headers: { "x-api-key": secret }, text, now: 0 }))
    ),
  "the failure of a cache": (text, secret) =>
    eventsOf(Kept, { key: secret, text }, Layer.merge(ScriptedLlm.layer(), silent)),
  "the events of the tools of a model": (text, secret) =>
    eventsOf(Calls, { key: secret, text }, ScriptedLlm.layer(Reply.call("fails", { text }), "done"))
}

export const places: Readonly<Record<string, Place>> = members

/** The attributes of the spans of a request to this address, with these headers. */
export const spansOf = (address: string, headers: Readonly<Record<string, string>>) =>
  Effect.gen(function*() {
    const attributes: Array<unknown> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        attributes.push(span)
        return span
      }
    })
    const { url } = yield* Wire.serve((response) => Wire.json(response, Answers.hello.openai.whole))
    const request = HttpClientRequest.setHeaders(HttpClientRequest.get(`${url}${address}`), headers)
    yield* Effect.provide(HttpClient.execute(request), http).pipe(Effect.provideService(Tracer.Tracer, tracer))
    return JSON.stringify(attributes.map((span) => [...(span as Tracer.NativeSpan).attributes]))
  })
