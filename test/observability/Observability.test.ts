import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Metric, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import { LlmAgent, LlmSettings, Pipeline, Step, Tool } from "greenlang"
import { Observability } from "greenlang/observability"
import { Reply, ScriptedLlm } from "greenlang/testing"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

class NoRoom extends Schema.TaggedError<NoRoom>()("NoRoom", {}) {}
const area = Tool.make("area", {
  description: "Area of a rectangle",
  input: Schema.Struct({ width: Schema.Finite }),
  output: Schema.Finite,
  error: NoRoom,
  execute: ({ width }) => width < 0 ? Effect.fail(new NoRoom()) : Effect.succeed(width * 2)
})
const Hall = LlmAgent.make("Hall", {
  version: "1.2.0",
  description: "Measures a hall",
  input: Schema.String,
  output: Schema.Struct({ squareMetres: Schema.Finite }),
  instructions: "Measure.",
  tools: [area]
})
const Prose = LlmAgent.make("Prose", { version: "1.0.0", input: Schema.Finite, instructions: "Say it." })
const Flow = Pipeline.make("Flow", { version: "1.0.0", input: Schema.String, output: Schema.String }, (text) => {
  const hall = Step.agent("hall", Hall, [text], (text) => text)
  return Step.agent("prose", Prose, [hall], ({ squareMetres }) => squareMetres)
})

const script = [
  {
    toolCalls: [{ name: "area", input: { width: 3 } }],
    usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 40, reasoningTokens: 5 }
  },
  Reply.call("final_answer", { squareMetres: 6 }),
  "It has 6."
]
const names = { provider: "openai", model: "gpt-4o-mini" }

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}
interface Span {
  readonly name: string
  readonly kind: number
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: ReadonlyArray<Attribute>
}
interface Point {
  readonly attributes: ReadonlyArray<Attribute>
  readonly asInt?: string | number
  readonly asDouble?: number
  readonly sum?: number
  readonly count?: string | number
}
interface Exported {
  readonly name: string
  readonly sum?: { readonly dataPoints: ReadonlyArray<Point> }
  readonly histogram?: { readonly dataPoints: ReadonlyArray<Point> }
}

const plain = ({ value }: Pick<Attribute, "value">): unknown => {
  const [kind, one] = Object.entries(value)[0]!
  return kind === "intValue"
    ? Number(one)
    : kind === "arrayValue"
    ? (one as { readonly values: ReadonlyArray<Attribute["value"]> }).values.map((value) => plain({ value }))
    : one
}
const attributesOf = (one: { readonly attributes: ReadonlyArray<Attribute> }) =>
  Object.fromEntries(one.attributes.map((attribute) => [attribute.key, plain(attribute)]))

/** A collector on loopback. It is read when what exports has ended, which sends the rest. */
const collector = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly bodies: Record<string, Array<any>>; readonly close: () => void }>(
    (resume) => {
      const bodies: Record<string, Array<any>> = { traces: [], metrics: [], logs: [] }
      const server = createServer((request: IncomingMessage, response: ServerResponse) => {
        let text = ""
        request.on("data", (piece) => text += piece)
        request.on("end", () => {
          bodies[request.url!.split("/").at(-1)!]?.push(JSON.parse(text))
          response.writeHead(200, { "content-type": "application/json" })
          response.end("{}")
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, bodies, close: () => server.close() }))
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

const exported = (options: Observability.Options = {}, env: Record<string, string> = {}) =>
  Effect.scoped(Effect.gen(function*() {
    const { bodies, url } = yield* collector
    const otlp = Observability.layerOtlp(options).pipe(
      Layer.provide(FetchHttpClient.layer),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: "halls", ...env }
      })))
    )
    const { metadata } = yield* Flow.run("How large?").pipe(
      Effect.provideService(LlmSettings, { temperature: 0, seed: 42 }),
      Effect.provide(Layer.merge(otlp, ScriptedLlm.layerAs(names, ...script))),
      // metrics of other tests stay out
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
    const spans: ReadonlyArray<Span> = bodies["traces"]!.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }: any) => scopeSpans.flatMap(({ spans }: any) => spans))
    )
    const metrics: ReadonlyArray<Exported> = bodies["metrics"]!.flatMap(({ resourceMetrics }) =>
      resourceMetrics.flatMap(({ scopeMetrics }: any) => scopeMetrics.flatMap(({ metrics }: any) => metrics))
    )
    return { bodies, metadata, metrics, spans }
  }))

/** The spans of the conventions, each behind those around it. */
const tree = (spans: ReadonlyArray<Span>): ReadonlyArray<string> => {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const isShown = ({ name }: Span) => /^(invoke_agent|execute_tool|chat) /.test(name)
  const pathOf = (span: Span | undefined): ReadonlyArray<string> =>
    span === undefined ? [] : [...pathOf(byId.get(span.parentSpanId ?? "")), ...(isShown(span) ? [span.name] : [])]
  return spans.filter(isShown).map((span) => pathOf(span).join(" > ")).toSorted()
}

const named = (
  metrics: ReadonlyArray<Exported>,
  name: string
): ReadonlyArray<Record<string, unknown> & { readonly value: number }> => {
  const points = metrics.filter((one) => one.name === name).flatMap(({ histogram, sum }) =>
    (sum ?? histogram)?.dataPoints ?? []
  )
  return points.map((point) => ({
    ...attributesOf(point),
    value: Number(point.asInt ?? point.asDouble ?? point.count),
    sum: point.sum
  }))
}

describe("Observability.layerOtlp", () => {
  it.live("gives a pipeline of two agents, a tool and three calls of a model as spans in the right tree [B152]", () =>
    Effect.gen(function*() {
      const { bodies, metadata, metrics, spans } = yield* exported()
      assert.deepStrictEqual(tree(spans), [
        "invoke_agent Flow",
        "invoke_agent Flow > invoke_agent Hall",
        "invoke_agent Flow > invoke_agent Hall > chat gpt-4o-mini",
        "invoke_agent Flow > invoke_agent Hall > chat gpt-4o-mini",
        "invoke_agent Flow > invoke_agent Hall > execute_tool area",
        "invoke_agent Flow > invoke_agent Prose",
        "invoke_agent Flow > invoke_agent Prose > chat gpt-4o-mini"
      ])
      const of = (name: string) => spans.filter((span) => span.name === name).map(attributesOf)
      const chats = of("chat gpt-4o-mini")
      const first = chats.find((one) => one["gen_ai.usage.reasoning.output_tokens"] !== undefined)
      assert.deepInclude(first, {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini",
        "gen_ai.request.temperature": 0,
        "gen_ai.request.seed": 42,
        "gen_ai.response.finish_reasons": ["tool-calls"],
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 40,
        "gen_ai.usage.reasoning.output_tokens": 5
      })
      assert.deepInclude(of("invoke_agent Hall")[0], {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "Hall",
        "gen_ai.agent.version": "1.2.0",
        "gen_ai.agent.description": "Measures a hall",
        "gen_ai.aggregated_usage.input_tokens": 200
      })
      assert.deepInclude(of("execute_tool area")[0], {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "area",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "call_1"
      })
      assert.isFalse(spans.some((span) => JSON.stringify(span).includes("It has 6.")))
      assert.isTrue(JSON.stringify(bodies["traces"]).includes("halls"))

      // Spans, counters and the run's own metadata add up to the same.
      const { usage } = metadata
      const summed = (key: string) => chats.reduce((sum, one) => sum + Number(one[key] ?? 0), 0)
      assert.deepStrictEqual(
        [summed("gen_ai.usage.input_tokens"), summed("gen_ai.usage.output_tokens"), chats.length],
        [usage.inputTokens, usage.outputTokens, usage.calls]
      )
      const counted = (kind: string) =>
        named(metrics, `gen_ai.client.inference.usage.${kind}`).reduce((sum, { value }) => sum + value, 0)
      assert.deepStrictEqual(
        ["input_tokens", "output_tokens", "cache_read.input_tokens", "reasoning.output_tokens"].map(counted),
        [usage.inputTokens, usage.outputTokens, usage.cachedInputTokens, usage.reasoningTokens]
      )
      const calls = named(metrics, "gen_ai.client.inference.duration")
      assert.deepStrictEqual(calls.map(({ value }) => value), [usage.calls])
      assert.deepStrictEqual(
        named(metrics, "gen_ai.invoke_agent.duration").map((one) => one["gen_ai.agent.name"]).toSorted(),
        ["Flow", "Hall", "Prose"]
      )
      const each = (name: string) =>
        named(metrics, name).map((one) => [one["gen_ai.agent.name"], one["sum"]]).toSorted()
      assert.deepStrictEqual(each("gen_ai.invoke_agent.inference_calls"), [["Flow", 3], ["Hall", 2], ["Prose", 1]])
      assert.deepStrictEqual(each("gen_ai.invoke_agent.tool_calls"), [["Flow", 1], ["Hall", 1], ["Prose", 0]])
      assert.deepInclude(named(metrics, "gen_ai.execute_tool.duration")[0], { "gen_ai.tool.name": "area", value: 1 })
    }))

  it.live("has prompts, answers and arguments only when they are asked for [B152]", () =>
    Effect.gen(function*() {
      const { spans } = yield* exported({ content: true })
      const text = JSON.stringify(spans)
      assert.include(text, "gen_ai.input.messages")
      assert.include(text, "It has 6.")
      assert.include(text, "gen_ai.tool.call.arguments")
    }))

  it.live("writes the names of 1.37 for backends that read those", () =>
    Effect.gen(function*() {
      const { metrics } = yield* exported({ conventions: "1.37" })
      const tokens = named(metrics, "gen_ai.client.token.usage")
      assert.deepStrictEqual(
        Object.fromEntries(tokens.map((one) => [one["gen_ai.token.type"], one.sum])),
        { input: 300, output: 60 }
      )
      assert.strictEqual(named(metrics, "gen_ai.client.operation.duration").length, 1)
      assert.strictEqual(named(metrics, "gen_ai.client.inference.duration").length, 0)
    }))

  it.live("exports nothing of a kind that the configuration turns off", () =>
    Effect.gen(function*() {
      const { bodies, spans } = yield* exported({}, { OTEL_METRICS_EXPORTER: "none" })
      assert.isAbove(spans.length, 0)
      assert.deepStrictEqual(bodies["metrics"], [])
    }))

  it.live("names what a tool failed with", () =>
    Effect.gen(function*() {
      const { bodies, url } = yield* collector
      const otlp = Observability.layerOtlp().pipe(
        Layer.provide(FetchHttpClient.layer),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url } })))
      )
      const model = ScriptedLlm.layer(
        Reply.call("area", { width: -1 }),
        Reply.call("final_answer", { squareMetres: 0 })
      )
      yield* Effect.provide(Hall.run("?"), Layer.merge(otlp, model))
      assert.match(JSON.stringify(bodies["traces"]), /execute_tool area.*"error.type","value":\{"stringValue":"NoRoom"/)
    }).pipe(Effect.scoped))
})
