/**
 * The rows of the table in agents.
 */
import { Effect, type Layer, ManagedRuntime, Redacted, Schema } from "effect"
import { HttpClient } from "effect/http"
import { SqlClient } from "effect/sql"
import { Agent, Pipeline, Step } from "greenlang"
import * as Database from "greenlang/database/Database"
import * as Http from "greenlang/http/Http"
import assert from "node:assert/strict"
import { countUp, type Row, type Work } from "./rows.ts"

const definition = { version: "1.0.0", input: Schema.Int, output: Schema.Int }

/** What a row does, on the service at `address` or the database at `url`. */
export const inAgents = ({ asks, calls, millis }: Row, address: string, url: string): Work => {
  const numbers = Array.from({ length: calls }, (_, n) => n)
  switch (asks) {
    case "service": {
      const service = Agent.make("Service", {
        ...definition,
        execute: Effect.fnUntraced(function*(n) {
          const response = yield* HttpClient.get(address)
          assert.deepEqual(yield* response.json, { waited: millis })
          return n
        })
      })
      const pipeline = Pipeline.make("FiveAgents", definition, (input) => {
        const steps = numbers.map((n) => Step.agent(`service ${n}`, service, [input], (input) => input + n))
        return Step.make("count", steps, (...answers: ReadonlyArray<number>) => Effect.succeed(answers.length))
      })
      return provided<HttpClient.HttpClient, never>(
        calls === 5 ? pipeline.run(0) : Agent.batch(service, numbers, { concurrency: "unbounded" }),
        Http.layer()
      )
    }
    case "postgres": {
      const query = Agent.make("Query", {
        ...definition,
        execute: (n) => SqlClient.SqlClient.use((sql) => Effect.as(sql`SELECT pg_sleep(${millis / 1_000})`, n))
      })
      return provided(
        Agent.batch(query, numbers, { concurrency: 10 }),
        Database.layerPostgres({ url: Redacted.make(url) })
      )
    }
    case "sqlite": {
      const query = Agent.make("Query", {
        ...definition,
        execute: (n) => SqlClient.SqlClient.use((sql) => Effect.as(sql.unsafe(countUp), n))
      })
      return provided(Agent.batch(query, numbers, { concurrency: 10 }), Database.layerMemory)
    }
  }
}

const provided = <R, E>(work: Effect.Effect<unknown, unknown, R>, layer: Layer.Layer<R, E>): Work => {
  const runtime = ManagedRuntime.make(layer)
  return { run: () => runtime.runPromise(work), close: () => runtime.dispose() }
}
