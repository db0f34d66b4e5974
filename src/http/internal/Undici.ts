/**
 * The HTTP client on undici, with connections that are closed at the same cost however many are open.
 *
 * Undici's own `Agent` counts all connections to a server whenever one of them closes, so that a thousand calls that are
 * given up at once cost a million of these counts. Connections through a proxy are undici's `EnvHttpProxyAgent`.
 */
import { Dispatcher, EnvHttpProxyAgent, Pool } from "@effect/platform-node/Undici"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
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

/** Reads `MaxBodyBytes` of each call. Has no time limit of its own: `Http` gives it one. */
export const layer = (maxBodyBytes: number): Layer.Layer<HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      Effect.acquireRelease(
        Effect.map(proxies, (proxies) => new Connections(maxBodyBytes, proxies)),
        (connections) => Effect.promise(() => connections.destroy())
      ),
      (connections) =>
        HttpClient.make((request, url, signal, fiber) => {
          const limit = fiber.getRef(MaxBodyBytes)
          return Effect.flatMap(RequestBody.of(request), ({ body, headers }) =>
            UndiciCall.send(connections, request, url, signal, {
              method: request.method,
              origin: url.origin,
              path: url.pathname + url.search,
              headers,
              body,
              headersTimeout: 0,
              bodyTimeout: 0,
              ...limit !== undefined && { maxBodyBytes: limit }
            }))
        })
    )
  )
