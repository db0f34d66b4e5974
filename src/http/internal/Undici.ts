/**
 * The HTTP client on undici, with connections that are closed at the same cost however many are open.
 *
 * Undici's own `Agent` counts all connections to a server whenever one of them closes, so that a thousand calls that are
 * given up at once wait for a million of these looks.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Dispatcher, Pool } from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"

/** A pool of connections for each server, for as long as it has any. */
class Origins extends Dispatcher {
  private readonly pools = new Map<string, Pool>()

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.poolOf(String(options.origin)).dispatch(options, handler)
  }

  override async close(): Promise<void> {
    await Promise.all(Array.from(this.pools.values(), (pool) => pool.close()))
  }

  override async destroy(): Promise<void> {
    await Promise.all(Array.from(this.pools.values(), (pool) => pool.destroy()))
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

/** Has no time limit of its own: `Http` gives it one. */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.provide(
  NodeHttpClient.layerUndiciNoDispatcher,
  Layer.effect(
    NodeHttpClient.Dispatcher,
    Effect.acquireRelease(
      Effect.sync(() => new Origins()),
      (origins) => Effect.promise(() => origins.destroy())
    )
  )
)
