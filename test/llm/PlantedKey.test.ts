/**
 * A key and the token of a gateway, planted in the configuration, in headers, in the input of an agent and in what servers
 * say, and looked for wherever anything is reported, written or kept.
 */
import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import type { LanguageModelV4 } from "@ai-sdk/provider"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Logger, Redacted, References, Result, Schema, Stream, Tracer } from "effect"
import { AiError, type LanguageModel } from "effect/ai"
import type { HttpClient } from "effect/http"
import { Otlp } from "effect/observability"
import { Agent, Llm, LlmProvider } from "greenlang"
import { AiSdk } from "greenlang/ai-sdk"
import type * as HttpClientFetch from "greenlang/ai-sdk/HttpClientFetch"
import * as Database from "greenlang/database/Database"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as AnthropicBatch from "greenlang/llm/anthropic/AnthropicBatch"
import * as LlmRecorder from "greenlang/llm/layers/LlmRecorder"
import * as LlmBatch from "greenlang/llm/LlmBatch"
import * as OpenAiBatch from "greenlang/llm/openai/OpenAiBatch"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import { Cassette, FakeBatch, FakeProvider, Fault, HttpCassette } from "greenlang/testing"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { atHome } from "../support/AtHome.ts"
import * as Binary from "../support/Binary.ts"
import * as CommandLine from "../support/CommandLine.ts"

// Neither looks like the key of a vendor, so that no pattern finds them.
const key = "planted-4711-key"
const token = "gate-0815-pass"
const apiKey = Redacted.make(key)
const secrets = [apiKey, Redacted.make(token)]
const headers = { "x-gateway-token": token, authorization: `Bearer ${token}` }
const said = `no ${key}, no ${token}`

/** All that was left behind, with where. */
class Traces {
  readonly texts: Array<readonly [where: string, text: string]> = []

  add(where: string, ...things: ReadonlyArray<unknown>): void {
    for (const thing of things) {
      this.texts.push([where, typeof thing === "string" ? thing : inspect(thing, { depth: 12, showHidden: true })])
      if (typeof thing === "object") this.texts.push([where, JSON.stringify(thing) ?? ""])
    }
  }

  /** The bytes of every file, that of a database and what lies beside it. */
  addFiles(folder: string): void {
    for (const file of readdirSync(folder)) this.add(`the file ${file}`, readFileSync(join(folder, file), "latin1"))
  }

  assertNothing(secrets: ReadonlyArray<string> = [key, token]): void {
    for (const [where, text] of this.texts) {
      for (const secret of secrets) {
        const at = text.indexOf(secret)
        if (at >= 0) assert.fail(`${secret} stands in ${where}: ...${text.slice(Math.max(0, at - 200), at + 50)}`)
      }
    }
  }
}

/** Every log line at every level, and every span with its attributes, events and end. */
const watching = (traces: Traces) => {
  const logger = Logger.make((options) => {
    traces.add("a log", options.message, Cause.pretty(options.cause), Logger.formatLogFmt.log(options))
    traces.add("a log", Logger.formatJson.log(options), Logger.formatSimple.log(options))
  })
  const tracer = Effect.map(Effect.tracer, (native) => {
    const spans: Array<Tracer.Span> = []
    return Tracer.make({
      span: (options) => {
        const span = native.span(options)
        const { event, end } = span
        span.event = (name, startTime, attributes) => {
          traces.add(`an event of the span ${options.name}`, name, attributes)
          event.call(span, name, startTime, attributes)
        }
        span.end = (time, exit) => {
          traces.add(`the span ${options.name}`, [...span.attributes], exit)
          if (Exit.isFailure(exit)) traces.add(`the span ${options.name}`, Cause.pretty(exit.cause))
          end.call(span, time, exit)
        }
        spans.push(span)
        return span
      }
    })
  })
  return <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.flatMap(tracer, (tracer) =>
      self.pipe(
        Effect.withTracer(tracer),
        Effect.provide(Logger.layer([logger])),
        Effect.provideService(References.MinimumLogLevel, "All")
      ))
}

interface Vendor {
  readonly provider: (baseUrl: string) => Layer.Layer<LlmProvider, never, HttpClient.HttpClient>
  readonly batch?: (baseUrl: string) => Layer.Layer<LlmBatch.LlmBatch, never, HttpClient.HttpClient>
  /** What the command line calls it. */
  readonly named?: string
}

const bridged = (model: (baseURL: string, fetch: HttpClientFetch.Fetch) => LanguageModelV4): Vendor => ({
  provider: (baseUrl) => AiSdk.layerProvider({ model: (fetch) => model(baseUrl, fetch) })
})
const sent = { apiKey: key, headers: { "x-gateway-token": token } }

const vendors: Readonly<Record<string, Vendor>> = {
  openai: {
    provider: (baseUrl) => OpenAiCompatible.layerProvider({ baseUrl, model: "m", apiKey, headers }),
    batch: (baseUrl) => OpenAiBatch.layer({ baseUrl, model: "m", apiKey, headers }),
    named: "openai"
  },
  anthropic: {
    provider: (baseUrl) => Anthropic.layerProvider({ baseUrl, model: "m", apiKey, headers }),
    batch: (baseUrl) => AnthropicBatch.layer({ baseUrl, model: "m", apiKey, headers }),
    named: "anthropic"
  },
  "@ai-sdk/openai, chat": bridged((baseURL, fetch) => createOpenAI({ ...sent, baseURL, fetch }).chat("m")),
  "@ai-sdk/openai, responses": bridged((baseURL, fetch) => createOpenAI({ ...sent, baseURL, fetch }).responses("m")),
  "@ai-sdk/anthropic": bridged((baseURL, fetch) => createAnthropic({ ...sent, baseURL, fetch })("m")),
  "@ai-sdk/openai-compatible": bridged((baseURL, fetch) =>
    createOpenAICompatible({ ...sent, name: "someone", baseURL, fetch })("m")
  )
}

const failures: Readonly<Record<string, Fault.Fault>> = {
  "401 that repeats the key": Fault.status(401),
  "400 that repeats both": Fault.raw({ status: 400, body: { error: { message: said, param: key, type: token } } }),
  "403 in another shape": Fault.raw({ status: 403, body: { error: said } }),
  "429": Fault.rateLimited("1 second"),
  "500 as a page": Fault.raw({ status: 500, body: `<html>${said}</html>`, headers: { "x-echo": said } }),
  "a failure in a success": Fault.raw({ body: { error: { message: said, code: 500 }, type: "error", content: 1 } }),
  "an answer off its schema": Fault.raw({ body: { choices: said, content: said, status: [said] } }),
  "no JSON": Fault.raw({ body: `{"choices": ${said}` }),
  "a failure in a stream": Fault.raw({
    headers: { "content-type": "text/event-stream" },
    body: `data: ${JSON.stringify({ type: "error", error: { message: said } })}\n\n`
  }),
  "a broken stream": Fault.raw({
    headers: { "content-type": "text/event-stream" },
    body: `data: {"type": ${said}\n\n`
  }),
  "a reset": Fault.reset("Hello, you there"),
  "silence": Fault.silence
}

const Asks = Agent.make("Asks", {
  version: "1.0.0",
  input: Schema.Struct({ token: Schema.RedactedFromValue(Schema.String), streams: Schema.Boolean }),
  output: Schema.Struct({ token: Schema.RedactedFromValue(Schema.String), text: Schema.String }),
  error: AiError.AiError,
  execute: ({ streams, token }): Effect.Effect<
    { readonly token: typeof token; readonly text: string },
    AiError.AiError,
    LanguageModel.LanguageModel
  > => {
    const prompt = `with ${token}`
    const text = streams
      ? Stream.mkString(Llm.streamText(prompt))
      : Effect.map(Llm.generate(prompt), ({ text }) => text)
    return Effect.map(text, (text) => ({ token, text })).pipe(
      Effect.tapCause((cause) => Effect.logError("it failed", cause, { token })),
      Effect.withSpan("asked", { attributes: { token } })
    )
  }
})

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "planted-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

describe("A planted key", () => {
  for (const [name, vendor] of Object.entries(vendors)) {
    it.live(`is in nothing that ${name} leaves behind, however it fails [B183]`, () =>
      Effect.gen(function*() {
        const traces = new Traces()
        const path = yield* folder
        const { baseUrl, journal, script } = yield* FakeProvider
        const http = Http.layer({ retries: 0, timeout: "1 second" })
        const recorded = LlmProvider.languageModel.pipe(
          Layer.provide(Cassette.layerRecord({ path: join(path, "cassette.json"), secrets })),
          Layer.provide(
            LlmRecorder.layer({ secrets, sink: (record) => Effect.sync(() => traces.add("a record", record)) })
          ),
          Layer.provide(vendor.provider(baseUrl)),
          Layer.provide(HttpCassette.layerRecord({ path: join(path, "http.json"), secrets })),
          Layer.provide(http)
        )
        const plain = Layer.provide(LlmProvider.languageModel, Layer.provide(vendor.provider(baseUrl), http))
        for (const model of [recorded, plain]) {
          yield* Effect.gen(function*() {
            const orchestrator = yield* Orchestrator
            let failed = 0
            for (const [kind, fault] of [...Object.entries(failures), ["well", "Hello"]] as const) {
              for (const streams of [false, true]) {
                yield* script(fault)
                const exit = yield* Effect.exit(orchestrator.run("Asks", { token: key, streams }))
                traces.add(`the end after ${kind}`, exit)
                if (Exit.isSuccess(exit)) {
                  traces.add(`the answer after ${kind}`, exit.value.json)
                  continue
                }
                failed++
                const error = Cause.squash(exit.cause)
                traces.add(`the error after ${kind}`, error, Cause.pretty(exit.cause), String(error))
                assert.notStrictEqual(kind, "well")
              }
            }
            assert.isAtLeast(failed, 2 * (Object.keys(failures).length - 2))
          }).pipe(
            Effect.provide(
              Orchestrator.layer({ agents: [Asks] }).pipe(
                Layer.provide(model),
                Layer.provide(History.layer()),
                Layer.provide(Database.layerSqlite({ filename: join(path, "history.db") }))
              )
            ),
            watching(traces)
          )
        }
        traces.add("the journal", yield* journal)
        traces.addFiles(path)
        const all = traces.texts.map(([where]) => where).join()
        for (const where of ["history.db", "cassette.json", "http.json", "a record", "a log", "an event of the span"]) {
          assert.include(all, where)
        }
        assert.isTrue(traces.texts.some(([, text]) => text.includes("no <redacted>, no <redacted>")))
        traces.assertNothing()
      }).pipe(Effect.provide(FakeProvider.layer()), atHome))

    const { batch, named } = vendor
    it.live(`is in no error of ${name} when it stands in the address`, () =>
      Effect.gen(function*() {
        const traces = new Traces()
        const password = "door-2342-word"
        const { baseUrl, script } = yield* FakeProvider
        // The AI SDK's packages send nothing to such an address, as `fetch` does not.
        const faults = named === undefined ? [] : [
          Fault.raw({ status: 400, body: { error: { message: `no ${password}` } } }),
          Fault.reset("Hello, you"),
          Fault.silence
        ]
        yield* script(...faults)
        const model = LlmProvider.languageModel.pipe(
          Layer.provide(vendor.provider(baseUrl.replace("//", `//user:${password}@`))),
          Layer.provide(Http.layer({ retries: 0, timeout: "500 millis" }))
        )
        for (let call = 0; call < Math.max(faults.length, 1); call++) {
          const exit = yield* Effect.exit(Asks.run({ token, streams: false })).pipe(
            Effect.provide(model),
            watching(traces)
          )
          assert(Exit.isFailure(exit))
          traces.add("the error", exit, Cause.pretty(exit.cause), JSON.stringify(Cause.squash(exit.cause)))
        }
        traces.assertNothing([password, key])
      }).pipe(Effect.provide(FakeProvider.layer())))

    if (batch !== undefined) {
      it.live(`is in no batch of ${name}`, () =>
        Effect.gen(function*() {
          const traces = new Traces()
          const { baseUrl, journal, script } = yield* FakeProvider
          const ends: ReadonlyArray<readonly [string, FakeBatch.FakeBatch | Fault.Fault]> = [
            ...Object.entries(failures).filter(([kind]) => !kind.includes("stream")),
            ...Object.entries(failures).flatMap(([kind, fault]) => [
              [`${kind}, when asked how it stands`, FakeBatch.make({ answers: ["a"], polls: [fault] })] as const,
              [`${kind}, for answers`, FakeBatch.make({ answers: ["a"], fetches: [fault] })] as const
            ])
          ]
          for (const [kind, end] of ends) {
            yield* script(end)
            const exit = yield* LlmBatch.generate(["hi"], { pause: "1 millis", within: "1 second" }).pipe(
              Effect.provide(Layer.provide(batch(baseUrl), Http.layer({ retries: 0, timeout: "500 millis" }))),
              Effect.tapCause((cause) => Effect.logError("it failed", cause)),
              Effect.exit,
              watching(traces)
            )
            traces.add(`a batch that ends by ${kind}`, exit)
            if (Exit.isFailure(exit)) traces.add(kind, Cause.pretty(exit.cause), Cause.squash(exit.cause))
            else traces.add(kind, exit.value.map(Result.merge))
          }
          traces.add("the journal", yield* journal)
          traces.assertNothing()
        }).pipe(Effect.provide(FakeProvider.layer())))
    }

    it.live(`is in nothing that is exported while ${name} fails`, () =>
      Effect.gen(function*() {
        const traces = new Traces()
        const collector = yield* Effect.acquireRelease(
          Effect.callback<ReturnType<typeof createServer>>((resume) => {
            const server = createServer((request, response) => {
              let body = ""
              request.on("data", (piece) => body += piece).on("end", () => {
                traces.add(`the export ${request.url}`, body)
                response.end("{}")
              })
            }).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
          }),
          (server) =>
            Effect.sync(() => server.closeAllConnections()).pipe(Effect.andThen(Effect.sync(() => server.close())))
        )
        const { baseUrl, script } = yield* FakeProvider
        const exporting = Otlp.layerJson({
          baseUrl: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
          resource: { serviceName: "planted" }
        }).pipe(Layer.provide(Http.layer()))
        yield* Effect.forEach(Object.values(failures), (fault) =>
          Effect.andThen(script(fault), Effect.exit(Asks.run({ token: key, streams: false })))).pipe(
            Effect.provide(
              LlmProvider.languageModel.pipe(
                Layer.provide(vendor.provider(baseUrl)),
                Layer.provide(Http.layer({ retries: 0, timeout: "500 millis" })),
                Layer.provideMerge(exporting)
              )
            ),
            Effect.provideService(References.MinimumLogLevel, "All")
          )
        const all = traces.texts.map(([where]) =>
          where
        ).join()
        for (const where of ["/v1/traces", "/v1/logs"]) assert.include(all, where)
        traces.assertNothing()
      }).pipe(Effect.provide(FakeProvider.layer())))

    if (named === undefined) continue
    it.live(
      `is in no output of the command line, and in no row of its history, with ${name}`,
      () =>
        Effect.gen(function*() {
          const traces = new Traces()
          const path = yield* folder
          const { baseUrl, script } = yield* FakeProvider
          const vendorName = named.toUpperCase()
          const env = {
            GREENLANG_MODEL: `${named}/m`,
            [`${vendorName}_API_KEY`]: key,
            [`${vendorName}_BASE_URL`]: baseUrl,
            GREENLANG_DATABASE: join(path, "history.db"),
            GREENLANG_HTTP_RETRIES: "0"
          }
          const gas = JSON.stringify({ fuel_type: "natural_gas", amount: 1000, unit: "therm", country: "US" })
          const kinds = ["401 that repeats the key", "400 that repeats both", "no JSON"]
          for (const [at, kind] of kinds.entries()) {
            yield* script(failures[kind]!)
            const args = ["run", "FuelAgentAI", gas, "--log-level", "all"]
            // once as a process: a start costs more than the run
            const { code, stderr, stdout } = yield* (at === 0
              ? Effect.promise(() => Binary.run(args, { env }))
              : CommandLine.run(args, { env }))
            assert.strictEqual(code, 1)
            traces.add(`the output of run after ${kind}`, stdout, stderr)
          }
          const listed = yield* CommandLine.run(["history", "--json"], { env })
          traces.add("the output of history", listed.stdout, listed.stderr)
          assert.include(listed.stdout, "FuelAgentAI")
          traces.addFiles(path)
          // The command line has no header of its own, and knows of no token.
          traces.assertNothing([key])
        }).pipe(Effect.provide(FakeProvider.layer()))
    )
  }
})
