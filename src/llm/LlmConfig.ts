/**
 * The model that the configuration names, or the offline one.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as NearestName from "../internal/NearestName.ts"
import type { LlmServices } from "./LlmProvider.ts"
import * as Offline from "./offline/Offline.ts"
import { shown, UnusableModel } from "./UnusableModel.ts"

export { UnusableModel } from "./UnusableModel.ts"

/**
 * The model that `GREENLANG_MODEL` names as `provider/model`: `openai/...`, `anthropic/...`, `groq/...` and
 * `openrouter/...`, which want a key (`OPENAI_API_KEY` and so on), `ollama/...`, `vllm/...` and `llamacpp/...` on this
 * machine, or `offline`. Another server that speaks the same is reached by `OPENAI_BASE_URL` and so on; with that, a key is
 * optional. OpenAI itself gets `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID`, too.
 *
 * Without `GREENLANG_MODEL` it is `openai/gpt-4o-mini` where `OPENAI_API_KEY` or `OPENAI_BASE_URL` is set, else the offline
 * model: on a machine without a key nothing is sent anywhere.
 *
 * @category layers
 */
export const layer: Layer.Layer<
  LlmServices,
  Config.ConfigError | UnusableModel,
  HttpClient.HttpClient
> = Layer.unwrap(Effect.gen(function*() {
  const given = (yield* optional(Config.String("GREENLANG_MODEL"))) ?? (yield* reachable)
  if (given === undefined || given === "offline") return Offline.layer
  const [name = "", ...rest] = given.split("/")
  const server = Object.hasOwn(servers, name) ? servers[name] : undefined
  if (server === undefined) {
    const near = NearestName.find(name, Object.keys(servers))
    const guess = near === undefined ? "" : `, did you mean ${shown([near, ...rest].join("/"))}?`
    return yield* new UnusableModel({
      model: shown(given),
      problem: `there is no provider "${shown(name)}"${guess}`,
      possible
    })
  }
  const model = rest.join("/")
  if (model === "") {
    return yield* new UnusableModel({
      model: shown(given),
      problem: "it names no model",
      possible: [`${name}/<model>`]
    })
  }
  const prefix = name.toUpperCase()
  const baseUrl = yield* optional(Config.String(`${prefix}_BASE_URL`))
  if (baseUrl !== undefined && !/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? "")) {
    return yield* new UnusableModel({
      model: shown(given),
      problem: `${prefix}_BASE_URL is not an address`,
      possible: [`an address, as ${server.baseUrl}`]
    })
  }
  const apiKey = yield* optional(Config.Redacted(`${prefix}_API_KEY`))
  if (server.wantsKey && apiKey === undefined && baseUrl === undefined) {
    return yield* new UnusableModel({
      model: shown(given),
      problem: `${prefix}_API_KEY is not set`,
      possible: [`set ${prefix}_API_KEY`, ...possible.filter((other) => !other.startsWith(`${name}/`))]
    })
  }
  // The adapter is loaded by those who use it.
  if (name === "anthropic") {
    const Anthropic = yield* Effect.promise(() => import("./anthropic/Anthropic.ts"))
    return Anthropic.layer({ model, apiKey, baseUrl: baseUrl ?? server.baseUrl })
  }
  const OpenAiCompatible = yield* Effect.promise(() => import("./openai/OpenAiCompatible.ts"))
  const address = baseUrl ?? server.baseUrl
  const headers = URL.parse(address)?.origin === new URL(server.baseUrl).origin
    ? yield* headersOf(name)
    : {}
  return OpenAiCompatible.layer({ name, model, apiKey, baseUrl: address, headers })
}))

/**
 * `layer` over the HTTP client of the environment: all that a program needs to ask the model that the configuration names.
 *
 * @category layers
 */
export const layerHttp: Layer.Layer<
  LlmServices,
  Config.ConfigError | UnusableModel
> = Layer.unwrap(
  Effect.map(Effect.promise(() => import("../http/Http.ts")), (Http) => Layer.provide(layer, Http.layerConfig))
)

/** What OpenAI's own tools send with a key. Other servers do not get it. */
const headersOf = Effect.fnUntraced(function*(name: string) {
  if (name !== "openai") return {}
  const organization = yield* optional(Config.String("OPENAI_ORG_ID"))
  const project = yield* optional(Config.String("OPENAI_PROJECT_ID"))
  return {
    ...(organization === undefined ? {} : { "openai-organization": organization }),
    ...(project === undefined ? {} : { "openai-project": project })
  }
})

/** The model of the vendor whose key or address is set in the way that its own tools read. */
const reachable = Effect.gen(function*() {
  const key = yield* optional(Config.Redacted("OPENAI_API_KEY"))
  const address = yield* optional(Config.String("OPENAI_BASE_URL"))
  return key === undefined && address === undefined ? undefined : "openai/gpt-4o-mini"
})

const servers: Readonly<Record<string, { readonly baseUrl: string; readonly wantsKey: boolean } | undefined>> = {
  openai: { baseUrl: "https://api.openai.com/v1", wantsKey: true },
  anthropic: { baseUrl: "https://api.anthropic.com", wantsKey: true },
  groq: { baseUrl: "https://api.groq.com/openai/v1", wantsKey: true },
  openrouter: { baseUrl: "https://openrouter.ai/api/v1", wantsKey: true },
  ollama: { baseUrl: "http://localhost:11434/v1", wantsKey: false },
  vllm: { baseUrl: "http://localhost:8000/v1", wantsKey: false },
  llamacpp: { baseUrl: "http://localhost:8080/v1", wantsKey: false }
}

const possible = [...Object.keys(servers).map((name) => `${name}/<model>`), "offline"]

/** An empty variable is one that is not set. */
const optional = <A extends string | Redacted.Redacted>(config: Config.Config<A>) =>
  Effect.map(
    Config.option(config),
    (value) =>
      Option.getOrUndefined(
        Option.filter(value, (value) => Redacted.isRedacted(value) ? Redacted.value(value) !== "" : value !== "")
      )
  )
