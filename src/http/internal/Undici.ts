/**
 * The HTTP client on undici, with connections that are closed at the same cost however many are open.
 *
 * Undici's own `Agent` counts all connections to a server whenever one of them closes, so that a thousand calls that are
 * given up at once cost a million of these counts. Connections through a proxy are undici's `EnvHttpProxyAgent`.
 */
import { Dispatcher, EnvHttpProxyAgent, Pool } from "@effect/platform-node/Undici"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import { secretNames } from "../../internal/SecretName.ts"
import * as Addresses from "./Addresses.ts"
import { BoundedBody } from "./BoundedBody.ts"
import { MaxBodyBytes } from "./CallScope.ts"
import * as RequestBody from "./RequestBody.ts"
import * as UndiciCall from "./UndiciCall.ts"

/** Connections to servers, for as long as they are used. */
class Connections extends Dispatcher {
  private readonly pools = new Map<string, Pool>()
  private readonly maxBodyBytes: number
  private readonly proxies: Dispatcher | undefined

  constructor(maxBodyBytes: number, proxies: Dispatcher | undefined) {
    super()
    this.maxBodyBytes = maxBodyBytes
    this.proxies = proxies
  }

  override dispatch(
    options: Dispatcher.DispatchOptions & { readonly maxBodyBytes?: number },
    handler: Dispatcher.DispatchHandler
  ): boolean {
    const { maxBodyBytes = this.maxBodyBytes, method, origin } = options
    const dispatcher = this.proxies ?? this.poolOf(String(origin))
    return dispatcher.dispatch(options, new BoundedBody(handler, maxBodyBytes, method))
  }

  override async close(): Promise<void> {
    await Promise.all([...this.all()].map((dispatcher) => dispatcher.close()))
  }

  override async destroy(): Promise<void> {
    await Promise.all([...this.all()].map((dispatcher) => dispatcher.destroy()))
  }

  private *all(): Iterable<Dispatcher> {
    yield* this.pools.values()
    if (this.proxies !== undefined) yield this.proxies
  }

  private poolOf(origin: string): Pool {
    const known = this.pools.get(origin)
    if (known !== undefined) return known
    const pool = new Pool(origin)
    let open = 0
    const closed = () => {
      if (open > 0 || pool.destroyed || pool.closed || pool.stats.pending > 0 || pool.stats.running > 0) return
      this.pools.delete(origin)
      void pool.close()
    }
    pool
      .on("connect", () => open++)
      .on("disconnect", () => {
        open--
        closed()
      })
      .on("connectionError", closed)
    this.pools.set(origin, pool)
    return pool
  }
}

/** As other programs do, the name in small letters goes first. An empty variable is one that is not set. */
const variable = (name: string) =>
  Config.String(name.toLowerCase()).pipe(
    Config.orElse(() => Config.String(name)),
    Config.withDefault("")
  )

const environment = Config.all({
  httpProxy: variable("HTTP_PROXY"),
  httpsProxy: variable("HTTPS_PROXY"),
  noProxy: variable("NO_PROXY")
})

/** A proxy without a scheme is reached by HTTP. */
const addressOf = (proxy: string): string => proxy === "" || /^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`

/**
 * The proxies that the configuration names, or `undefined`. Where one of them is not an address, all calls fail: the error
 * names the variable, not the address, which may hold a password.
 */
const proxies = Effect.gen(function*() {
  const { httpProxy, httpsProxy, noProxy } = yield* environment
  if (httpProxy === "" && httpsProxy === "") return undefined
  for (const [name, value] of [["HTTP_PROXY", httpProxy], ["HTTPS_PROXY", httpsProxy]] as const) {
    if (value !== "" && !URL.canParse(addressOf(value))) {
      return new Refusing(`${name} is not the address of a proxy, as http://proxy.example.com:3128`)
    }
  }
  return new EnvHttpProxyAgent({ httpProxy: addressOf(httpProxy), httpsProxy: addressOf(httpsProxy), noProxy })
}).pipe(Effect.catch(({ message }) => Effect.succeed(new Refusing(`the proxies cannot be read: ${message}`))))

/** Fails every call. */
class Refusing extends Dispatcher {
  private readonly problem: string

  constructor(problem: string) {
    super()
    this.problem = problem
  }

  override dispatch(): boolean {
    throw new Error(this.problem)
  }

  override async close(): Promise<void> {}
  override async destroy(): Promise<void> {}
}

/** What the client is made with. @category models */
export interface Settings {
  /** The longest body of an answer, where a call does not set `MaxBodyBytes`. */
  readonly maxBodyBytes: number
  /** How long the head is waited for, then the whole body, or each piece of one that is read as a stream. */
  readonly timeout: Duration.Duration
  /** How long all pieces of a body that is read as a stream are waited for. */
  readonly maxBodyTime: Duration.Duration
}

/**
 * Each request once, without redirects and retries.
 *
 * `HttpClient.make` adds what needs a tracer or a scope around the call: the span, the trace for the server, and
 * `HttpClient.withScope`. Where there is neither, none of it is set up.
 *
 * @category layers
 */
export const layer = ({ maxBodyBytes, ...times }: Settings): Layer.Layer<HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      Effect.acquireRelease(
        Effect.map(proxies, (proxies) => new Connections(maxBodyBytes, proxies)),
        (connections) => Effect.promise(() => connections.destroy())
      ),
      (connections) => {
        const send = sending(connections, times)
        const whole = HttpClient.make((request, url, signal, fiber) =>
          send(request, Addresses.make(url), fiber, signal)
        )
        const execute = (request: HttpClientRequest.HttpClientRequest) =>
          Effect.withFiber((fiber): Answered => {
            const isTraced = hasTrace(fiber)
            if (isTraced || Context.getOrUndefined(fiber.context, Scope.Scope) !== undefined) {
              return discreetly(whole.execute(request), isTraced)
            }
            const address = Addresses.of(request)
            return Result.isSuccess(address) ? send(request, address.success, fiber) : Effect.fail(
              new HttpClientError.HttpClientError({
                reason: new HttpClientError.InvalidUrlError({ request, cause: address.failure })
              })
            )
          })
        return HttpClient.makeWith(
          (request: Effect.Effect<HttpClientRequest.HttpClientRequest>) => Effect.flatMap(request, execute),
          Effect.succeed
        )
      }
    )
  )

type Answered = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

const sending = (connections: Connections, times: Omit<UndiciCall.Limit, "clock">) =>
(
  request: HttpClientRequest.HttpClientRequest,
  { origin, path, url }: Addresses.Address,
  fiber: Fiber.Fiber<unknown, unknown>,
  signal?: AbortSignal
): Answered => {
  const maxBodyBytes = fiber.getRef(MaxBodyBytes)
  const limit = { ...times, clock: fiber.getRef(Clock.Clock) }
  const sent = ({ body, headers }: RequestBody.RequestBody) =>
    UndiciCall.send(connections, request, url, signal, {
      method: request.method,
      origin,
      path,
      headers,
      body,
      headersTimeout: 0,
      bodyTimeout: 0,
      ...maxBodyBytes !== undefined && { maxBodyBytes }
    }, limit)
  const body = RequestBody.of(request)
  return Effect.isEffect(body) ? Effect.flatMap(body, sent) : sent(body)
}

/** A span that hides secrets where something collects spans, and none where nothing does. */
const discreetly = (call: Answered, isTraced: boolean): Answered =>
  isTraced
    ? Effect.updateService(call, Headers.CurrentRedactedNames, (names) => [...names, secretNames])
    : Effect.provideService(call, HttpClient.TracerDisabledWhen, always)

const always = () => true

const hasTrace = ({ cache }: Fiber.Fiber<unknown, unknown>): boolean =>
  cache.tracerEnabled && (cache.tracer !== undefined || isFromElsewhere(cache.span))

/** Whether the trace began in another process, which expects it to go on at the server. */
const isFromElsewhere = (span: Tracer.AnySpan | undefined): boolean =>
  span !== undefined
  && (span._tag === "ExternalSpan" || isFromElsewhere(span.parent._tag === "Some" ? span.parent.value : undefined))
