/**
 * Traces, metrics and logs for any backend of OpenTelemetry, named by its conventions for generative AI.
 *
 * | what | span | metrics |
 * | --- | --- | --- |
 * | a run of an agent | `invoke_agent {agent}` | `gen_ai.invoke_agent.duration`; where a model was asked, `.inference_calls` and `.tool_calls` |
 * | a call of a tool by a model | `execute_tool {tool}` | `gen_ai.execute_tool.duration` |
 * | a call of a model | `chat {model}` | `gen_ai.client.inference.duration`, `gen_ai.client.inference.usage.*` |
 */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as OtlpExporter from "effect/observability/OtlpExporter"
import * as GenAi from "../internal/GenAi.ts"

/** @category models */
export interface Options {
  /**
   * The version of the names: `0.1.0` of the conventions for generative AI, or `1.37` of the general ones, for backends that
   * still read those. Default: `0.1.0`.
   */
  readonly conventions?: GenAi.Version
  /**
   * Whether spans have prompts, answers, and the arguments of tools, which may hold what is confidential. Default: no.
   */
  readonly content?: boolean
}

/**
 * How the spans and metrics of agents and models are named, and whether they have content. For a tracer of your own; `layerOtlp`
 * brings one.
 *
 * @category layers
 */
export const layerConventions = ({ content = false, conventions = "0.1.0" }: Options = {}): Layer.Layer<never> =>
  Layer.succeed(GenAi.Settings, { version: conventions, content })

/**
 * Exports traces, metrics and logs by OTLP, as the configuration says: `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SDK_DISABLED` and the other variables of
 * OpenTelemetry. Without an endpoint nothing is exported. `OTEL_TRACES_EXPORTER`, `OTEL_METRICS_EXPORTER` and
 * `OTEL_LOGS_EXPORTER` turn one kind off, by `none`. Default: `otlp`.
 *
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import { LlmAgent } from "greenlang"
 * import { Observability } from "greenlang/observability"
 * import { ScriptedLlm } from "greenlang/testing"
 *
 * const Poet = LlmAgent.make("Poet", { version: "1.0.0", input: Schema.String, instructions: "You write one line." })
 * const traced = Observability.layerOtlp({ content: true }).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * const run = Poet.run("a rose").pipe(Effect.provide([ScriptedLlm.layer("A rose."), traced]))
 * const { value } = await Effect.runPromise(run)
 * value // => "A rose."
 * ```
 *
 * @category layers
 */
export const layerOtlp = (
  options: Options = {}
): Layer.Layer<OtlpExporter.Flusher, never, HttpClient.HttpClient> =>
  Layer.merge(
    // Loaded where it is used: a program that exports nothing does not wait for it.
    Layer.unwrap(Effect.map(Effect.promise(() => import("./internal/OtlpExport.ts")), ({ layer }) => layer)),
    layerConventions(options)
  )
