/**
 * Keeps tests on this machine: whatever they ask of another one fails at once, before a name is looked up.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { HttpClient } from "effect/http"
 * import * as Http from "greenlang/http/Http"
 * import { NoNetwork } from "greenlang/testing"
 *
 * const offline = Layer.provide(NoNetwork.layer, Http.layer())
 * const error = await Effect.runPromise(
 *   Effect.flip(HttpClient.get("https://user:secret@api.example.com/v1?key=secret")).pipe(Effect.provide(offline))
 * )
 * String(error.cause) // => "OutsideCall: https://api.example.com/v1 is not on this machine, and the network is off"
 * ```
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Socket } from "node:net"
import * as Refusal from "./Refusal.ts"

/**
 * Something outside of this machine was asked. `url` has neither user, password, query nor fragment; below HTTP it is like
 * `tcp://api.example.com:443`.
 *
 * @category errors
 */
export class OutsideCall extends Schema.TaggedError<OutsideCall>()("OutsideCall", { url: Schema.String }) {
  override get message() {
    return `${this.url} is not on this machine, and the network is off`
  }
}

/**
 * The client below for loopback addresses. Any other request fails with an `HttpClientError` whose cause is `OutsideCall`
 * and which holds nothing else of the request. Its reason is `InvalidUrlError`, as that is what no retry repeats.
 *
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient> = Layer.fresh(Layer.effect(
  HttpClient.HttpClient,
  Effect.map(
    HttpClient.HttpClient,
    HttpClient.transform((call, request) => {
      const url = URL.canParse(request.url) ? new URL(request.url) : undefined
      // What is no URL is the client's to refuse.
      return url === undefined || isLoopback(url.hostname) ? call : Effect.fail(refusal(request.method, url))
    })
  )
))

/**
 * Does the same for all connections of this process: `fetch`, undici, `node:http`, database drivers. A
 * socket that would leave the machine ends with `OutsideCall` as its error. A connection that was open before goes on, as that
 * of a pool: close the network first. Worker threads and child processes have guards of their own, or none; datagrams pass.
 *
 * @category layers
 */
export const guard: Layer.Layer<never> = Layer.effectDiscard(
  Effect.acquireRelease(Effect.sync(close), () => Effect.sync(open))
)

const refusal = (method: string, { host, pathname, protocol }: URL) => {
  const url = `${protocol}//${host}${pathname}`
  return Refusal.make(method, url, new OutsideCall({ url }))
}

const isLoopback = (host: string): boolean =>
  /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[?::1?\]?|\[?::ffff:127(?:\.\d+){3}\]?)$/i.test(host)

/** How often the network has been closed, and not opened again: scopes may overlap. */
let guards = 0
let connect = Socket.prototype.connect

// Declarations, since they stand below their use.
function close() {
  if (guards++ > 0) return
  connect = Socket.prototype.connect
  Socket.prototype.connect = function(this: Socket, ...args: ReadonlyArray<unknown>) {
    const { host, path, port } = addressOf(args)
    if (path !== undefined || isLoopback(host)) return Reflect.apply(connect, this, args)
    process.nextTick(() => this.destroy(new OutsideCall({ url: `tcp://${host}:${port}` })))
    return this
  }
}

function open() {
  if (--guards === 0) Socket.prototype.connect = connect
}

/** All forms that Node's `connect` takes. It calls itself with an array that holds the options. */
const addressOf = (
  args: ReadonlyArray<unknown>
): { readonly host: string; readonly port: unknown; readonly path: unknown } => {
  const [first, second] = args
  if (Array.isArray(first)) return addressOf(first)
  if (Predicate.isObject(first)) {
    const { host, path, port } = first as { host?: string; path?: string | null; port?: unknown }
    return { host: host ?? "localhost", port, path: path ?? undefined }
  }
  return typeof first === "string" && Number.isNaN(Number(first))
    ? { host: "localhost", port: undefined, path: first }
    : { host: typeof second === "string" ? second : "localhost", port: first, path: undefined }
}
